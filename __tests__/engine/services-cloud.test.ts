import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalCloud, startCloud } from '../../local/cloud';
import { removeCloud } from '../../local/remove-cloud';
import { timed } from '../support/timing';

/** On paper, in a slot that nothing else uses. */
const slot = 9;
let stateFolder: string;
const start = () => timed('boot', () => startCloud({ slot, stateFolder, paper: true }));

beforeAll(() => {
  stateFolder = mkdtempSync(join(tmpdir(), 'cloud-'));
});
afterAll(async () => {
  await removeCloud({ slot, stateFolder });
});

/** What the Civo API answers, or undefined if nothing answers. */
async function call(cloud: LocalCloud, path: string, method = 'GET', body?: object): Promise<unknown> {
  const headers = { Authorization: `bearer ${cloud.token}`, 'Content-Type': 'application/json' };
  const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(`${cloud.civoApiUrl}/v2${path}`, init).catch(() => undefined);
  return response?.json();
}

function pid(): number {
  return (JSON.parse(readFileSync(join(stateFolder, 'cloud.pid'), 'utf8')) as { pid: number }).pid;
}

test('starts once, and is found running by the next who asks', async () => {
  const cloud = await start();
  expect(cloud.started).toBe(true);
  expect(await call(cloud, '/regions')).toContainEqual(expect.objectContaining({ code: 'LON1' }));
  expect((await start()).started).toBe(false);
}, 900_000);

test('is started again after its death, with its state', async () => {
  const cloud = await start();
  await call(cloud, '/dns', 'POST', { name: 'mastodon.test' });
  process.kill(pid(), 'SIGKILL');
  const again = await start();
  expect(again.started).toBe(true);
  expect(await call(again, '/dns')).toEqual([expect.objectContaining({ name: 'mastodon.test' })]);
}, 120_000);

test('keeps the roots of the ACME server that it had before', async () => {
  const { acmeRoot } = await start();
  const before = readFileSync(acmeRoot, 'utf8');
  await (await start()).stop();
  await start();
  const after = readFileSync(acmeRoot, 'utf8');
  expect(after).not.toBe(before);
  expect(after.endsWith(before)).toBe(true);
}, 120_000);

test('is removed whole, even if nothing refers to it any more', async () => {
  const cloud = await start();
  rmSync(join(stateFolder, 'cloud.pid'));
  await removeCloud({ slot, stateFolder });
  expect(await call(cloud, '/regions')).toBeUndefined();
  expect(existsSync(stateFolder)).toBe(false);
  await removeCloud({ slot, stateFolder });
}, 120_000);
