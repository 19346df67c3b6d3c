/** Runs of tests: two at once don't meet, and one that was killed leaves nothing to the next. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '../support/eventually';

jest.setTimeout(240_000);

const checkout = resolve(__dirname, '..', '..');

/** What a machine test does in a worker: a cloud in slot 0, with its network and services. Prints the folder. */
const TEST = `
const { newFolder } = require('./__tests__/support/isolation/snapshots');
const { startCloud } = require('./local/cloud');
const { removeCloud } = require('./local/remove-cloud');
void (async () => {
  const stateFolder = newFolder('server');
  await startCloud({ stateFolder });
  console.log(stateFolder);
  process.stdin.resume().on('end', async () => {
    await removeCloud({ stateFolder });
    process.exit();
  });
})();`;

/** What Jest does around it. */
const RUN = `
const { spawn } = require('node:child_process');
void (async () => {
  await require('./__tests__/support/isolation/setup').default();
  const args = [process.execPath, '--import', 'tsx', '--eval', process.argv[1]];
  spawn('./__tests__/support/isolation/worker.sh', args, { stdio: 'inherit' }).on('exit', async (code) => {
    await require('./__tests__/support/isolation/teardown').default();
    process.exit(code);
  });
})();`;

/** Starts a run, and returns the folder of its cloud once that is up. It ends when its input does. */
async function start(): Promise<{ run: ChildProcess; folder: string }> {
  const run = spawn(process.execPath, ['--import', 'tsx', '--eval', RUN, TEST], {
    cwd: checkout,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: run.stdout });
  const [folder] = (await Promise.race([
    once(lines, 'line'),
    once(run, 'exit').then(([code]) => {
      throw new Error(`the run ended with ${String(code)} before its cloud was up`);
    }),
  ])) as [string];
  return { run, folder };
}

async function end(run: ChildProcess): Promise<unknown> {
  const exit = once(run, 'exit');
  run.stdin?.end();
  return (await exit)[0];
}

/** The processes that were started with this folder as an argument. */
const processesOf = (folder: string) =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(join('/proc', name, 'cmdline'), 'utf8').includes(folder);
    } catch {
      return false; // it ended meanwhile
    }
  });

test('two at once have a cloud each, with the same addresses', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(one.folder).not.toBe(other.folder);
  expect([await end(one.run), await end(other.run)]).toEqual([0, 0]);
  expect(existsSync(one.folder)).toBe(false);
});

test('one that was killed leaves no process, and its folder is removed by the next', async () => {
  const { run, folder } = await start();
  expect(processesOf(folder)).not.toEqual([]);
  run.kill('SIGKILL');
  await eventually('its processes are gone', () => Promise.resolve(processesOf(folder).length === 0), 10);
  expect(existsSync(folder)).toBe(true);

  const next = await start();
  expect(existsSync(folder)).toBe(false);
  expect(await end(next.run)).toBe(0);
});
