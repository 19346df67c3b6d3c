/**
 * `make cost`: what the selected stack costs a month, by the prices of operations/prices.yaml.
 *
 * Flags are passed on to Pulumi: `npx tsx operations/cost.ts --stack prod`.
 */
import { execFile } from 'node:child_process';
import { costTable, priced, readPrices } from './prices';

async function cost(flags: readonly string[]): Promise<void> {
  const config = JSON.parse(await settings(flags)) as Record<string, { value?: string }>;
  const own = Object.entries(config).map(([key, { value }]) => [
    key.replace(/^mastodon-on-civo:/, ''),
    value,
  ]);
  console.log(costTable(priced(Object.fromEntries(own) as Record<string, unknown>), readPrices()));
}

/** Secrets stay encrypted. */
function settings(flags: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('pulumi', ['config', '--json', ...flags], (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === 'ENOENT') {
        reject(new Error('There is no pulumi on the PATH: see https://www.pulumi.com/docs/install'));
      } else reject(new Error(`pulumi config failed:\n${stdout}${stderr}`.trim()));
    });
  });
}

cost(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
