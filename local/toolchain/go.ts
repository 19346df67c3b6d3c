import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder, recipeHash } from './cache';
import { bridgeVersion, pulumiVersion } from './versions';

const run = promisify(execFile);

/**
 * A program built from the Go module proxy. Its modules, with every version and checksum, are in go/<name>/go.mod and
 * go.sum, which also name the package to build (`tool`).
 */
interface GoTool {
  name: string;
  /** File name of the program. */
  binary: string;
  /** Variables to set when linking, where the program's version isn't in its source. */
  variables?: Readonly<Record<string, string>>;
}

export const goTools = {
  pulumi: {
    name: 'pulumi',
    binary: 'pulumi',
    variables: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': `v${pulumiVersion}` },
  },
  bridge: {
    name: 'bridge',
    binary: 'pulumi-resource-terraform-provider',
    variables: {
      'github.com/pulumi/pulumi-terraform-bridge/v3/dynamic/version.version': `v${bridgeVersion}`,
    },
  },
  civoProvider: { name: 'provider-civo', binary: 'terraform-provider-civo' },
  versitygw: { name: 'versitygw', binary: 'versitygw' },
  pebble: { name: 'pebble', binary: 'pebble' },
  generateSdk: { name: 'generate-sdk', binary: 'generate-sdk' },
} as const satisfies Record<string, GoTool>;

/** Enough for the error messages of a build. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Builds a tool, unless the cache has it, and returns the path of its program. */
export async function buildGoTool(tool: GoTool): Promise<string> {
  const source = join(__dirname, 'go', tool.name);
  const files = ['go.mod', 'go.sum'].map((name) => readFileSync(join(source, name)));
  const hash = recipeHash(...files, JSON.stringify(tool), process.platform, process.arch);
  const folder = await cachedFolder(`${tool.name}-${hash}`, async (target) => {
    await requireGo(files[0]?.toString() ?? '');
    await build(tool, source, join(target, tool.binary));
  });
  return join(folder, tool.binary);
}

async function build(tool: GoTool, source: string, output: string): Promise<void> {
  const manifest = readFileSync(join(source, 'go.mod'), 'utf8');
  const packageToBuild = /^tool (\S+)$/m.exec(manifest)?.[1] ?? '.';
  const variables = Object.entries(tool.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const args = ['build', '-mod=readonly', '-trimpath', '-ldflags', ['-s', '-w', ...variables].join(' ')];
  try {
    await run('go', [...args, '-o', output, packageToBuild], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
      maxBuffer: MAX_OUTPUT_BYTES,
    });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`building ${tool.name} failed:\n${stderr ?? String(error)}`);
  }
}

async function requireGo(manifest: string): Promise<void> {
  const wanted = /^go (\S+)$/m.exec(manifest)?.[1] ?? '';
  try {
    await run('go', ['version']);
  } catch {
    throw new Error(
      `Go is needed to build the local toolchain, and there is no 'go' on PATH. ` +
        `Install Go ${wanted} or later (https://go.dev/dl), then run this again.`,
    );
  }
}
