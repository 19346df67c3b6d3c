import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const checkout = join(__dirname, '..', '..');

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'toolchain-cache-'));
});
afterEach(() => {
  rmSync(cache, { recursive: true });
});

/** A process that makes the cached folder `thing` slowly, noting each making in a file beside it. */
const MAKE_SLOWLY = `
  const { cachedFolder } = require('./local/toolchain/cache');
  const { appendFileSync, writeFileSync } = require('node:fs');
  cachedFolder('thing', async (folder) => {
    appendFileSync(process.env.XDG_CACHE_HOME + '/made', 'x');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    writeFileSync(folder + '/whole', '');
  });
`;
const args = ['--import', 'tsx', '--eval', MAKE_SLOWLY];
const options = () => ({ cwd: checkout, env: { ...process.env, XDG_CACHE_HOME: cache } });

test('two processes at once make a part once', async () => {
  await Promise.all([run(process.execPath, args, options()), run(process.execPath, args, options())]);
  expect(readFileSync(join(cache, 'made'), 'utf8')).toBe('x');
  expect(readdirSync(join(cache, 'mastodon-on-civo'))).toEqual(['thing']);
});

test('an interrupted process leaves nothing that looks finished, and the next one makes it', async () => {
  const interrupted = spawn(process.execPath, args, options());
  while (!existsSync(join(cache, 'made'))) await new Promise((resolve) => setTimeout(resolve, 20));
  interrupted.kill('SIGTERM');
  await new Promise((resolve) => interrupted.on('close', resolve));
  expect(existsSync(join(cache, 'mastodon-on-civo', 'thing'))).toBe(false);
  await run(process.execPath, args, options());
  expect(existsSync(join(cache, 'mastodon-on-civo', 'thing', 'whole'))).toBe(true);
}, 30_000);

test('without Go the error says what to install', async () => {
  const failed = run(process.execPath, ['--import', 'tsx', 'local/toolchain/cli.ts'], {
    cwd: checkout,
    env: { ...process.env, XDG_CACHE_HOME: cache, PATH: '/nowhere', PULUMI_TOOLCHAIN: 'built' },
  });
  await expect(failed).rejects.toMatchObject({
    stderr: expect.stringMatching(/Install Go 1\.\d+ or later/) as string,
  });
}, 30_000);
