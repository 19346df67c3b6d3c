import { shellQuoted } from '../../lib/shell-quoted';
import { Progress } from '../progress';
import { ensureToolchain, type Toolchain } from '.';

/**
 * `npx tsx local/toolchain/cli.ts [--env]`: makes the toolchain, and reports each part that takes its time. With `--env` it
 * prints what a shell needs to use it: eval "$(npx tsx local/toolchain/cli.ts --env)"
 */
async function main(args: string[]): Promise<void> {
  const unknown = args.filter((arg) => arg !== '--env');
  if (unknown.length > 0) throw new Error(`unknown argument '${unknown.join(' ')}', expected: [--env]`);
  const start = performance.now();
  // What a shell is to evaluate is alone on standard output.
  const toolchain = await ensureToolchain(new Progress(console.error).part);
  const total = ((performance.now() - start) / 1_000).toFixed(1);
  if (args.includes('--env')) console.log(shellExports(toolchain));
  else console.error(`toolchain (${toolchain.source}) ready after ${total} s: ${toolchain.pulumi}`);
}

function shellExports({ exports }: Toolchain): string {
  return Object.entries(exports)
    .map(([name, value]) => `export ${name}=${shellQuoted(value)}`)
    .join('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
