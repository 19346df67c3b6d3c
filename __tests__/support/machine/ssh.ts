/** Commands on a machine, as an administrator's own `ssh` gives them. */
import { execFile } from 'node:child_process';
import type { Namespace } from '../../../local/addresses';
import { onComputer } from '../../../local/network';
import { kindOfCommand, timed } from '../timing';

export interface Way {
  /** user@address */
  readonly login: string;
  /** The file of the user's private key. */
  readonly key: string;
  /** The file with the machine's own key, under the name `alias`. */
  readonly knownHosts: string;
  readonly alias: string;
  /** Where the user sits; by default at this computer, on the VPN. */
  readonly computer?: Namespace;
  /** For the command's standard input. */
  readonly input?: string;
  /** How long it may take. By default it ends before the test does, so that what it said until then is reported. */
  readonly limitSeconds?: number;
}

/** Runs a shell command; returns what it prints, or throws that if it fails. */
export function runOverSsh(command: string, way: Way): Promise<string> {
  const options = [
    ...['IdentitiesOnly=yes', 'BatchMode=yes', 'ConnectTimeout=5', 'StrictHostKeyChecking=yes'],
    ...[`UserKnownHostsFile=${way.knownHosts}`, `HostKeyAlias=${way.alias}`, 'LogLevel=ERROR'],
  ].flatMap((option) => ['-o', option]);
  const ssh = ['ssh', '-i', way.key, ...options, way.login, command];
  const [program = '', ...args] = way.computer ? onComputer(way.computer, ssh) : ssh;
  const run = new Promise<string>((resolve, reject) => {
    const { limitSeconds = 280 } = way;
    const limits = { maxBuffer: 1 << 26, timeout: limitSeconds * 1000 };
    const child = execFile(program, args, limits, (error, stdout, stderr) => {
      const told = `${stderr}${stdout}`;
      if (!error) resolve(stdout);
      else if (error.killed) reject(new Error(`not over within ${String(limitSeconds)} s: ${told}`));
      else reject(new Error(told || error.message));
    });
    if (way.input !== undefined) child.stdin?.end(way.input);
  });
  return timed(kindOfCommand(`${command} ${way.input ?? ''}`), () => run);
}
