import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './cache';

/**
 * The ordinary way, with internet: `npx pulumi` downloads the CLI into a PULUMI_HOME of this project's own (the
 * user's login and plugins stay as they are), and Pulumi then downloads each plugin when it first needs it.
 *
 * It can't be tried on a closed network, where this project is developed: there the built way is the tested one.
 */
export async function downloadOfficial(): Promise<string> {
  const home = join(cacheDirectory, 'pulumi-home-official');
  mkdirSync(home, { recursive: true });
  const env = { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const cli = join(require.resolve('pulumi/package.json'), '..', 'run.js');
  await promisify(execFile)(process.execPath, [cli, 'version'], { env });
  return home;
}
