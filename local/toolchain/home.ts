import { chmodSync, copyFileSync, linkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachedFolder, recipeHash } from './cache';
import { bridgeVersion, civoProviderVersion, pluginVersions, pulumiVersion } from './versions';

/** What a home is put together from. */
export interface HomeParts {
  pulumi: string;
  bridge: string;
  civoProvider: string;
  /** Folder of the bundled plugins. */
  plugins: string;
}

/** Where the CLI is in a PULUMI_HOME; `npx pulumi` and the Automation API look there, too. */
export function cliPath(home: string): string {
  return join(home, 'versions', pulumiVersion, 'bin', 'pulumi');
}

/** Where the bridge looks for Terraform providers, in a PULUMI_HOME. */
export function terraformPlugins(home: string): string {
  return join(home, 'dynamic_tf_plugins');
}

/** Lays out the parts as a PULUMI_HOME in which nothing is left to download. */
export function layOutHome(parts: HomeParts): Promise<string> {
  // The parts' paths carry the hashes of their own recipes.
  const versions = JSON.stringify([pulumiVersion, pluginVersions, bridgeVersion, civoProviderVersion]);
  const hash = recipeHash(JSON.stringify(parts), versions);
  return cachedFolder(`pulumi-home-${hash}`, (home) => {
    for (const [source, target] of layout(parts, home)) place(source, target);
    return Promise.resolve();
  });
}

function layout(parts: HomeParts, home: string): [string, string][] {
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const bundled = (name: string) => join(parts.plugins, `${name}.cjs`);
  const plugin = (name: string, version: string) => {
    return join(home, 'plugins', `resource-${name}-v${version}`, `pulumi-resource-${name}`);
  };
  return [
    [parts.pulumi, cliPath(home)],
    [bundled('pulumi-language-nodejs'), join(dirname(cliPath(home)), 'pulumi-language-nodejs')],
    [parts.bridge, plugin('terraform-provider', bridgeVersion)],
    ...Object.entries(pluginVersions).map(([name, version]): [string, string] => {
      return [bundled(`pulumi-resource-${name}`), plugin(name, version)];
    }),
    [
      parts.civoProvider,
      join(
        terraformPlugins(home),
        `registry.opentofu.org/civo/civo/${civoProviderVersion}/${platform}`,
        `terraform-provider-civo_v${civoProviderVersion}`,
      ),
    ],
  ];
}

/** A hard link where possible: the CLI finds its language host beside its real path. */
function place(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
  chmodSync(target, 0o755);
}
