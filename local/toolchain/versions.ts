import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Pulumi CLI, its SDK for Go and the npm package `pulumi` have one version. */
export const pulumiVersion = npmVersion('pulumi');

/** The resource plugins that the program needs, as the versions of their SDKs in package.json say. */
export const pluginVersions = {
  random: npmVersion('@pulumi/random'),
  tls: npmVersion('@pulumi/tls'),
  command: npmVersion('@pulumi/command'),
} as const;

/** The dynamic bridge that runs Terraform providers, and the Civo provider; sdks/civo is generated with the same. */
export const bridgeVersion = '1.2.0';
export const civoProviderVersion = '1.2.6';

/** The version of an npm package that is installed here. */
export function npmVersion(name: string): string {
  const manifest = readFileSync(join(__dirname, '../../node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version.replace(/^v/, '');
}
