/** The stack's machine, over SSH: its host key is the stack's, so nothing is trusted on first use. */
import type { StdioOptions } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { shellQuoted } from '../../lib/shell-quoted';
import { type Login, OperationError, type Outputs } from './pulumi-cli';
import { spawned } from './spawned';

/** What of the child's standard input and output is led where; both are the terminal's by default. */
export interface Ends {
  /** A file descriptor to read from, or nothing. */
  readonly input?: number | 'ignore';
  /** A file descriptor to write to, or `text`: then it is returned. */
  readonly output?: number | 'text';
}

export const NO_SSH = 'There is no ssh on the PATH: install the OpenSSH client.';

/** What SSH says when it can't reach the machine, or not as it should, and what that means here. */
const OBSTACLES: readonly (readonly [RegExp, (address: string) => string])[] = [
  [
    /timed out|No route to host|Network is unreachable|Connection refused/,
    (address) =>
      `The machine does not answer at ${address}. SSH is open to the ranges of the setting vpnCidrs only: are you on the VPN?`,
  ],
  [
    /Host key verification failed|IDENTIFICATION HAS CHANGED|no matching host key/,
    (address) =>
      `What answers at ${address} does not have this stack's host key. Don't continue before you know why; "pulumi up" gives a new machine its key.`,
  ],
  [
    /Permission denied/,
    () =>
      'Permission denied. Name the administrator, and your key unless SSH finds it: --admin NAME --key ~/.ssh/id_ed25519',
  ],
];

export class RemoteMachine {
  private constructor(
    private readonly address: string,
    private readonly hostKey: string,
    private readonly user: string,
    private readonly key: string | undefined,
  ) {}

  /** @throws OperationError if the stack has no machine yet, or `admin` is none of its administrators */
  static of(outputs: Outputs, { admin, key }: Login): RemoteMachine {
    const { publicAddress, sshAddress = publicAddress, sshHostKey, sshCommands = {} } = outputs;
    const names = Object.keys(sshCommands);
    const [first] = names;
    if (sshAddress === undefined || sshHostKey === undefined || first === undefined) {
      throw new OperationError('This stack has no machine. Let "pulumi up" come to its end first.');
    }
    if (admin !== undefined && !names.includes(admin)) {
      throw new OperationError(`--admin ${admin} is no administrator; expected one of ${names.join(', ')}`);
    }
    const own = userInfo().username;
    return new RemoteMachine(sshAddress, sshHostKey, admin ?? (names.includes(own) ? own : first), key);
  }

  /**
   * Runs a command, given as words, and returns what it says if `output` is `text`.
   * @throws OperationError if the machine can't be reached, or the command fails: it has said why itself
   */
  async run(words: readonly string[], { input, output }: Ends = {}): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'known-hosts-'));
    try {
      const knownHosts = join(folder, 'known_hosts');
      writeFileSync(knownHosts, `${this.address} ${this.hostKey}\n`);
      const terminal = input === undefined && output === undefined && process.stdin.isTTY;
      const stdio: StdioOptions = [
        input ?? 'inherit',
        output === 'text' ? 'pipe' : (output ?? 'inherit'),
        'pipe',
      ];
      return await this.ssh([...options(knownHosts, this.key), terminal ? '-t' : '-T'], words, stdio);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  private async ssh(
    flags: readonly string[],
    words: readonly string[],
    stdio: StdioOptions,
  ): Promise<string> {
    const args = [...flags, `${this.user}@${this.address}`, words.map(shellQuoted).join(' ')];
    const missing = new OperationError(NO_SSH);
    const { code, stdout, stderr } = await spawned('ssh', args, { stdio, echo: true }, missing);
    if (code !== 0) throw new OperationError(this.obstacle(code, stderr, words));
    return stdout;
  }

  private obstacle(code: number | null, stderr: string, words: readonly string[]): string {
    // 255 is SSH's own failure; everything else the command's.
    const meaning = code === 255 ? OBSTACLES.find(([sign]) => sign.test(stderr))?.[1] : undefined;
    if (meaning) return meaning(this.address);
    if (code === 255) return 'The connection to the machine broke off. What was running there may still run.';
    return `${words.slice(0, 2).join(' ')} ended with exit code ${String(code)}.`;
  }
}

function options(knownHosts: string, key: string | undefined): string[] {
  const settings = {
    UserKnownHostsFile: `"${knownHosts}"`,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    HostKeyAlgorithms: 'ssh-ed25519',
    UpdateHostKeys: 'no',
    ConnectTimeout: '15',
    ServerAliveInterval: '15',
    LogLevel: 'ERROR',
  };
  return [
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(key === undefined ? [] : ['-i', key, '-o', 'IdentitiesOnly=yes']),
  ];
}
