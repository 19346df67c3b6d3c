import { addressRecords } from '../../network/address-records';

describe('the DNS records', () => {
  test('are one for the domain and one for the media host where the site is the domain', () => {
    const names = { domain: 'toot.example', webDomain: 'toot.example', mediaDomain: 'files.toot.example' };
    expect(addressRecords(names, '192.0.2.1')).toEqual([
      { host: 'toot.example', name: '@', type: 'A', value: '192.0.2.1' },
      { host: 'files.toot.example', name: 'files', type: 'A', value: '192.0.2.1' },
    ]);
  });

  test('name the web domain too where it is another one', () => {
    const names = {
      domain: 'toot.example',
      webDomain: 'social.toot.example',
      mediaDomain: 'files.social.toot.example',
    };
    expect(addressRecords(names, '').map(({ name }) => name)).toEqual(['@', 'social', 'files.social']);
    const elsewhere = addressRecords({ ...names, apex: 'elsewhere' }, '');
    expect(elsewhere.map(({ name }) => name)).toEqual(['social', 'files.social']);
  });
});
