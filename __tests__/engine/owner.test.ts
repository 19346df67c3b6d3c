/** What a first `up` and an import have Mastodon's code do (the stand-in's), on a real database. Needs root (chroot). */
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStandIn } from '../../local/stand-in/stand-in';
import { Container } from '../support/stand-in/container';
import { type Databases, startDatabases } from '../support/stand-in/databases';

jest.setTimeout(300_000);

const SCRIPTS = join(__dirname, '../../cloud-init/handover/usr/local/share/mastodon/once');
const LOAD = ['bundle', 'exec', 'rails', 'runner', 'ARGV.each { |script| load script }', '/once/owner.rb'];
const owner = {
  OWNER_USERNAME: 'alice',
  OWNER_EMAIL: 'Alice@mastodon.test',
  OWNER_PASSWORD: 'a long password',
};

const folder = mkdtempSync(join(tmpdir(), 'owner-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
let web: Container;
let databases: Databases;
let environment: Record<string, string>;

beforeAll(async () => {
  if (process.getuid?.() !== 0) throw new Error('The stand-in is tried in a chroot: run this test as root');
  const images = await buildStandIn('4.7.0', () => undefined);
  web = await Container.unpack(images.web, join(folder, 'web'));
  cpSync(SCRIPTS, join(web.root, 'once'), { recursive: true });
  databases = await startDatabases(folder);
  environment = { ...databases.environment, ...owner, SAFETY_ASSURED: '1', RAILS_LOG_LEVEL: 'warn' };
  expect(await web.run(['rails', 'db:prepare'], environment)).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await databases.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an address that mail cannot reach is waited for, then refused with what to do', async () => {
  const refused = await web.run(LOAD, {
    ...environment,
    OWNER_EMAIL: 'alice@nowhere.test',
    OWNER_PATIENCE: '0',
  });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('waiting for a DNS record of nowhere.test');
  expect(refused.stderr).toContain('administrators[0].email: given alice@nowhere.test');
  expect(refused.stderr).toContain('has no MX record, and no address');
  expect(await databases.query('SELECT count(*) FROM users')).toBe(0);
});

test('the owner is created by one process that prints nothing, and what a kill left half-made is completed', async () => {
  expect(await web.run(LOAD, environment)).toEqual({ code: 0, stdout: '', stderr: '' });
  await databases.query('UPDATE users SET approved = false, confirmed_at = NULL');
  expect(await web.run(LOAD, environment)).toEqual({ code: 0, stdout: '', stderr: '' });
  const check = `
    require 'sidekiq/api'
    user = User.authenticate('alice@mastodon.test', 'a long password')
    puts [user.role.name, user.functional?, User.count, Sidekiq::Queue.new('mailers').size].join(' ')`;
  // No mail: neither of a changed password nor of an account that waits for its review.
  expect((await web.run(['rails', 'runner', '-'], environment, check)).stdout).toBe('Owner true 1 0\n');
});

test('an import tries the keys on what accounts sign with, also where no account has a second factor', async () => {
  const source = join(SCRIPTS, '../../../lib/mastodon/mastodonctl/imported_server.py');
  const [, script = ''] = /^OPEN_ALL = """\n([^]*?)^"""$/m.exec(readFileSync(source, 'utf8')) ?? [];
  const run = (keys: Record<string, string>) =>
    web.run(['bundle', 'exec', 'rails', 'runner', '-'], { ...environment, ...keys }, script);
  await databases.query('UPDATE users SET otp_secret = NULL');
  expect(await run({})).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^opened: [1-9]\d*\n$/) as string,
  });
  const wrong = await run({ ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY: 'x'.repeat(32) });
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('encrypted with other keys');
});
