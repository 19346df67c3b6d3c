/** What Civo offers and an account can't change: regions, sizes, disk images, versions. */
import { badRequest } from './errors';

export interface Region {
  code: string;
  name: string;
  country: string;
  country_name: string;
  default: boolean;
  objectStore: boolean;
  gpu: boolean;
}

const region = (code: string, name: string, country: string, countryName: string): Region => ({
  code,
  name,
  country,
  country_name: countryName,
  default: code === 'LON1',
  // Civo's docs (overview/regions): object stores everywhere but in PHX1, GPUs in LON1 only.
  objectStore: code !== 'PHX1',
  gpu: code === 'LON1',
});

/** Civo's public regions. */
export const REGIONS: readonly Region[] = [
  region('LON1', 'London 1', 'uk', 'United Kingdom'),
  region('FRA1', 'Frankfurt 1', 'de', 'Germany'),
  region('NYC1', 'New York 1', 'us', 'United States'),
  region('PHX1', 'Phoenix 1', 'us', 'United States'),
  region('MUM1', 'Mumbai 1', 'in', 'India'),
];

export interface Size {
  type: 'Instance' | 'Kubernetes' | 'Database';
  name: string;
  nice_name: string;
  description: string;
  cpu_cores: number;
  ram_mb: number;
  disk_gb: number;
}

const size = (type: Size['type'], name: string, label: string, [cpu, ram, disk]: Figures): Size => ({
  type,
  name,
  nice_name: label,
  description: label,
  cpu_cores: cpu,
  ram_mb: ram,
  disk_gb: disk,
});

/** Cores, MB of memory, GB of disk. */
type Figures = [number, number, number];

const INSTANCE_FIGURES: [string, string, Figures][] = [
  ['xsmall', 'Extra Small', [1, 1024, 25]],
  ['small', 'Small', [1, 2048, 25]],
  ['medium', 'Medium', [2, 4096, 50]],
  ['large', 'Large', [4, 8192, 100]],
  ['xlarge', 'Extra Large', [6, 16384, 150]],
  ['2xlarge', '2X Large', [8, 32768, 200]],
];

/** Sizes, from the list in the README of Civo's CLI. */
export const SIZES: readonly Size[] = [
  ...['g3', 'g4s'].flatMap((family) =>
    INSTANCE_FIGURES.map(([name, label, figures]) => size('Instance', `${family}.${name}`, label, figures)),
  ),
  size('Kubernetes', 'g4s.kube.xsmall', 'Extra Small', [1, 1024, 30]),
  size('Kubernetes', 'g4s.kube.small', 'Small', [1, 2048, 40]),
  size('Kubernetes', 'g4s.kube.medium', 'Medium', [2, 4096, 50]),
  size('Kubernetes', 'g4s.kube.large', 'Large', [4, 8192, 60]),
  size('Database', 'g3.db.xsmall', 'Extra Small', [1, 2048, 20]),
  size('Database', 'g3.db.small', 'Small', [2, 4096, 40]),
  size('Database', 'g3.db.medium', 'Medium', [4, 8192, 80]),
  size('Database', 'g3.db.large', 'Large', [6, 16384, 160]),
  size('Database', 'g3.db.xlarge', 'Extra Large', [8, 32768, 320]),
  size('Database', 'g3.db.2xlarge', '2X Large', [10, 65536, 640]),
];

/**
 * @param without sizes that aren't offered
 * @throws `database_size_not_found` unless it is a size of that type.
 */
export function sizeNamed(
  name: string,
  type: Size['type'] = 'Instance',
  without: readonly string[] = [],
): Size {
  const offered = SIZES.filter((candidate) => !without.includes(candidate.name));
  const size = offered.find((candidate) => candidate.name === name && candidate.type === type);
  if (!size) throw badRequest('database_size_not_found', `There is no ${type.toLowerCase()} size ${name}`);
  return size;
}

export interface DiskImage {
  id: string;
  name: string;
  version: string;
  distribution: string;
}

const image = (name: string, version: string, id: string): DiskImage => ({
  id,
  name,
  version,
  distribution: name.split('-')[0] ?? name,
});

/**
 * Disk images, with LON1's ids (from the README of Civo's CLI). The id of debian-13 is not known: this one is made up.
 * [unproven: image-ids] On Civo ids differ by region; here every region has these. Take them from `getDiskImage`.
 */
export const DISK_IMAGES: readonly DiskImage[] = [
  image('debian-11', '11', '25fbbd96-d5ec-4d08-9c75-a5e154dabf9b'),
  image('debian-12', '12', '887f05e7-e3b0-49b5-9ab9-6f35848e1e56'),
  image('debian-13', '13', '5f1b5a0e-31c4-4f0a-8a39-0d3f2a7c1d13'),
  image('rocky-9', '9', 'd052a966-385d-4018-931e-3637fe97cd13'),
  image('rocky-10', '10', 'd0e47b5e-b9af-4386-9902-2ded1018dd29'),
  image('ubuntu-focal', '20.04', 'd927ad2f-5073-4ed6-b2eb-b8e61aef29a8'),
  image('ubuntu-jammy', '22.04', 'eda67ea0-4282-4945-9b7b-d3e1cba1d987'),
  image('ubuntu-noble', '24.04', 'd2c2c728-512d-4087-906a-8486fcf4a1c7'),
];

/** What the real API says of instances and volumes whose maker named no type, as the provider's issue 357 shows. */
export const DEFAULT_VOLUME_TYPE = 'ms-xfs-2-replicas';

/** [unproven: volume-types] One is known from the provider's issue 357, the other from its docs; there may be more. */
export const VOLUME_TYPES = [
  { name: DEFAULT_VOLUME_TYPE, description: 'Two replicas', enabled: true, labels: [] },
  { name: 'csi-s3', description: 'On an object store', enabled: true, labels: [] },
];

/**
 * Engines of managed databases, as Civo's docs name them (database/getting-started, April 2026): 17, and 14 until its end.
 * [unproven: database-versions] The versions change; the first of each is the default.
 */
export const DATABASE_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  MySQL: ['8.0'],
  PostgreSQL: ['17', '14'],
};

/** Versions for clusters. [unproven: kubernetes-versions] They change; the first of each type is the default. */
export const KUBERNETES_VERSIONS = [
  { label: 'v1.32.5-k3s1', version: '1.32.5-k3s1', type: 'stable', default: true, clusterType: 'k3s' },
  { label: 'v1.31.9-k3s1', version: '1.31.9-k3s1', type: 'stable', default: false, clusterType: 'k3s' },
  { label: 'talos-v1.5.0', version: 'talos-v1.5.0', type: 'stable', default: true, clusterType: 'talos' },
];

/** A part of the marketplace: what tests of clusters need. */
export const KUBERNETES_APPLICATIONS = [
  { name: 'Traefik-v2-nodeport', version: '2.9.4', category: 'architecture', default: true },
  { name: 'metrics-server', version: '(default)', category: 'architecture', default: true },
  { name: 'cert-manager', version: 'v1.11.0', category: 'architecture', default: false },
  { name: 'Redis', version: '3.2', category: 'database', default: false },
];
