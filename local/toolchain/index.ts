import { mkdirSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { buildGoTool, goTools } from './go';
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

/** Told about each part when it is begun, and, with the time that it took, when it is ready. */
export type Report = (part: string, seconds?: number) => void;

/** Reports a part while it is worked on. */
export async function reported<T>(report: Report, part: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  report(part);
  const result = await work();
  report(part, (performance.now() - start) / 1_000);
  return result;
}

let ready: Promise<Toolchain> | undefined;

/**
 * Makes the toolchain, or finds it made: the first time takes minutes (7 on two cores, where all is built), later ones
 * a fraction of a second.
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
  const timed = <T>(part: string, work: Promise<T>) => reported(report, part, () => work);
  const source = await chooseSource();
  const home =
    source === 'official'
      ? await timed(`Pulumi CLI ${pulumiVersion}, downloaded`, downloadOfficial())
      : await buildHome(timed);
  const versitygw = await timed('S3 server (versitygw)', buildGoTool(goTools.versitygw));
  const pebble = await timed('ACME server (pebble)', buildGoTool(goTools.pebble));
  const exports = environment(home, source);
  const env = { ...process.env, ...exports };
  return { source, pulumi: cliPath(home), env, exports, binaries: { versitygw, pebble } };
}

async function buildHome(timed: <T>(part: string, work: Promise<T>) => Promise<T>): Promise<string> {
  // One after the other: each build uses all processors.
  const plugins = await timed('Node.js language host; random, tls and command plugins', bundlePlugins());
  const pulumi = await timed(`Pulumi CLI ${pulumiVersion}`, buildGoTool(goTools.pulumi));
  const bridge = await timed('bridge for Terraform providers', buildGoTool(goTools.bridge));
  const civoProvider = await timed('Civo provider', buildGoTool(goTools.civoProvider));
  return layOutHome({ plugins, pulumi, bridge, civoProvider });
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

// `npx tsx local/toolchain`
if (require.main === module) void import('./cli');
