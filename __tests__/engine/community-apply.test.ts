/** What the community decided, carried out by Mastodon's code (the stand-in's) on a real database. Needs root (chroot). */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Community } from '../../community-files/types';
import { buildStandIn } from '../../local/stand-in/stand-in';
import { exampleCommunity, inDays } from '../support/community/example';
import { Container, type Outcome } from '../support/stand-in/container';
import { type Databases, eventually, startDatabases, stop } from '../support/stand-in/databases';

jest.setTimeout(300_000);

const PROGRAM = join(__dirname, '../../cloud-init/handover/usr/local/share/mastodon/community');
const APPLY = ['bundle', 'exec', 'rails', 'runner', '/community/main.rb', 'apply'];
/** Starting Rails takes seconds: the test looks around in one process. */
const ANSWER = '=> ';
const CONSOLE = `require 'sidekiq/api'; $stdout.sync = true; while (line = $stdin.gets) do puts "${ANSWER}#{ActiveRecord::Base.uncached { eval(line) }.to_json}" end`;
const CONFLICTS = 3;
const REFUSED = 4;

const folder = mkdtempSync(join(tmpdir(), 'community-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
let web: Container;
let databases: Databases;
let environment: Record<string, string>;
let community: Community;
let inside: ChildProcess;
let answers: AsyncIterator<string, undefined>;

beforeAll(async () => {
  if (process.getuid?.() !== 0) throw new Error('The stand-in is tried in a chroot: run this test as root');
  const images = await buildStandIn('4.6.5', () => undefined);
  web = await Container.unpack(images.web, join(folder, 'web'));
  cpSync(PROGRAM, join(web.root, 'community'), { recursive: true });
  databases = await startDatabases(folder);
  environment = { ...databases.environment, SAFETY_ASSURED: '1', RAILS_LOG_LEVEL: 'warn' };
  await ran(web.run(['rails', 'db:prepare'], environment));
  const owner = ['accounts', 'create', 'alice', '--email', 'alice@mastodon.test', '--role', 'Owner'];
  await ran(web.run(['tootctl', ...owner, '--confirmed', '--approve'], environment));
  inside = web.start(['bundle', 'exec', 'rails', 'runner', CONSOLE], environment);
  inside.stderr?.pipe(process.stderr);
  if (inside.stdout) answers = createInterface(inside.stdout)[Symbol.asyncIterator]() as typeof answers;
  community = exampleCommunity(250);
});

afterAll(async () => {
  await stop(inside);
  await databases.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ran(running: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`exit code ${String(code)}\n${stdout}${stderr}`);
  return stdout;
}

const input = (desired: Community, take: readonly string[] = []) => JSON.stringify({ desired, take });
const attempt = (desired: Community, take?: readonly string[]) =>
  web.run(APPLY, environment, input(desired, take));
const apply = (desired: Community, take?: readonly string[]) => ran(attempt(desired, take));

/** What a Ruby expression gives inside Mastodon. */
async function ruby(expression: string): Promise<unknown> {
  inside.stdin?.write(`${expression.replaceAll('\n', ' ')}\n`);
  for (;;) {
    const { value: line, done } = await answers.next();
    if (done === true) throw new Error(`the console ended at: ${expression}`);
    if (line.startsWith(ANSWER)) return JSON.parse(line.slice(ANSWER.length));
  }
}

async function ask(command: string, question: unknown = null): Promise<unknown> {
  const run = web.run([...APPLY.slice(0, -1), command], environment, JSON.stringify(question));
  return JSON.parse((await ran(run)).trim().split('\n').at(-1) ?? '');
}

const withBlock = (domain: string, changes: Partial<Community['domainBlocks'][number]>): Community => ({
  ...community,
  domainBlocks: community.domainBlocks.map((block) =>
    block.domain === domain ? { ...block, ...changes } : block,
  ),
});

test('carries out a whole community by Mastodon’s own code: saved, logged, and handed to the workers', async () => {
  const said = await apply(community);
  expect(said).toContain('= member/alice as it was on the server');
  expect(said).toContain('+ member/carol (Moderator, invited)');
  expect(said).toContain(
    '+ domainBlock/spam-0.example (suspend) https://mastodon.test/decisions/spam-0.example',
  );
  expect(said).toContain('+ … and 230 more');
  expect(said).toMatch(/community applied: 27\d changes\n$/);
  expect(
    await ruby(`{
      blocks: DomainBlock.suspend.count, known: Instance.count, comment: DomainBlock.first.private_comment,
      logged: Admin::ActionLog.where(target_type: 'DomainBlock', action: 'create', account_id: -99).count,
      jobs: Sidekiq::Queue.new('default').count { |job| job.klass == 'DomainBlockWorker' },
      announced: Sidekiq::Queue.new('default').count { |job| job.klass == 'Admin::DistributeTermsOfServiceNotificationWorker' },
      welcomed: Sidekiq::Queue.new('default').select { |job| job.klass == 'BootstrapTimelineWorker' }.map { |job| Account.find(job.args.first).username }.sort,
      mails: Sidekiq::Queue.new('mailers').size, pending: User.where(approved: false).count,
      rules: Rule.ordered.map { |rule| rule.text[/\\d+/].to_i }, title: Setting.site_title,
      terms: TermsOfService.published.pluck(:changelog), ip: IpBlock.sole.to_cidr, allowed: DomainAllow.pluck(:domain)
    }`),
  ).toEqual({
    blocks: 250,
    known: 251,
    comment: '[as code] https://mastodon.test/decisions/spam-0.example',
    logged: 250,
    jobs: 250,
    announced: 1,
    welcomed: ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace'],
    mails: 6,
    pending: 0,
    rules: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    title: 'Our place',
    terms: ['The first ones.'],
    ip: '192.0.2.0/24',
    allowed: ['friends.example'],
  });
});

test('has nothing to do the second time', async () => {
  expect(await apply(community)).toBe('community applied: 0 changes\n');
  expect(await ruby(`Sidekiq::Queue.new('default').size`)).toBe(251 + 7);
});

test('changes exactly what was edited', async () => {
  const [first, ...others] = community.rules;
  if (!first) throw new Error('no rules');
  community = {
    ...withBlock('spam-1.example', { severity: 'silence' }),
    team: community.team.map((member) =>
      member.username === 'bob' ? { ...member, role: 'Moderator' } : member,
    ),
    rules: [{ ...first, text: 'Rule 1: be kinder', translations: [] }, ...others],
    terms: { text: '# Better terms', changelog: 'Clearer.', effectiveDate: inDays(60) },
    settings: { ...community.settings, site_title: 'Our other place' },
    emailDomainBlocks: [{ domain: 'throwaway.example', allowWithApproval: true }],
    ipBlocks: [{ ip: '192.0.2.0/24', severity: 'no_access', comment: 'Bots' }],
  };
  const said = await apply(community);
  expect(said.split('\n').slice(0, -2)).toEqual([
    '  ~ member/bob (role Admin → Moderator)',
    expect.stringMatching(/^ {2}~ rule\/rule-of-1 \(text Rule 1: be kind → Rule 1: be kinder, translations /),
    `  + terms/${inDays(60)}`,
    '  ~ setting/site_title (value Our place → Our other place)',
    '  ~ domainBlock/spam-1.example (severity suspend → silence)',
    '  ~ emailDomainBlock/throwaway.example (allowWithApproval false → true)',
    '  ~ ipBlock/192.0.2.0/24 (severity sign_up_block → no_access)',
  ]);
  expect(
    await ruby(`{ rule: Rule.ordered.first.then { |rule| [rule.id, rule.text, rule.translations.size] },
      job: Sidekiq::Queue.new('default').first.args, terms: TermsOfService.published.count }`),
  ).toEqual({ rule: [1, 'Rule 1: be kinder', 0], job: [expect.any(Number), true], terms: 2 });
});

test('leaves alone what moderators do in the web interface, and shows it', async () => {
  await ruby(`[DomainBlock.create!(domain: 'ui.example', severity: 'silence'), Rule.create!(text: 'Only here'),
    DomainBlock.find_by!(domain: 'spam-2.example').update!(severity: 'noop', private_comment: "Seen by Bob\\n[as code] https://mastodon.test/decisions/spam-2.example")]`);
  const said = await apply(community);
  expect(said).toContain(
    '! domainBlock/spam-2.example was changed in the web interface and stays so: severity suspend → noop',
  );
  expect(said).toContain("TAKE='domainBlock/spam-2.example' pulumi up");
  expect(said).toContain(': 0 changes');
  expect(await ask('drift')).toEqual([
    {
      kind: 'domainBlock',
      key: 'spam-2.example',
      server: expect.objectContaining({ severity: 'noop' }) as object,
      lastApplied: expect.objectContaining({ severity: 'suspend' }) as object,
    },
  ]);
});

test('writes down what the server has, and which of it the code made', async () => {
  const { community: server, managed } = (await ask('read')) as {
    community: Community;
    managed: Record<string, string[]>;
  };
  expect(server.team.map(({ username, role }) => `${username} ${role}`)).toContain('grace Translator');
  expect(server.domainBlocks).toHaveLength(251);
  expect(managed.domainBlock).not.toContain('ui.example');
  expect(server.settings).toMatchObject({ site_title: 'Our other place', registrations_mode: 'approved' });
  expect(server.rules).toContainEqual(expect.objectContaining({ text: 'Only here' }));
  expect(server.terms).toMatchObject({ effectiveDate: inDays(60) });
});

test('stops before anything when both sides changed the same, and names it', async () => {
  const changed = {
    ...withBlock('spam-2.example', { severity: 'silence' }),
    settings: { ...community.settings, site_title: 'Never' },
  };
  const { code, stdout } = await attempt(changed);
  expect([code, stdout]).toEqual([CONFLICTS, expect.stringContaining('Nothing was changed')]);
  expect(stdout).toContain('domainBlock/spam-2.example (community/domain-blocks.csv)');
  expect(stdout).toMatch(
    /the file says +severity: silence\n +the server has +severity: noop\n +applied last +severity: suspend/,
  );
  expect(await ruby('Setting.site_title')).toBe('Our other place');
});

test('lets the files win where that is confirmed, and keeps the moderators’ own remark', async () => {
  community = withBlock('spam-2.example', { severity: 'silence' });
  await apply(community, ['domainBlock/spam-2.example']);
  expect(
    await ruby(`DomainBlock.find_by!(domain: 'spam-2.example').slice(:severity, :private_comment)`),
  ).toEqual({
    severity: 'silence',
    private_comment: 'Seen by Bob\n[as code] https://mastodon.test/decisions/spam-2.example',
  });
});

test('adopts what the files now say of a moderator’s block, as it is', async () => {
  const [block] = community.domainBlocks;
  if (!block) throw new Error('no blocks');
  const adopted = { ...block, domain: 'ui.example', severity: 'silence' as const, publicComment: '' };
  community = { ...community, domainBlocks: [...community.domainBlocks, adopted] };
  expect(await apply(community)).toContain('= domainBlock/ui.example as it was on the server');
  expect(await apply(community)).toContain(': 0 changes');
});

test('takes back: unblocks, takes the role and the sessions but not the account, keeps the withdrawn rule', async () => {
  await ruby(`User.find_by!(email: 'dave@mastodon.test').then { |user|
    user.session_activations.create!(session_id: 'open');
    Doorkeeper::AccessToken.create!(resource_owner_id: user.id, application: Doorkeeper::Application.first, scopes: 'read');
    Account.create!(username: 'remote', domain: 'spam-3.example', silenced_at: nil, suspended_at: DomainBlock.find_by!(domain: 'spam-3.example').created_at) }`);
  community = {
    ...community,
    team: community.team.filter(({ username }) => username !== 'dave'),
    rules: community.rules.slice(0, -1),
    domainBlocks: community.domainBlocks.filter(({ domain }) => domain !== 'spam-3.example'),
    settings: Object.fromEntries(Object.entries(community.settings).filter(([key]) => key !== 'site_terms')),
  };
  const said = await apply(community);
  for (const name of ['member/dave', 'rule/rule-of-10', 'setting/site_terms', 'domainBlock/spam-3.example'])
    expect(said).toContain(`  - ${name}`);
  expect(
    await ruby(`User.find_by!(email: 'dave@mastodon.test').then { |user| {
      role: user.role_id, works: user.functional?, sessions: user.session_activations.count,
      tokens: user.access_tokens.where(revoked_at: nil).count, rules: [Rule.kept.count, Rule.count],
      block: DomainBlock.exists?(domain: 'spam-3.example'), suspended: Account.find_by!(username: 'remote').suspended_at } }`),
  ).toEqual({
    role: null,
    works: true,
    sessions: 0,
    tokens: 0,
    rules: [10, 11],
    block: false,
    suspended: null,
  });
});

test('leaves the contact as it is when the files no longer name one, and carries out the rest', async () => {
  const others = Object.fromEntries(
    Object.entries(community.settings).filter(([key]) => !key.startsWith('site_contact_')),
  );
  community = { ...community, settings: { ...others, site_title: 'Without a contact' } };
  const said = await apply(community);
  expect(said).toContain('. setting/site_contact_username no longer of the files');
  expect(await ruby('[Setting.site_title, Setting.site_contact_username]')).toEqual([
    'Without a contact',
    'alice',
  ]);
  expect(await apply(community)).toContain(': 0 changes');
});

test('reports what Mastodon refuses, with the file, and carries out the rest', async () => {
  const { code, stdout } = await attempt({
    ...community,
    settings: { ...community.settings, registrations_mode: 'sometimes' },
    team: [
      ...community.team,
      { username: 'admin', email: 'admin@mastodon.test', role: 'Moderator', languages: [] },
    ],
    domainAllows: [...community.domainAllows, { domain: 'others.example' }],
  });
  expect(code).toBe(REFUSED);
  expect(stdout).toContain('Mastodon refused setting/registrations_mode (community/server.yaml): ');
  expect(stdout).toMatch(/Mastodon refused member\/admin \(community\/team.yaml\): .*Username is reserved/);
  expect(stdout).toContain('+ domainAllow/others.example');
  await apply(community);
});

describe('an account that gets a role', () => {
  const member = (username: string, email: string) => ({ username, email, role: 'Admin', languages: [] });
  const withMember = (username: string, email: string): Community => ({
    ...community,
    team: [...community.team, member(username, email)],
  });
  const register = (username: string, confirmed: boolean) =>
    ruby(`User.new(email: '${username}@example.net', password: 'a long password', agreement: true,
      confirmed_at: ${confirmed ? 'Time.now.utc' : 'nil'}, account: Account.new(username: '${username}')).tap(&:save!).id`);
  const roleOf = (username: string) => ruby(`Account.find_local('${username}').user.role_id`);

  test('is the one with the file’s address, in whichever case, and confirmed', async () => {
    await register('heidi', true);
    const said = await apply(withMember('Heidi', 'Heidi@Example.NET'));
    expect(said).toContain('+ member/heidi (Admin, promoted)');
    expect(await roleOf('heidi')).not.toBeNull();
    await apply(community);
    expect(await roleOf('heidi')).toBeNull();
  });

  test.each([
    [
      'with another address',
      'ivan',
      true,
      'ivan@mastodon.test',
      /exists with another address than ivan@mastodon\.test/,
    ],
    ['whose address is not confirmed', 'judy', false, 'judy@example.net', /its address .* is not confirmed/],
  ])('is refused %s: a stranger may have taken the username', async (_, username, confirmed, email, told) => {
    await register(username, confirmed);
    const { code, stdout } = await attempt(withMember(username, email));
    expect(code).toBe(REFUSED);
    expect(stdout).toContain(`Mastodon refused member/${username} (community/team.yaml): `);
    expect(stdout).toMatch(told);
    expect(stdout).not.toContain(`+ member/${username}`);
    expect(await roleOf(username)).toBeNull();
  });

  test('is refused with another address, too, where the web interface gave a role, and the files are to win', async () => {
    await ruby(`Account.find_local('ivan').user.update!(role: UserRole.find_by!(name: 'Moderator'))`);
    const { code, stdout } = await attempt(withMember('ivan', 'ivan@mastodon.test'), ['member/ivan']);
    expect(code).toBe(REFUSED);
    expect(stdout).toContain('exists with another address');
    expect(await ruby(`Account.find_local('ivan').user.role.name`)).toBe('Moderator');
    await ruby(`Account.find_local('ivan').user.update!(role: nil)`);
  });
});

test('counts the follows that a suspension would end, of subdomains, too', async () => {
  await ruby(`Account.create!(username: 'friend', domain: 'social.big.example').then { |friend|
    [Follow.create!(account: Account.find_local('alice'), target_account: friend),
     Follow.create!(account: friend, target_account: Account.find_local('bob'))] }`);
  expect(await ask('severs', ['big.example', 'ig.example'])).toEqual({ 'big.example': 2, 'ig.example': 0 });
  const [block] = community.domainBlocks;
  if (!block) throw new Error('no blocks');
  community = {
    ...community,
    domainBlocks: [...community.domainBlocks, { ...block, domain: 'big.example' }],
  };
  expect(await apply(community)).toContain('Suspensions end 2 follows of local people.');
});

describe('a run that is cut short', () => {
  const counts = async () =>
    Promise.all(
      ['domain_blocks', 'operations.community', 'operations.community_jobs', 'admin_action_logs'].map(
        (table) => databases.query(`SELECT count(*) FROM ${table}`),
      ),
    );
  const busy = `FROM pg_stat_activity WHERE datname = 'mastodon_production' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`;
  /** Of 600 new blocks one waits for another transaction, in which it is there already. */
  const sql = (text: string) =>
    ruby(`ActiveRecord::Base.connection.execute(${JSON.stringify(text)}).cmd_tuples`);
  const hold = () => sql(`BEGIN; INSERT INTO domain_blocks (domain, created_at, updated_at) VALUES ('more-300.example', now(), now())`); // prettier-ignore

  test.each<[string, (run: ChildProcess) => unknown]>([
    // The image's first process only looks after the one that works.
    ['killed', (run) => execFileSync('pkill', ['--signal', 'KILL', '--parent', String(run.pid)])],
    ['left by its database', () => databases.query(`SELECT pg_terminate_backend(pid) ${busy} AND wait_event_type = 'Lock'`)],
  ])('as it is %s, has done nothing', async (_, cut) => {
    const before = await counts();
    const { settings } = community;
    const run = web.start(APPLY, environment);
    await hold();
    run.stdin?.end(input({ ...withMore(), settings: { ...settings, site_title: 'Half' } }));
    let said = '';
    run.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    run.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await eventually(async () => {
      expect(await databases.query(`SELECT count(*) FROM pg_locks WHERE NOT granted`)).toBe(1);
    }, 200_000);
    await cut(run);
    await once(run, 'close');
    await sql('ROLLBACK');
    await eventually(async () => {
      expect(await databases.query(`SELECT count(*) ${busy}`)).toBe(0);
    });
    expect(run.exitCode).not.toBe(0);
    expect(said).not.toContain('community applied');
    expect(await counts()).toEqual(before);
    expect(await ruby('Setting.site_title')).toBe(settings.site_title);
  }); // prettier-ignore

  test('is done by the next one: nothing twice, and no block without its job', async () => {
    const [before = 0] = await counts();
    community = withMore();
    expect(await apply(community)).toContain(': 600 changes');
    expect(
      await ruby(
        `{ blocks: DomainBlock.count, without: DomainBlock.where("domain LIKE 'more-%'").ids - Sidekiq::Queue.new('default').map { |job| job.args.first } }`,
      ),
    ).toEqual({ blocks: before + 600, without: [] });
  });

  function withMore(): Community {
    const [block] = community.domainBlocks;
    if (!block) throw new Error('no blocks');
    const more = Array.from({ length: 600 }, (_, index) => ({ ...block, domain: `more-${String(index)}.example` }));
    return { ...community, domainBlocks: [...community.domainBlocks, ...more] };
  } // prettier-ignore
});

test('hands jobs over again that an older Redis may lack, and forgets them after a day', async () => {
  const rows = (which: string) =>
    databases.query(`SELECT count(*) FROM operations.community_jobs WHERE ${which}`);
  const queued = `Sidekiq::Queue.new('default').count { |job| job.klass == 'DomainBlockWorker' }`;
  expect(await rows('handed_over IS NULL')).toBe(0);
  expect(await rows(`handed_over > now() - interval '1 hour'`)).toBeGreaterThan(600);

  // As restore-redis does it, with a previous Redis.
  await ruby(`Sidekiq::Queue.new('default').clear`);
  await ruby(`Account.find_local('bob').user.update_columns(current_sign_in_at: Time.now.utc)`);
  const mails = Number(await ruby(`Sidekiq::Queue.new('mailers').size`));
  const invited = await rows(`job = 'invite'`);
  const blocks = await rows(`job = 'block'`);
  await ruby(
    `ActiveRecord::Base.connection.execute('UPDATE operations.community_jobs SET handed_over = NULL').cmd_tuples`,
  );
  expect(await apply(community)).toBe('community applied: 0 changes\n');
  expect(await ruby(queued)).toBe(blocks);
  // A person with an earlier login needs no invitation.
  expect(await ruby(`Sidekiq::Queue.new('mailers').size`)).toBe(mails + invited - 1);

  await ruby(
    `ActiveRecord::Base.connection.execute("UPDATE operations.community_jobs SET handed_over = now() - interval '25 hours'").cmd_tuples`,
  );
  await apply(community);
  expect([await rows('true'), await ruby(queued)]).toEqual([0, blocks]);
});
