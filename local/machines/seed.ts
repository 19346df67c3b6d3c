import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type CloudAddresses, PUBLIC_CIDR } from '../addresses';
import type { InstanceSpec } from '../civo/backends';

const INIT_SCRIPT = '/usr/local/bin/civo-user-init-script';
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
/** Read before the program's own mastodon.conf, which has no `env`. */
const CONTAINERS = '/etc/containers/containers.conf.d/local-cloud.conf';
const LOCAL_AUTHORITY = '/usr/local/share/ca-certificates/local-cloud.crt';

/** What a machine must know of its cloud. */
export interface Surroundings {
  addresses: CloudAddresses;
  /** File with the PEM of the authority that machines trust as if it were a public one. */
  authority: string;
}

/** The same, and what kind of machine it is. */
export interface Inside extends Surroundings {
  /** What the machine calls its network interface. */
  interfaceName: string;
  /** Whether it must be shown its plan's processors and memory, as it sees the host's. */
  showsPlan: boolean;
}

/** Writes onto a machine's disk, mounted at `root`, what its cloud gives it: network, plan, trust, user data. */
export function seed(root: string, spec: InstanceSpec, inside: Inside): void {
  const { addresses, authority, interfaceName, showsPlan } = inside;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  write(
    '/etc/systemd/network/10-civo.network',
    `[Match]\nName=${interfaceName}\n\n[Network]\nAddress=${spec.privateIp}/24\nGateway=${addresses.gateway}\nLinkLocalAddressing=no\n`,
  );
  rmSync(join(root, '/etc/resolv.conf'), { force: true });
  write('/etc/resolv.conf', `nameserver ${addresses.dns}\n`);
  write('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${spec.hostname}\n`);

  if (showsPlan) {
    write('/etc/civo-plan/meminfo', meminfo(spec.ramMb));
    write('/etc/civo-plan/cpus', spec.cpuCores === 1 ? '0\n' : `0-${String(spec.cpuCores - 1)}\n`);
  }

  // Public addresses are of a range that Mastodon never asks (app/lib/private_address_check.rb), unless it is allowed
  // (`private_address_exceptions` in app/lib/request.rb). Podman gives this to each container (containers.conf(5), env).
  write(CONTAINERS, `[containers]\nenv = ["ALLOWED_PRIVATE_ADDRESSES=${PUBLIC_CIDR}"]\n`);
  trust(root, readFileSync(authority, 'utf8'), write);
  write(
    '/var/lib/cloud/seed/nocloud/meta-data',
    stringify({ 'instance-id': spec.id, 'local-hostname': spec.hostname }),
  );
  write('/var/lib/cloud/seed/nocloud/user-data', `#cloud-config\n${stringify(cloudConfig(spec))}`);
}

/** As Civo does: the script is in a file that is root's alone, and runs at the end of cloud-init. */
function cloudConfig(spec: InstanceSpec): object {
  const script = Buffer.from(spec.script).toString('base64');
  return {
    ssh_pwauth: false,
    users: [
      {
        name: spec.initialUser,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ssh_authorized_keys: spec.sshPublicKey ? [spec.sshPublicKey.trim()] : [],
      },
    ],
    ...(spec.script === ''
      ? {}
      : {
          write_files: [{ path: INIT_SCRIPT, permissions: '0700', encoding: 'b64', content: script }],
          runcmd: [[INIT_SCRIPT]],
        }),
  };
}

/** In kB. A kernel keeps a few percent of the memory to itself: a plan's 4096 MB show as some 3900. */
export const usableMemory = (ramMb: number) => Math.floor(ramMb * 1024 * 0.96);

function meminfo(ramMb: number): string {
  const total = usableMemory(ramMb);
  const available = Math.floor(total * 0.85);
  const line = (name: string, kB: number) => `${`${name}:`.padEnd(16)}${String(kB).padStart(8)} kB\n`;
  return (
    line('MemTotal', total) + line('MemFree', available) + line('MemAvailable', available) +
    line('Buffers', 0) + line('Cached', 0) + line('SwapTotal', 0) + line('SwapFree', 0)
  ); // prettier-ignore
}

/** What update-ca-certificates would do, without booting. */
function trust(root: string, pem: string, write: (path: string, text: string) => void): void {
  write(LOCAL_AUTHORITY, pem);
  const bundle = join(root, BUNDLE);
  if (!readFileSync(bundle, 'utf8').includes(pem.trim())) appendFileSync(bundle, `${pem.trim()}\n`);
}
