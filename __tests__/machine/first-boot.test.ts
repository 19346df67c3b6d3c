/** A first boot that fails: what `pulumi up` says of it, and the machine that comes after it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NspawnMachines } from '../../local/machines';
import { LocalServer } from '../support/machine/local-server';

jest.setTimeout(600_000);

let server: LocalServer;
beforeAll(async () => {
  server = await LocalServer.prepare();
}, 600_000);
afterAll(() => server.remove(), 120_000);

test('a first boot that fails ends pulumi up within a minute, with the end of its log and what to do', async () => {
  const { mastodon } = await server.settings();
  await server.stack.setConfig({ mastodon: { ...mastodon, webDigest: `sha256:${'0'.repeat(64)}` } });
  const said = await server.stack.up().then(
    () => 'it came to its end',
    (reason: unknown) => String(reason),
  );
  expect(said).toContain('could not be pulled; check mastodon.version and its digests');
  expect(said).toMatch(/The first boot of the machine at \S+ failed; .* raise generation by one/);

  const [instance] = await server
    .civo<{ items: { id: string }[] }>('GET', 'instances')
    .then(({ items }) => items);
  const log = readFileSync(join(server.diskOf(instance?.id ?? ''), 'var/log/mastodon-boot.log'), 'utf8');
  // The machine tries again after a minute.
  expect(log.match(/converge: failed in step 20-images/g)).toHaveLength(1);
});

test('a corrected setting and another generation make a machine that serves, where nothing is executed in /run and /tmp', async () => {
  await server.stack.setConfig({ ...(await server.settings()), generation: 2 });
  await server.stack.up();
  await server.answers();
  const options = await server.ssh(
    'alice',
    'findmnt --noheadings --output TARGET,OPTIONS /run; findmnt --noheadings --output TARGET,OPTIONS /tmp',
  );
  expect(options.match(/^\/(run|tmp) .*nosuid,nodev,noexec/gm)).toHaveLength(2);
});

test('a program that wants more memory than the size has is ended, where this computer can hold a machine to it', async () => {
  const { instanceId } = await server.outputs();
  const { machines } = server;
  if (!(machines instanceof NspawnMachines)) throw new Error('expected machines of systemd-nspawn');
  const enforced = machines.enforced(instanceId);
  const said = await server.root(`python3 -c 'print(len(b"x" * (5 << 30)))' || echo "ended with $?"`);
  expect(said).toBe(enforced.includes('memory') ? 'ended with 137\n' : `${String(5 * 2 ** 30)}\n`);
  await server.answers();
});
