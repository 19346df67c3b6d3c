import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { cachedFolder, recipeHash } from './cache';
import { bridgeVersion, pulumiVersion } from './versions';

const run = promisify(execFile);

const SOURCE = join(__dirname, 'go');

/** A program built from the Go module proxy. */
interface GoTool {
  /** What to build; its last part is the program's file name. */
  package: string;
  /** Variables to set when linking, where the program's version isn't in its source. */
  variables?: Readonly<Record<string, string>>;
}

/**
 * The tools of one Go module: go/<name>/go.mod and go.sum have every version and checksum. Tools of one module share
 * the versions of what they depend on, so that each package is compiled once for all of them.
 */
export interface GoModule {
  name: string;
  tools: readonly GoTool[];
  /** For programs that use libraries of C: the build tags. Default: without C. */
  cTags?: readonly string[];
}

const pulumi = {
  package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
  variables: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': `v${pulumiVersion}` },
};
const bridge = {
  package: 'github.com/pulumi/pulumi-terraform-bridge/v3/dynamic',
  variables: { 'github.com/pulumi/pulumi-terraform-bridge/v3/dynamic/version.version': `v${bridgeVersion}` },
};
const versitygw = { package: 'github.com/versity/versitygw/cmd/versitygw' };
/** The release that Ubuntu 24.04 has, and the generator that makes its units. */
const podman = ['podman', 'quadlet'].map((name) => ({
  package: `github.com/containers/podman/v4/cmd/${name}`,
}));
const pebble = { package: 'github.com/letsencrypt/pebble/v2/cmd/pebble' };

/** What is built together. */
export const goModules = {
  everything: { name: 'tools', tools: [pulumi, bridge, versitygw, pebble] },
  servers: { name: 'tools', tools: [versitygw, pebble] },
  generateSdk: { name: 'tools', tools: [{ package: './generate-sdk' }] },
  // For the older machine of `make nightly`, with the tags of a distribution's package but without a library for GPG.
  podman: {
    name: 'podman',
    tools: podman,
    cTags: [
      'containers_image_openpgp',
      'exclude_graphdriver_btrfs',
      'exclude_graphdriver_devicemapper',
      'seccomp',
      'systemd',
      'apparmor',
      'btrfs_noversion',
    ],
  },
  // On its own: the bridge needs a fork of a library that the provider uses as it is.
  civoProvider: { name: 'provider-civo', tools: [{ package: 'github.com/civo/terraform-provider-civo' }] },
} as const satisfies Record<string, GoModule>;

/** Called with the progress of a build, in a few words. */
export type Told = (howFar: string) => void;

/** Builds the tools of a module, unless the cache has them, and returns the folder with their programs. */
export async function buildGoTools(module: GoModule, told: Told = () => undefined): Promise<string> {
  const source = join(SOURCE, module.name);
  const files = [source, join(SOURCE, 'stand-ins')].flatMap(filesOf);
  const recipe = JSON.stringify([module, FLAGS, process.platform, process.arch]);
  const hash = recipeHash(recipe, ...files.map((file) => readFileSync(file)));
  return cachedFolder(`go-${module.name}-${hash}`, async (target) => {
    await requireGo(readFileSync(join(source, 'go.mod'), 'utf8'));
    await build(module, source, target, told);
  });
}

/** These programs are never debugged: leaving out what a debugger reads saves a tenth of the compiler's time. */
const FLAGS = ['-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false'];

/**
 * The compiler runs once for each of two thousand packages, mostly for less than a second. Without collecting garbage
 * (up to a size that any machine has), and with one thread each, as many at a time as there are processors, it takes
 * a third less (measured; https://go.dev/doc/gc-guide describes what these do).
 */
const COMPILER = { GOGC: 'off', GOMEMLIMIT: '2GiB', GOMAXPROCS: '1' };

async function build(
  { name, tools, cTags }: GoModule,
  source: string,
  target: string,
  told: Told,
): Promise<void> {
  const packages = tools.map((tool) => tool.package);
  const tags = cTags ? [`-tags=${cTags.join(',')}`] : [];
  const cgo = { CGO_ENABLED: cTags ? '1' : '0' };
  try {
    let modules = 0;
    const all = await go(source, ['list', '-mod=readonly', '-deps', ...tags, ...packages], cgo, (line) => {
      if (line.startsWith('go: downloading')) told(`${String(++modules)} modules downloaded`);
    });
    let compiled = 0;
    const parallel = ['-p', String(availableParallelism())];
    const args = [
      'build',
      '-v',
      '-mod=readonly',
      ...tags,
      ...parallel,
      ...FLAGS,
      ...linking(tools),
      '-o',
      `${target}/`,
    ];
    await go(source, [...args, ...packages], { ...COMPILER, ...cgo }, (line) => {
      if (isPackage(line)) told(`${String(++compiled)} of ${String(all.length)} packages compiled`);
    });
  } catch (error) {
    throw new Error(`building ${name} failed:\n${(error as Error).message}`);
  }
}

/** The linker's flags, of which each program has its own. */
function linking(tools: readonly GoTool[]): string[] {
  return tools.map(({ package: program, variables = {} }) => {
    const values = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
    return `-ldflags=${program}=${['-s', '-w', ...values].join(' ')}`;
  });
}

/**
 * Runs the go command in a module's folder, and returns the lines of its output.
 * @param onLine called with each line that it writes meanwhile
 * @throws Error with the last of these, if it fails
 */
function go(
  module: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd: module,
      env: { ...process.env, GOWORK: 'off', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const messages: string[] = [];
    createInterface(child.stdout).on('line', (line) => output.push(line));
    createInterface(child.stderr).on('line', (line) => {
      if (!isPackage(line)) messages.push(line);
      onLine(line);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(messages.slice(-MESSAGES).join('\n')));
    });
  });
}

/** Enough for what a failed build says. */
const MESSAGES = 20;

/** Whether a line is the name of a package that is about to be compiled; what else Go says has words. */
const isPackage = (line: string) => !line.includes(' ');

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
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
