import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackageDependency, PackageParameterization } from '@pulumi/pulumi/proto/plugin_pb';

/** The part of an SDK's package.json that says which plugin it needs. */
interface SdkManifest {
  name?: string;
  version?: string;
  pulumi?: {
    resource?: boolean;
    name?: string;
    version?: string;
    server?: string;
    parameterization?: { name: string; version: string; value: string };
  };
}

/** The plugins that the SDKs in a program's node_modules need. */
export function requiredPackages(programDirectory: string): PackageDependency[] {
  return installedManifests(programDirectory).flatMap((manifest) => {
    const sdk = manifest.pulumi;
    if (!sdk?.resource) return [];
    const dependency = new PackageDependency();
    dependency.setKind('resource');
    dependency.setName(sdk.name ?? manifest.name?.replace(/^@pulumi\//, '') ?? '');
    dependency.setVersion(`v${(sdk.version ?? manifest.version ?? '').replace(/^v/, '')}`);
    dependency.setServer(sdk.server ?? '');
    if (sdk.parameterization) {
      const parameterization = new PackageParameterization();
      parameterization.setName(sdk.parameterization.name);
      parameterization.setVersion(sdk.parameterization.version);
      parameterization.setValue(sdk.parameterization.value); // base64, as protobuf wants bytes in a string
      dependency.setParameterization(parameterization);
    }
    return [dependency];
  });
}

/** The package.json of every package in node_modules, here or in the nearest folder above that has one. */
export function installedManifests(directory: string): SdkManifest[] {
  for (let folder = directory; ; folder = join(folder, '..')) {
    const names = list(join(folder, 'node_modules'));
    if (names.length > 0) {
      return names
        .flatMap((name) => {
          return name.startsWith('@')
            ? list(join(folder, 'node_modules', name)).map((inner) => join(name, inner))
            : name;
        })
        .flatMap((name) => readManifest(join(folder, 'node_modules', name)));
    }
    if (folder === join(folder, '..')) return [];
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

function readManifest(folder: string): SdkManifest[] {
  try {
    return [JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as SdkManifest];
  } catch {
    return []; // not a package
  }
}
