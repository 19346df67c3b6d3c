import { execFile, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureToolchain } from '.';
import { buildGoTools, goModules } from './go';
import { civoProviderVersion } from './versions';

/** `npm run sdk`: writes sdks/civo again, from the schema of the Civo provider, as `pulumi package add` would. */
async function main(): Promise<void> {
  const toolchain = await ensureToolchain();
  const generator = join(await buildGoTools(goModules.generateSdk), 'generate-sdk');
  const schema = await promisify(execFile)(
    toolchain.pulumi,
    ['package', 'get-schema', 'terraform-provider', 'civo/civo', civoProviderVersion],
    { env: toolchain.env, maxBuffer: 64 * 1024 * 1024 },
  );
  const folder = join(__dirname, '..', '..', 'sdks', 'civo');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await generate(generator, folder, schema.stdout);
  console.log(`sdks/civo: written from civo/civo ${civoProviderVersion}; 'npm install' compiles it`);
}

function generate(generator: string, folder: string, schema: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(generator, [folder], { stdio: ['pipe', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`generating the SDK failed with exit status ${String(code)}`));
    });
    child.stdin.end(schema);
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
