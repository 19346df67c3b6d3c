/** `make test`: makes the toolchain where the tests need it, and runs them all, or with `ONLY=area` those of one area. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { filesOfArea, needToolchain, patternOf, UnknownArea } from './areas';
import { testFiles } from './files';
import { stateOfCache } from './start';

const checkout = join(__dirname, '..', '..', '..');

async function main(): Promise<number> {
  // Tests that run make themselves must not pass on what this one was given.
  const { ONLY: only = '', ...given } = process.env;
  for (const name of ['MAKEFLAGS', 'MAKEOVERRIDES', 'MFLAGS']) Reflect.deleteProperty(given, name);
  const files = only === '' ? testFiles() : filesOfArea(only, testFiles());
  const env = { ...given, SUITE_START: String(Date.now()), SUITE_CACHE: stateOfCache() };
  if (needToolchain(files)) {
    const failed = await run(['tsx', 'local/toolchain'], env);
    if (failed !== 0) return failed;
  }
  return run(['jest', ...(only === '' ? [] : ['--testPathPatterns', patternOf(files)])], env);
}

/** Runs a program of the checkout's packages. @returns its exit code */
function run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('npx', command, { cwd: checkout, env, stdio: 'inherit' });
  // A terminal signals the child itself.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', pass).on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      process.off('SIGTERM', pass);
      resolve(code ?? 1);
    });
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof UnknownArea ? error.message : error);
    process.exitCode = 1;
  },
);
