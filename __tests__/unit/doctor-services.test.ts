/** What `doctor` says of what Mastodon uses elsewhere. */
import { services } from '../../cli/doctor/services';
import type { RemoteMachine } from '../../cli/lib/ssh';
import { exampleSettings } from '../support/example-settings';
import { programSettings } from '../support/program-settings';

const { mastodon } = programSettings('') as { mastodon: object };
const settings = exampleSettings({ mastodon: { ...mastodon, search: { address: 'https://s.example.net' } } });

/** Of a machine whose `ask-services` prints this. */
const told = (asked: object[], of = settings) =>
  services({ settings: of, machine: { run: () => Promise.resolve(JSON.stringify(asked)) } as unknown as RemoteMachine }); // prettier-ignore

test('nothing is asked where nothing is used, also where it is switched off by name', async () => {
  const off = exampleSettings({ mastodon: { ...mastodon, environment: { ES_ENABLED: false } } });
  for (const none of [exampleSettings(), off]) {
    expect(await services({ settings: none, machine: {} as unknown as RemoteMachine })).toEqual({
      verdict: 'skipped',
      text: 'Mastodon uses none elsewhere',
    });
  }
});

test('each that serves is named, with what it said', async () => {
  const asked = [
    { service: 'search', serves: true, said: 'https://s.example.net:9200/ is opensearch 2.19.6' },
    { service: 'ldap', serves: true, said: 'ldaps://l.example.net:636 takes the name' },
  ];
  expect(await told(asked)).toEqual({
    verdict: 'ok',
    text: 'search: https://s.example.net:9200/ is opensearch 2.19.6; LDAP: ldaps://l.example.net:636 takes the name',
  });
});

test('each that does not serve is named, with the setting to look at', async () => {
  const asked = [
    { service: 'oidc', serves: false, said: 'https://id.example.net/ can’t be asked' },
    { service: 'search', serves: true, said: 'well' },
    { service: 'bulkMail', serves: false, said: 'bulk.example.net:2525: refused' },
  ];
  expect(await told(asked)).toMatchObject({
    verdict: 'bad',
    text: 'OpenID Connect: https://id.example.net/ can’t be asked; mail to everybody: bulk.example.net:2525: refused',
    remedy: expect.stringMatching(/^OpenID Connect: compare mastodon\.sso\.oidc .*\nmail to everybody: compare smtp\.bulk /) as string,
  });
}); // prettier-ignore
