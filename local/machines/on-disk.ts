import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { InstanceSpec, Machines } from '../civo/backends';
import { isAlive, readMark, processChain, writeMark } from './process';
import { type Inside, seed, type Surroundings } from './seed';

const run = promisify(execFile);

/** Where the parts of one machine are, in its folder. */
export interface Parts {
  folder: string;
  /** The disk: an ext4 file system as large as the plan says, sparse. */
  disk: string;
  /** Where the disk is mounted while the machine is on. */
  root: string;
  /** What the machine was made from, as JSON. */
  spec: string;
  /** The process of the running machine. */
  pid: string;
  /** What the machine prints on its console. */
  console: string;
}

export interface MachineOptions extends Surroundings {
  /** One folder for each machine is made in it. */
  folder: string;
}

/** Machines of whichever kind, each with a disk of its own. They outlive the process that started them. */
export abstract class MachinesOnDisk implements Machines {
  constructor(protected readonly options: MachineOptions) {}

  /** What the machine calls its network interface. */
  protected abstract readonly interfaceName: string;
  /** Whether it sees its plan's processors and memory, not the host's. */
  protected abstract readonly showsPlan: boolean;
  /** How long a machine that was asked may take to power off, in milliseconds. */
  protected abstract readonly patience: number;
  /** The disk that every machine starts from. */
  protected abstract image(): Promise<string>;
  /** Starts the machine; returns the process that it ends with. */
  protected abstract powerOn(id: string, parts: Parts): Promise<number | undefined>;
  protected abstract askToPowerOff(parts: Parts, pid: number): Promise<void>;
  /** Removes what is left of a machine that is off. */
  protected abstract cleanUp(id: string): Promise<void>;

  async create(spec: InstanceSpec): Promise<void> {
    const parts = this.parts(spec.id);
    if (!existsSync(parts.spec)) {
      const image = await this.image();
      rmSync(parts.folder, { recursive: true, force: true });
      mkdirSync(parts.folder, { recursive: true });
      await run('cp', ['--sparse=always', image, parts.disk]);
      await this.fit(parts, spec);
      await this.withDisk(parts, () => {
        seed(parts.root, spec, this.inside);
      });
      writeFileSync(parts.spec, JSON.stringify(spec));
    }
    await this.start(spec.id);
  }

  async start(id: string): Promise<void> {
    const parts = this.parts(id);
    if (!existsSync(parts.spec)) throw new Error(`there is no machine ${id}`);
    if (await this.running(id)) return;
    const pid = await this.powerOn(id, parts);
    if (pid === undefined) throw new Error(`the machine ${id} could not be started`);
    writeMark(parts.pid, pid);
    await sleep(300);
    if (!(await this.running(id))) {
      throw new Error(`the machine ${id} did not start:\n${tail(readFileSync(parts.console, 'utf8'))}`);
    }
  }

  /** Shuts the machine down; one that does not in time loses its power. */
  async stop(id: string): Promise<void> {
    await this.end(id, this.patience);
  }

  /** Takes the power away, as a cut would. */
  async cutPower(id: string): Promise<void> {
    await this.end(id, 0);
  }

  async reboot(id: string): Promise<void> {
    await this.stop(id);
    await this.start(id);
  }

  async resize(spec: InstanceSpec): Promise<void> {
    const parts = this.parts(spec.id);
    await this.stop(spec.id);
    await this.fit(parts, spec);
    await this.withDisk(parts, () => {
      seed(parts.root, spec, this.inside);
    });
    writeFileSync(parts.spec, JSON.stringify(spec));
    await this.start(spec.id);
  }

  async remove(id: string): Promise<void> {
    const parts = this.parts(id);
    await this.cutPower(id);
    rmSync(parts.folder, { recursive: true, force: true });
  }

  running(id: string): Promise<boolean> {
    const mark = readMark(this.parts(id).pid);
    return Promise.resolve(mark !== undefined && isAlive(mark));
  }

  /** The file that holds what the machine printed on its console. */
  consoleLog(id: string): string {
    return this.parts(id).console;
  }

  private async end(id: string, patience: number): Promise<void> {
    const parts = this.parts(id);
    const mark = readMark(parts.pid);
    // All of them, down to the machine's first process: one may die without taking the next along.
    const chain = mark && isAlive(mark) ? processChain(mark) : [];
    const alive = () => chain.filter(isAlive);
    if (mark && patience > 0 && isAlive(mark))
      await this.askToPowerOff(parts, mark.pid).catch(() => undefined);
    const deadline = Date.now() + patience;
    while (alive().length > 0 && Date.now() < deadline) await sleep(100);
    for (const left of alive()) kill(left.pid);
    while (alive().length > 0) await sleep(50);
    rmSync(parts.pid, { force: true });
    await unmount(parts);
    await this.cleanUp(id);
  }

  private get inside(): Inside {
    return { ...this.options, interfaceName: this.interfaceName, showsPlan: this.showsPlan };
  }

  /** Makes the disk as large as the plan's. Disks never shrink. */
  private async fit(parts: Parts, spec: InstanceSpec): Promise<void> {
    await run('truncate', ['--size', `>${String(spec.diskGb)}G`, parts.disk]);
    await run('e2fsck', ['-fp', parts.disk]).catch((error: unknown) => {
      const { code } = error as { code: number };
      if (code > 1) throw error; // 1: repaired
    });
    await run('resize2fs', [parts.disk]);
  }

  private async withDisk(parts: Parts, work: () => void): Promise<void> {
    await mount(parts);
    try {
      work();
    } finally {
      await unmount(parts);
    }
  }

  protected parts(id: string): Parts {
    const folder = join(this.options.folder, id);
    const part = (name: string) => join(folder, name);
    return {
      folder,
      disk: part('disk.ext4'),
      root: part('root'),
      spec: part('spec.json'),
      pid: part('pid.json'),
      console: part('console.log'),
    };
  }
}

export const specOf = (parts: Parts) => JSON.parse(readFileSync(parts.spec, 'utf8')) as InstanceSpec;

export async function mount(parts: Parts): Promise<void> {
  mkdirSync(parts.root, { recursive: true });
  if (await isMounted(parts.root)) return;
  await run('mount', ['-o', 'loop', parts.disk, parts.root]);
}

async function unmount(parts: Parts): Promise<void> {
  for (let attempt = 0; attempt < 50 && (await isMounted(parts.root)); attempt++) {
    await run('umount', [parts.root]).catch(() => sleep(200));
  }
  if (await isMounted(parts.root)) await run('umount', ['--lazy', parts.root]);
}

async function isMounted(folder: string): Promise<boolean> {
  return run('mountpoint', ['--quiet', folder]).then(
    () => true,
    () => false,
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-10).join('\n');
}
