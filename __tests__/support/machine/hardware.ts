/** What only a person beside the machines can do to them: past SSH and firewall, power and freezer included. */
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NspawnMachines } from '../../../local/machines';
import { isAlive, processChain, readMark } from '../../../local/machines/process';
import type { LocalServer } from './local-server';

export class Hardware {
  private readonly machines: NspawnMachines;
  private readonly folder: string;

  constructor(server: LocalServer) {
    const { stateFolder, addresses } = server.cloud;
    this.folder = join(stateFolder, 'machines');
    this.machines = new NspawnMachines({
      addresses,
      folder: this.folder,
      authority: join(stateFolder, 'ca.pem'),
    });
  }

  /** Runs a shell command as root inside a machine; its output, whatever its exit status. */
  inside(id: string, command: string): string {
    const { stdout, stderr } = spawnSync('nsenter', this.enter(id, command), {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return `${stdout}${stderr}`;
  }

  /** The same, while the test continues. */
  start(id: string, command: string): Promise<string> {
    return new Promise((resolve) => {
      execFile('nsenter', this.enter(id, command), (_, stdout, stderr) => {
        resolve(`${stdout}${stderr}`);
      });
    });
  }

  /** The ids of all machines, on or off. */
  all(): string[] {
    return readdirSync(this.folder);
  }

  /** Stops every process of a machine where it is; its connections stay open. */
  freeze(id: string): void {
    this.signalAll(id, 'SIGSTOP');
  }

  thaw(id: string): void {
    this.signalAll(id, 'SIGCONT');
  }

  cutPower(id: string): Promise<void> {
    return this.machines.cutPower(id);
  }

  powerOn(id: string): Promise<void> {
    return this.machines.start(id);
  }

  reboot(id: string): Promise<void> {
    return this.machines.reboot(id);
  }

  /** The arguments of `nsenter`; nothing of this process's environment is included. */
  private enter(id: string, command: string): string[] {
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const shell = ['env', '--ignore-environment', path, 'HOME=/root', '/bin/bash', '-c', command];
    return ['--target', String(this.firstProcess(id)), '--all', '--', ...shell];
  }

  private signalAll(id: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const first = this.firstProcess(id);
    for (const pid of [first, ...descendants(first)]) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended meanwhile.
      }
    }
  }

  private firstProcess(id: string): number {
    const mark = readMark(join(this.folder, id, 'pid.json'));
    const first = mark && isAlive(mark) ? processChain(mark)[2] : undefined;
    if (!first) throw new Error(`the machine ${id} is off`);
    return first.pid;
  }
}

/** All processes that a process has started, and those that they have. */
function descendants(ancestor: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '');
      parents.set(Number(name), Number(stat.split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (pid: number): number[] => {
    const children = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
    return children.flatMap((child) => [child, ...below(child)]);
  };
  return below(ancestor);
}
