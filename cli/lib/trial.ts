/** Starts what tries a change on the local cloud. The local cloud is no part of the commands: it runs in a process of its own. */
import { join } from 'node:path';
import { CHECKOUT } from './checkout';
import { OperationError } from './pulumi-cli';
import { spawned } from './spawned';

/**
 * Runs a program of `trials/` where the person sees it, with one argument, which has no secrets. This process takes over its exit code.
 * @param program such as `rehearse/main.ts`
 */
export async function startTrial(program: string, call: object): Promise<void> {
  const tsx = join(CHECKOUT, 'node_modules', '.bin', 'tsx');
  const { code } = await spawned(
    tsx,
    [join(CHECKOUT, 'trials', program), JSON.stringify(call)],
    { stdio: 'inherit', env: { ...process.env, TSX_TSCONFIG_PATH: join(CHECKOUT, 'tsconfig.json') } },
    new OperationError(`There is no ${tsx}. Run: npm ci`),
  );
  process.exitCode = code ?? 1;
}
