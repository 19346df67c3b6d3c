/** Two servers of `make local`, the second one made while the first one runs: each finds the other's owner. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeCloud } from '../../local/remove-cloud';

const run = promisify(execFile);
const LOCAL = join(__dirname, '../../local');
/** Beside whatever runs in slot 0. */
const SLOTS = [5, 6];

const tsx = (program: string, env: Record<string, string>, timeout: number) =>
  run('npx', ['tsx', join(LOCAL, program)], {
    env: { ...process.env, LOCAL_MACHINES: 'nspawn', ...env },
    maxBuffer: 1 << 26,
    timeout,
  });

afterAll(async () => {
  for (const slot of SLOTS) await removeCloud({ slot });
}, 300_000);

test('servers of two slots find each other over HTTPS and WebFinger, in both directions', async () => {
  for (const slot of SLOTS) await tsx('up.ts', { LOCAL_SLOT: String(slot) }, 1_200_000);
  const { stdout } = await tsx('federate.ts', { SLOTS: SLOTS.join(' ') }, 900_000);
  expect(stdout).toContain('✓ mastodon5.test finds @alice@mastodon6.test');
  expect(stdout).toContain('✓ mastodon6.test finds @alice@mastodon5.test');
}, 3_600_000);
