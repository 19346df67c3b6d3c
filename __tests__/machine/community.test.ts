/** What a community decides in files, on a server: made, changed, taken back, and merged with what moderators do there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Community } from '../../components/community/types';
import { writeCommunity } from '../communityFolder';
import { exampleCommunity, inDays } from '../exampleCommunity';
import type { Visitor } from '../visitor';
import { Listeners } from './listeners';
import { eventually } from './eventually';
import { LocalServer, type Outputs } from './localServer';

jest.setTimeout(600_000);

const BLOCKS = 1_000;
const PASSWORD = 'chosen by herself';

interface Block {
  id: string;
  domain: string;
  severity: string;
}

let server: LocalServer;
let listeners: Listeners;
let outputs: Outputs;
let folder: string;
let community: Community;
/** Alice, the owner. */
let owner: Visitor;
let carol: Visitor;

beforeAll(async () => {
  server = await LocalServer.served();
  const { addresses } = server.cloud;
  listeners = await Listeners.around(server);
  // The relay's name, for the machine.
  const zone = await server.civo<{ id: string }>('POST', 'dns', { name: 'example.net' });
  const record = { type: 'A', name: 'smtp', value: addresses.gateway, ttl: 600 };
  await server.civo('POST', `dns/${zone.id}/records`, record);

  folder = join(server.folder, 'community');
  community = exampleCommunity(BLOCKS);
  writeCommunity(folder, community);
  await server.stack.setConfig({ community: folder });
  await server.stack.up();
  outputs = await server.outputs();
  owner = await signedIn(outputs.owner.email, outputs.owner.password, 'read admin:read admin:write');
}, 1_800_000);

afterAll(async () => {
  await (listeners as Listeners | undefined)?.stop();
  await (server as LocalServer | undefined)?.remove();
}, 120_000);

const sudo = (command: string) => server.ssh('alice', `sudo ${command}`);

async function signedIn(email: string, password: string, scopes = 'read'): Promise<Visitor> {
  const person = await server.visitor();
  await person.signIn(email, password);
  await person.authorize(scopes);
  return person;
}

/** Edits the files, and lets `up` bring them to the server. */
async function change(next: Partial<Community>): Promise<string> {
  community = { ...community, ...next };
  writeCommunity(folder, community);
  return (await server.stack.up()).stdout;
}

const blockOf = async (domain: string) => {
  const blocks = (await owner.api('GET', '/api/v1/admin/domain_blocks?limit=500')) as Block[];
  const found = blocks.find((block) => block.domain === domain);
  if (!found) throw new Error(`no block of ${domain}`);
  return found;
};
const inUi = async (domain: string, severity: string) =>
  owner.api('PUT', `/api/v1/admin/domain_blocks/${(await blockOf(domain)).id}`, { severity });
const withSeverity = (domain: string, severity: Community['domainBlocks'][number]['severity']) =>
  community.domainBlocks.map((block) => (block.domain === domain ? { ...block, severity } : block));

/** One of operations/ as Alice runs it on the folder. */
async function make(name: string) {
  const who = { ADMIN: 'alice', KEY: join(server.folder, 'alice') };
  const done = await server.stack.operation(name, { ...who, COMMUNITY: folder });
  expect([done.exitCode, done.stderr]).toEqual([0, expect.anything()]);
  return done.stdout;
}

test('is there when the first up ends: rules, terms, privacy policy, settings and a thousand blocks', async () => {
  const get = async (path: string) => JSON.parse((await (await server.visitor()).get(path)).body) as unknown;
  expect(await get('/api/v2/instance')).toMatchObject({
    title: 'Our place',
    contact: { account: { username: 'alice' } },
    registrations: { approval_required: true },
    rules: community.rules.map(({ text, hint, translations: [german] }) => ({
      ...{ text, hint },
      translations: { de: { text: german?.text } },
    })),
  });
  expect(await get('/api/v1/instance/terms_of_service')).toMatchObject({ effective_date: inDays(30) });
  expect(await get('/api/v1/instance/privacy_policy')).toMatchObject({ content: '<p>We keep little.</p>' });
  expect(await sudo(`-u postgres psql -tAc 'SELECT count(*) FROM domain_blocks' mastodon_production`)).toBe(
    `${String(BLOCKS)}\n`,
  );
});

test('shows no change in a preview', async () => {
  await server.stack.preview({ expectNoChanges: true });
});

test('left nothing of it in a process list or a log', async () => {
  const seen = await sudo(`sh -c 'ps axww; journalctl --no-pager; cat /var/log/*.log'`);
  for (const text of ['carol@mastodon.test', 'mastodon.test/decisions/', 'Rule 7: be kind'])
    expect(seen).not.toContain(text);
});

test('invites new staff by mail to set a password of their own', async () => {
  const mailTo = (name: string) => listeners.mails.find(({ to }) => to.includes(`${name}@mastodon.test`));
  await eventually('six invitations', () =>
    Promise.resolve(['bob', 'carol', 'dave', 'erin', 'frank', 'grace'].every(mailTo)),
  );
  expect(mailTo('alice')).toBeUndefined();
  expect(mailTo('carol')?.encrypted).toBe(true);
  const [, link = ''] =
    /https:\/\/[^/]+(\/auth\/password\/edit\?\S+)/.exec(mailTo('carol')?.text ?? '') ?? [];
  await (await server.visitor()).setPassword(link, PASSWORD);
  carol = await signedIn('carol@mastodon.test', PASSWORD);
  expect(await carol.api('GET', '/api/v1/accounts/verify_credentials')).toMatchObject({
    username: 'carol',
    role: { name: 'Moderator' },
  });
});

test('changes what was edited, and says so', async () => {
  const [first, ...others] = community.rules;
  if (!first) throw new Error('no rules');
  const said = await change({
    team: community.team.map((member) =>
      member.username === 'bob' ? { ...member, role: 'Moderator' } : member,
    ).concat({ username: 'heidi', email: 'heidi@mastodon.test', role: 'Admin', languages: [] }), // prettier-ignore
    rules: [{ ...first, text: 'Rule 1: be kinder' }, ...others],
    terms: { text: '# Better terms', changelog: 'Clearer.', effectiveDate: inDays(60) },
    domainBlocks: withSeverity('spam-999.example', 'silence'),
    settings: { ...community.settings, site_title: 'Our other place' },
  });
  for (const line of [
    '~ member/bob (role Admin → Moderator)',
    '+ member/heidi (Admin)',
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
  await owner.api('POST', '/api/v1/admin/domain_blocks', {
    domain: 'found-by-bob.example',
    severity: 'suspend',
  });
  expect(await make('status')).toContain('changed in the web interface: domainBlock/spam-998.example;');
  await make('community-pull');
  const csv = readFileSync(join(folder, 'domain-blocks.csv'), 'utf8');
  expect(csv).toMatch(/^spam-998\.example,noop,/m);
  expect(csv).toMatch(/^found-by-bob\.example,suspend,/m);
  expect(csv.trim().split('\n')).toHaveLength(1 + BLOCKS + 1);
  const said = (await server.stack.up()).stdout;
  expect(said).toContain('= domainBlock/found-by-bob.example as it was on the server');
  const block = {
    ...community.domainBlocks[0],
    domain: 'found-by-bob.example',
    publicComment: '',
    reasonUrl: '',
  };
  community = {
    ...community,
    domainBlocks: [...withSeverity('spam-998.example', 'noop'), block as Community['domainBlocks'][number]],
  };
});

test('stops at a block that both sides changed, and lets the files win where it is told so', async () => {
  await inUi('spam-997.example', 'noop');
  const refused: unknown = await change({
    domainBlocks: withSeverity('spam-997.example', 'silence'),
    settings: { ...community.settings, site_title: 'Not yet' },
  }).catch((error: unknown) => error);
  expect(String(refused)).toContain('Nothing was changed');
  expect(String(refused)).toContain("TAKE='domainBlock/spam-997.example' pulumi up");
  expect((await blockOf('spam-997.example')).severity).toBe('noop');
  server.stack.variables = { TAKE: 'domainBlock/spam-997.example' };
  await server.stack.up();
  server.stack.variables = {};
  expect((await blockOf('spam-997.example')).severity).toBe('silence');
  expect((await (await server.visitor()).get('/api/v2/instance')).body).toContain('Not yet');
});

test('takes the role and the sessions of who leaves the team, and keeps the account', async () => {
  expect(await change({ team: community.team.filter(({ username }) => username !== 'carol') })).toContain(
    '- member/carol',
  );
  expect((await carol.request('GET', '/api/v1/accounts/verify_credentials')).status).toBe(401);
  const again = await signedIn('carol@mastodon.test', PASSWORD);
  expect(await again.api('GET', '/api/v1/accounts/verify_credentials')).toMatchObject({
    username: 'carol',
    role: { id: '-99' },
  });
});

test('lifts a block whose line is gone, and hides a rule that was withdrawn', async () => {
  await change({
    rules: community.rules.slice(0, -1),
    domainBlocks: community.domainBlocks.filter(({ domain }) => domain !== 'spam-996.example'),
  });
  await expect(blockOf('spam-996.example')).rejects.toThrow('no block');
  const rules = JSON.parse((await (await server.visitor()).get('/api/v1/instance/rules')).body) as unknown[];
  expect(rules).toHaveLength(9);
  expect(await sudo(`-u postgres psql -tAc 'SELECT count(*) FROM rules' mastodon_production`)).toBe('10\n');
});
