import { readFileSync, writeFileSync } from 'node:fs';

/** A process, and when it started: a number alone may come to mean another process. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks since the boot of the host, from `/proc/PID/stat`. */
  readonly started: string;
}

export function markOf(pid: number): ProcessMark | undefined {
  try {
    // The name, in brackets, may hold spaces; the fields that count come behind it.
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state === 'Z' || started === undefined ? undefined : { pid, started };
  } catch {
    return undefined;
  }
}

/** A process, its first child, the first child of that, three deep: the supervisor, systemd-nspawn, the machine's first. */
export function processChain(mark: ProcessMark): readonly ProcessMark[] {
  const chain = [mark];
  while (chain.length < 3) {
    const parent = String(chain.at(-1)?.pid);
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
    const child = markOf(Number(children[0]));
    if (!child) break;
    chain.push(child);
  }
  return chain;
}

export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.started === mark.started;
}

export function writeMark(file: string, pid: number): void {
  writeFileSync(file, JSON.stringify(markOf(pid) ?? {}));
}

export function readMark(file: string): ProcessMark | undefined {
  try {
    const mark = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessMark>;
    return mark.pid !== undefined && mark.started !== undefined ? (mark as ProcessMark) : undefined;
  } catch {
    return undefined;
  }
}
