import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { buildGoTools, goModules } from './go';
import { cliPath, layOutHome, terraformPlugins } from './home';
import { downloadOfficial } from './official';
import { bundlePlugins } from './plugins';
import { chooseSource, type Source } from './source';
import { pulumiVersion } from './versions';

/** Everything that runs the program on one machine. */
export interface Toolchain {
  source: Source;
  /** The Pulumi CLI. */
  pulumi: string;
  /** The environment in which to run it: this process's own, with what Pulumi needs to find the parts. */
  env: NodeJS.ProcessEnv;
  /** Only what was set for Pulumi, for a person's shell. */
  exports: Readonly<Record<string, string>>;
  binaries: {
    /** The S3 server. */
    versitygw: string;
    /** The ACME server. */
    pebble: string;
  };
}

/** Called with each part when it is begun, in words how far it is, and, with the seconds that it took, when it is ready. */
export type Report = (part: string, state?: number | string) => void;

/** Reports a part while it is worked on. */
export async function reported<T>(
  report: Report,
  part: string,
  work: (told: (howFar: string) => void) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  report(part);
  const result = await work((howFar) => {
    report(part, howFar);
  });
  report(part, (performance.now() - start) / 1_000);
  return result;
}

let ready: Promise<Toolchain> | undefined;

/**
 * Makes the toolchain, or finds it made: the first time takes minutes where all is built, later ones a fraction of a
 * second.
 * @throws Error in the user's words, if Go is missing or a build fails
 */
export function ensureToolchain(report: Report = () => undefined): Promise<Toolchain> {
  ready ??= makeToolchain(report).catch((error: unknown) => {
    ready = undefined;
    throw error;
  });
  return ready;
}

async function makeToolchain(report: Report): Promise<Toolchain> {
  const source = await chooseSource();
  const { home, servers } = source === 'official' ? await download(report) : await buildAll(report);
  const binaries = { versitygw: join(servers, 'versitygw'), pebble: join(servers, 'pebble') };
  const exports = environment(home, source);
  return { source, pulumi: cliPath(home), env: { ...process.env, ...exports }, exports, binaries };
}

/** The official CLI. The S3 and the ACME server have no downloads that all networks reach. */
async function download(report: Report): Promise<Parts> {
  const home = await reported(report, `Pulumi CLI ${pulumiVersion}, downloaded`, downloadOfficial);
  const servers = await reported(report, 'S3 and ACME server', (told) =>
    buildGoTools(goModules.servers, told),
  );
  return { home, servers };
}

async function buildAll(report: Report): Promise<Parts> {
  const plugins = await reported(
    report,
    'Node.js language host; random, tls and command plugins',
    bundlePlugins,
  );
  const tools = await reported(
    report,
    `Pulumi CLI ${pulumiVersion}, bridge for Terraform providers, S3 and ACME server`,
    (told) => buildGoTools(goModules.everything, told),
  );
  // After the others: a build uses all processors, and most of its packages are theirs.
  const provider = await reported(report, 'Civo provider', (told) =>
    buildGoTools(goModules.civoProvider, told),
  );
  const home = await layOutHome({
    plugins,
    pulumi: join(tools, 'pulumi'),
    bridge: join(tools, 'dynamic'),
    civoProvider: join(provider, 'terraform-provider-civo'),
  });
  return { home, servers: tools };
}

/** A PULUMI_HOME, and the folder of the S3 and the ACME server. */
interface Parts {
  home: string;
  servers: string;
}

function environment(home: string, source: Source): Record<string, string> {
  mkdirSync(terraformPlugins(home), { recursive: true });
  return {
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // `npm run typecheck` checks the types, and each run of the program is a second faster.
    PULUMI_NODEJS_TRANSPILE_ONLY: 'true',
    PULUMI_DYNAMIC_TF_PLUGIN_CACHE_DIR: terraformPlugins(home),
    PATH: [dirname(cliPath(home)), process.env.PATH ?? ''].join(delimiter),
    // A missing plugin is then an error that names it, instead of a download that can't succeed.
    ...(source === 'built' ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true' } : {}),
  };
}
