/**
 * `make cost`: what the selected stack costs a month, by the prices of operations/prices.yaml.
 *
 * Flags are passed on to Pulumi: `npx tsx operations/cost.ts --stack prod`.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { costTable, readPrices } from './prices';

async function cost(flags: readonly string[]): Promise<void> {
  const config = JSON.parse(await settings(flags)) as Record<string, { value?: string }>;
  const setting = (key: 'size' | 'mediaGb' | 'backupGb') =>
    config[`mastodon-on-civo:${key}`]?.value ?? defaults(key);
  const stack = {
    size: setting('size'),
    mediaGb: Number(setting('mediaGb')),
    backupGb: Number(setting('backupGb')),
  };
  console.log(costTable(stack, readPrices()));
}

/** Pulumi tells only what the stack itself sets. */
function defaults(key: string): string {
  const project = parse(readFileSync(join(__dirname, '..', 'Pulumi.yaml'), 'utf8')) as {
    config: Record<string, { default: unknown }>;
  };
  return String(project.config[key]?.default);
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
