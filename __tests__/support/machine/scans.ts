/** What well-known scanners say of a machine. Debian has them; the machine itself gets nothing to keep. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureHostPackages } from '../../../local/host-packages';

const run = promisify(execFile);

/** What Lynis can't judge here, with the reason. All else counts, also what this server chooses not to have. */
const NOT_JUDGED: Readonly<Record<string, string>> = {
  'BOOT-5180': 'a local machine has no boot loader',
  'KRNL-5788': 'a local machine has no kernel of its own',
  'KRNL-5820': 'how cores are dumped is up to the kernel, which is the host’s',
  'KRNL-6000': 'most of the values are the host’s kernel’s; the others have a test of their own',
  'MACF-6290': 'AppArmor is the host’s',
  'FIRE-4512': 'iptables is the host’s; the firewall is nftables',
  'FILE-6344': 'a container’s /proc is mounted by its host',
  'FILE-6374': 'a container’s file systems are mounted by its host',
  'FILE-6310': 'an instance of Civo’s has one disk',
  'USB-3000': 'a virtual machine has no USB ports',
  'PKGS-7388': 'a local machine knows one mirror; Civo’s image has the security archive',
  'AUTH-9230': 'no account has a password',
  'AUTH-9262': 'no account has a password',
  'AUTH-9284': 'no account has a password',
  'AUTH-9286': 'no account has a password',
  'DBS-1884': 'it reads Debian’s file, not the one that Redis here is started with',
  'DBS-1886': 'it reads Debian’s file, not the one that Redis here is started with',
  'SSH-7408:port': 'SSH answers the VPN alone, at whatever port',
  'TOOL-5190': 'there is no client to ban where only the VPN can knock',
  'MALW-3280': 'media, the only files of strangers, are in a bucket',
  'HRDN-7230': 'media, the only files of strangers, are in a bucket',
};

/** A tar archive of Lynis and its profile, to be unpacked at the machine's root. */
export async function packLynis(): Promise<Buffer> {
  await ensureHostPackages(['lynis']);
  const folder = mkdtempSync(join(tmpdir(), 'lynis-'));
  try {
    await run('cp', ['-r', '/usr/share/lynis', folder]);
    // It does not begin without this folder.
    await run('mkdir', [join(folder, 'lynis', 'plugins')]);
    await run('cp', ['/usr/sbin/lynis', '/etc/lynis/default.prf', join(folder, 'lynis')]);
    const skipped = Object.keys(NOT_JUDGED).map((test) => `skip-test=${test}\n`);
    writeFileSync(join(folder, 'lynis', 'custom.prf'), skipped.join(''));
    const options = { encoding: 'buffer', maxBuffer: 1 << 26 } as const;
    return (await run('tar', ['-cz', '--owner=root', '-C', folder, 'lynis'], options)).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lines of ssh-audit that warn, or worse. */
export async function auditSsh(address: string): Promise<string[]> {
  await ensureHostPackages(['ssh-audit']);
  // It ends with another status than 0 when it has something to say.
  const { stdout } = await run('ssh-audit', ['--no-colors', address]).catch(
    (error: unknown) => error as { stdout: string },
  );
  if (!stdout.includes('(kex)')) throw new Error(`ssh-audit could not look at ${address}: ${stdout}`);
  return stdout.split('\n').filter((line) => /\[(warn|fail)\]/.test(line));
}

export interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** The checks of testssl.sh that can find something, in two halves for as many runs side by side. */
const TLS_CHECKS = [
  ['--protocols', '--standard', '--pfs', '--server-preference', '--server-defaults', '--headers'],
  ['--vulnerable'],
];

/** What testssl.sh has to say of a site, from low severity on. */
export async function testTls(domain: string, address: string, authority: string): Promise<Finding[]> {
  await ensureHostPackages(['testssl.sh']);
  const folder = mkdtempSync(join(tmpdir(), 'testssl-'));
  const env = { ...process.env, ADDITIONAL_CA_FILES: authority };
  const options = ['--quiet', '--color', '0', '--warnings', 'off', '--severity', 'LOW', '--ip', address];
  const find = async (checks: readonly string[], nth: number) => {
    const file = join(folder, `${String(nth)}.json`);
    // It ends with the number of findings.
    await run('testssl', [...options, '--jsonfile', file, ...checks, domain], {
      env,
      maxBuffer: 1 << 26,
    }).catch(() => undefined);
    return JSON.parse(readFileSync(file, 'utf8')) as Finding[];
  };
  try {
    return (await Promise.all(TLS_CHECKS.map(find))).flat();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
