import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { cachedFolder, recipeHash } from './cache';
import { npmVersion, pluginVersions, pulumiVersion } from './versions';

const SOURCE = join(__dirname, '..', 'plugins');

/** The stand-ins for what the Go module proxy doesn't have: folder in local/plugins → name of the executable. */
export const nodePlugins = {
  'language-nodejs': 'pulumi-language-nodejs',
  random: 'pulumi-resource-random',
  tls: 'pulumi-resource-tls',
  command: 'pulumi-resource-command',
} as const;

/** What goes into the bundles, besides our own sources and Pulumi's. */
const BUNDLED = ['@grpc/grpc-js', 'google-protobuf', 'bcryptjs', 'ssh2'];

/** Bundles each plugin into one executable file, which starts faster than its sources, and returns their folder. */
export function bundlePlugins(): Promise<string> {
  const versions = JSON.stringify([pluginVersions, pulumiVersion, BUNDLED.map(npmVersion)]);
  const hash = recipeHash(versions, readFileSync(__filename), ...sources(SOURCE));
  return cachedFolder(`plugins-${hash}`, async (folder) => {
    await build({
      entryPoints: Object.entries(nodePlugins).map(([name, out]) => ({
        in: join(SOURCE, name, 'index.ts'),
        out,
      })),
      outdir: folder,
      outExtension: { '.js': '.cjs' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      minify: true,
      banner: { js: '#!/usr/bin/env node' },
      // Native addons of ssh2, which does without them.
      external: ['*.node', 'cpu-features'],
      logLevel: 'error',
    });
  });
}

function sources(folder: string): (string | Buffer)[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [entry.name, ...sources(path)] : [entry.name, readFileSync(path)];
    });
}
