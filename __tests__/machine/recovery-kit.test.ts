/** A server whose stack is lost, and adopted by a new one. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MovingServer } from '../support/machine/moving-server';

jest.setTimeout(600_000);

const site = new MovingServer();
const { operation, sudo } = site;
beforeAll(() => site.up(), 1_800_000);
afterAll(() => site.remove(), 120_000);

test('continues, on the same machine and without a restart, when a kit brings a new stack what the lost one knew', async () => {
  const state = () =>
    site.server.ssh(
      'alice',
      'cat /proc/sys/kernel/random/boot_id; pgrep --oldest puma; pgrep --oldest postgres',
    );
  const before = await state();
  const kit = join(site.folder, 'kit.age');
  const made = await operation('recovery-kit', {
    FILE: kit,
    RECIPIENTS_FILE: join(site.server.folder, 'alice.pub'),
  });
  expect([made.exitCode, made.said]).toEqual([0, expect.stringContaining('bin/mastodon adopt-kit ')]);

  await site.another('test');
  const adopted = await operation('adopt-kit', { KIT: kit, IDENTITY: join(site.server.folder, 'alice') });
  expect([adopted.exitCode, adopted.said]).toEqual([
    0,
    expect.stringContaining('still there and taken over'),
  ]);
  await site.server.stack.up();
  expect(await site.server.outputs()).toEqual(site.outputs);
  expect(await state()).toBe(before);
  expect(await sudo('converge')).toMatch(/ 0 changes\n$/);
  await site.server.stack.preview({ expectNoChanges: true });
});

test('goes with the stack that adopted it, once it is no longer protected', async () => {
  await site.server.stack.setConfig({ protect: false });
  await site.server.stack.up();
  await site.destroy();
  expect(readdirSync(join(site.server.cloud.stateFolder, 'machines'))).toEqual([]);
});
