/** What a community decides in files, on a server: changed, taken back, and merged with what moderators do there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Community } from '../../community-files/types';
import { inDays } from '../support/community/example';
import { BLOCKS, CommunityServer } from '../support/machine/community-server';
import { pastCaches } from '../support/machine/past-caches';

jest.setTimeout(600_000);

const site = new CommunityServer();
const { blockOf, change, inUi, operation, withSeverity } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('changes what was edited, and says so', async () => {
  const [first, ...others] = site.community.rules;
  if (!first) throw new Error('no rules');
  const said = await change({
    team: site.community.team.map((member) =>
      member.username === 'bob' ? { ...member, role: 'Moderator' } : member,
    ).concat({ username: 'heidi', email: 'heidi@mastodon.test', role: 'Admin', languages: [] }), // prettier-ignore
    rules: [{ ...first, text: 'Rule 1: be kinder' }, ...others],
    terms: { text: '# Better terms', changelog: 'Clearer.', effectiveDate: inDays(60) },
    domainBlocks: withSeverity('spam-999.example', 'silence'),
    settings: { ...site.community.settings, site_title: 'Our other place' },
  });
  for (const line of [
    '~ member/bob (role Admin → Moderator)',
    '+ member/heidi (Admin, invited)',
    '~ rule/rule-of-1 (text Rule 1: be kind → Rule 1: be kinder)',
    `+ terms/${inDays(60)}`,
    '~ domainBlock/spam-999.example (severity suspend → silence)',
    '~ setting/site_title (value Our place → Our other place)',
    ': 6 changes',
  ])
    expect(said).toContain(line);
  expect((await blockOf('spam-999.example')).severity).toBe('silence');
});

test('takes back into the files what a moderator did in the web interface', async () => {
  await inUi('spam-998.example', 'noop');
  await site.owner.api('POST', '/api/v1/admin/domain_blocks', {
    domain: 'found-by-bob.example',
    severity: 'suspend',
  });
  expect(await operation('status')).toContain('changed in the web interface: domainBlock/spam-998.example;');
  await operation('community-pull');
  const csv = readFileSync(join(site.folder, 'domain-blocks.csv'), 'utf8');
  expect(csv).toMatch(/^spam-998\.example,noop,/m);
  expect(csv).toMatch(/^found-by-bob\.example,suspend,/m);
  expect(csv.trim().split('\n')).toHaveLength(1 + BLOCKS + 1);
  const said = (await site.server.stack.up()).stdout;
  expect(said).toContain('= domainBlock/found-by-bob.example as it was on the server');
  const block = {
    ...site.community.domainBlocks[0],
    domain: 'found-by-bob.example',
    publicComment: '',
    reasonUrl: '',
  };
  site.community = {
    ...site.community,
    domainBlocks: [...withSeverity('spam-998.example', 'noop'), block as Community['domainBlocks'][number]],
  };
});

test('stops at a block that both sides changed, and lets the files win where that is confirmed', async () => {
  await inUi('spam-997.example', 'noop');
  const refused: unknown = await change({
    domainBlocks: withSeverity('spam-997.example', 'silence'),
    settings: { ...site.community.settings, site_title: 'Not yet' },
  }).catch((error: unknown) => error);
  expect(String(refused)).toContain('Nothing was changed');
  expect(String(refused)).toContain("TAKE='domainBlock/spam-997.example' pulumi up");
  expect((await blockOf('spam-997.example')).severity).toBe('noop');
  site.server.stack.variables = { TAKE: 'domainBlock/spam-997.example' };
  await site.server.stack.up();
  site.server.stack.variables = {};
  expect((await blockOf('spam-997.example')).severity).toBe('silence');
  expect(await pastCaches(site.server, '/api/v2/instance')).toContain('Not yet');
});

test('lifts a block whose line is gone, and hides a rule that was withdrawn', async () => {
  await change({
    rules: site.community.rules.slice(0, -1),
    domainBlocks: site.community.domainBlocks.filter(({ domain }) => domain !== 'spam-996.example'),
  });
  await expect(blockOf('spam-996.example')).rejects.toThrow('no block');
  const rules = JSON.parse(
    (await (await site.server.visitor()).get('/api/v1/instance/rules')).body,
  ) as unknown[];
  expect(rules).toHaveLength(9);
  expect(await site.server.sql('SELECT count(*) FROM rules')).toBe('10');
});
