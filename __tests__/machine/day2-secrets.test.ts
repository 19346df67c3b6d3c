/** Secrets are made again on a server that people use. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Visitor } from '../support/visitor';
import { LocalServer } from '../support/machine/local-server';
import type { Outputs } from '../support/machine/outputs';
import { expectUnnoticed, Traffic } from '../support/machine/traffic';

jest.setTimeout(600_000);

let server: LocalServer;
let visitor: Visitor;

beforeAll(async () => {
  server = await LocalServer.served();
  visitor = await server.owner();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

test('secrets are rotated by a command each: the old ones open nothing any more', async () => {
  const rotate = (SECRET: string) =>
    server.operation('rotate', { SECRET, STATES: server.folder }, { flags: ['--yes'] });
  const secrets = (of: Outputs) => of.recovery as unknown as Record<string, string>;
  const before = await server.outputs();
  writeFileSync(join(server.folder, 'deploy before'), secrets(before).deployKey ?? '', { mode: 0o600 });
  expect(await server.ssh('deploy', 'echo in', { key: 'deploy before' })).toBe('in\n');
  // As in production: what is protected can't be replaced.
  await server.stack.setConfig({ protect: true });

  const rotated = async (...secrets: readonly string[]) => {
    const { exitCode, stdout, stderr } = await rotate(secrets.join(','));
    const last = `${secrets.join(', ')} ${secrets.length > 1 ? 'are' : 'is'} rotated`;
    expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining(last)]);
    server.forgetOutputs();
  };
  const moment = (await server.root("date --utc '+%F %T.%N+00'")).trim();
  const traffic = await Traffic.begin(server, 'rotation');
  await rotated('backups');
  const starts = () =>
    server.root("journalctl --quiet --unit mastodon-sidekiq@default --grep '^Started ' --output cat | wc -l");
  const startsBefore = Number(await starts());
  await rotated('deploy-key', 'host-key', 'media', 'database-password');
  expect(Number(await starts()) - startsBefore).toBe(1);
  await expectUnnoticed(server, traffic);

  const after = await server.outputs();
  for (const name of ['deployKey', 'hostKey', 'databasePassword'])
    expect(secrets(after)[name]).not.toBe(secrets(before)[name]);
  for (const bucket of ['backups', 'media'] as const)
    expect(after.recovery[bucket].secretAccessKey).not.toBe(before.recovery[bucket].secretAccessKey);
  await expect(server.ssh('deploy', 'true', { key: 'deploy before' })).rejects.toThrow('Permission denied');
  expect(await server.root('cat /etc/ssh/ssh_host_ed25519_key.pub')).toContain(
    after.sshHostKey.split(' ')[1],
  );
  await server.root('systemctl start mastodon-backup.service');
  expect(await server.root('converge')).toMatch(/ 0 changes\n$/);
  const logins = () =>
    server.sql("SELECT count(*) FROM pg_roles WHERE rolname ~ '^mastodon' AND rolcanlogin");
  expect(await logins()).toBe('1');

  // The database of an earlier moment knows its password at that moment.
  await server.root(`mastodon-restore --to '${moment}' --yes </dev/null`);
  await visitor.api('POST', '/api/v1/statuses', { status: 'With the password of now' });
  expect(await logins()).toBe('2');
  expect(await server.root('converge')).toContain('~ close the former logins of the database');
  expect(await logins()).toBe('1');
  await server.stack.preview({ expectNoChanges: true });

  const refused = await rotate('encryption-primary-key');
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("can't be rotated")]);
  expect((await rotate('deploykey')).stderr).toContain('did you mean deploy-key?');
  await server.stack.setConfig({ protect: false });
});
