/** MailDev, which shows in a web page what the local server mails: its packages, in the cache. */
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Report, reported } from '../toolchain';
import { cachedFolder, recipeHash } from '../toolchain/cache';

const run = promisify(execFile);

const MANIFESTS = ['package.json', 'package-lock.json'];
/** None of its packages has a script that must run. */
const INSTALL = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Installs the catcher, or finds it installed; the first time takes ten seconds. Returns the program, for Node.js.
 * @throws Error with what npm said, if it can't be installed
 */
export async function ensureMailCatcher(report: Report = () => undefined): Promise<string> {
  const sources = MANIFESTS.map((name) => join(__dirname, name));
  const hash = recipeHash(...sources.map((file) => readFileSync(file)));
  const folder = await reported(report, 'mail catcher', () =>
    cachedFolder(`mail-catcher-${hash}`, async (target) => {
      for (const [index, file] of sources.entries()) copyFileSync(file, join(target, MANIFESTS[index] ?? ''));
      await install(target);
    }),
  );
  return join(folder, 'node_modules/maildev/dist/bin/maildev.js');
}

async function install(folder: string): Promise<void> {
  try {
    await run('npm', INSTALL, { cwd: folder, timeout: INSTALL_TIMEOUT_MS });
  } catch (error) {
    const { stderr = '', killed } = error as { stderr?: string; killed?: boolean };
    const reason = killed ? `npm took longer than ${String(INSTALL_TIMEOUT_MS / 1_000)} s` : stderr.trim();
    throw new Error(`The mail catcher could not be installed: ${reason}. Run make local again.`);
  }
}
