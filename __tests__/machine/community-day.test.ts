/** A day of five moderators: two in the web interface, three by pull request. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCKS, CommunityServer } from '../support/machine/community-server';

jest.setTimeout(600_000);

const site = new CommunityServer();
const { blockOf, inUi, operation } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

const read = (file: string) => readFileSync(join(site.folder, file), 'utf8');
const write = (file: string, text: string) => {
  writeFileSync(join(site.folder, file), text);
};
const edit = (from: RegExp, to: string) => {
  const text = read('domain-blocks.csv');
  expect(text).toMatch(from);
  write('domain-blocks.csv', text.replace(from, to));
};
const inUiBlocked = (domain: string, severity: string) =>
  site.owner.api('POST', '/api/v1/admin/domain_blocks', { domain, severity });
const up = async () => (await site.server.stack.up()).stdout;
const severities = () =>
  site.server.sql(
    `SELECT domain, severity FROM domain_blocks WHERE domain NOT LIKE 'spam-%' OR domain LIKE '%spam-991.example' ORDER BY domain`,
  );

test('in the morning, one follows a list', async () => {
  mkdirSync(join(site.folder, 'lists'));
  write('lists/council.csv', '#domain,#severity\nlisted-1.example,suspend\nlisted-2.example,limit\n');
  write('follow.yaml', 'lists:\n  - {name: council, file: lists/council.csv, threshold: silence}\n');
  expect(await operation('community-follow')).toContain('council: 2 blocks');
  expect(await up()).toContain('+ domainBlock/listed-1.example (suspend)');
});

test('during the day five decide, the list becomes a page of HTML, and nothing is applied by half', async () => {
  // Two in the web interface.
  await inUi('spam-991.example', 'silence');
  await inUiBlocked('bücher.example', 'silence');
  await inUiBlocked('below.spam-991.example', 'suspend');
  // Three in files: one of them decides otherwise about a server that was changed in the web interface.
  edit(/^spam-991\.example,suspend/m, 'spam-991.example,noop');
  edit(/^spam-993\.example,.*\n/m, '');
  edit(/\n$/, '\nmünchen.example,silence,,,Noise,,\n');
  write('lists/council.csv', '<!doctype html>\n<html><body>Checking your browser</body></html>\n');

  const followed = await site.server.operation('community-follow', { COMMUNITY: site.folder });
  expect(followed.exitCode).toBe(1);
  expect(followed.said).toMatch(/council: .*HTML/);
  expect(read('followed-blocks.csv')).toContain('listed-1.example,suspend');

  const refused = String(await up().catch((error: unknown) => error));
  expect(refused).toContain('Nothing was changed');
  expect(refused).toContain('domainBlock/spam-991.example (community/domain-blocks.csv)');
  expect(refused).toMatch(/the file says +severity: noop/);
  expect(refused).toMatch(/the server has +severity: silence/);
  expect(await severities()).not.toContain('xn--mnchen-3ya.example');
  expect((await blockOf('spam-993.example')).severity).toBe('suspend');
});

test('in the evening both sides say the same, and each decision that gave way was named', async () => {
  // They agree on what the web interface has.
  await operation('community-pull');
  expect(read('domain-blocks.csv')).toMatch(/^spam-991\.example,silence,/m);
  const said = await up();
  for (const line of [
    '+ domainBlock/xn--mnchen-3ya.example (silence)',
    '- domainBlock/spam-993.example',
    '= domainBlock/xn--bcher-kva.example as it was on the server',
    '= domainBlock/below.spam-991.example as it was on the server',
  ]) {
    expect(said).toContain(line);
  }
  // One writes a name as Mastodon has it.
  edit(/^münchen\.example,/m, 'xn--mnchen-3ya.example,');
  await site.server.stack.preview({ expectNoChanges: true });

  expect(await operation('community-pull')).toContain('The files say what the server has.');
  expect(await severities()).toBe(
    [
      'below.spam-991.example|1',
      'listed-1.example|1',
      'listed-2.example|0',
      'spam-991.example|0',
      'xn--bcher-kva.example|0',
      'xn--mnchen-3ya.example|0',
    ].join('\n'),
  );
  expect(await site.server.sql('SELECT count(*) FROM domain_blocks')).toBe(String(BLOCKS - 1 + 5));
});
