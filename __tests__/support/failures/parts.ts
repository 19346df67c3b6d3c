/** What there is to keep of a server: of its local cloud, of each machine, of its stack. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, cp, mkdtemp, open, readFile, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import type { LoggedRequest } from '../../../local/civo';
import type { Part } from './collect';

const run = promisify(execFile);

/** The local cloud behind a server. */
export interface CloudTraces {
  /** As `startCloud` lays it out. */
  stateFolder: string;
  civoApiUrl: string;
}

/** The stack of a server. */
export interface StackTraces {
  /** File with the engine's events of the last command, as JSON lines; it need not be there. */
  eventLog: string;
  /** The state; secrets stay encrypted. */
  export(): Promise<object>;
}

/** Logs of the cloud and its services, Civo's state and its calls, and of each machine journal, console and `/var/log`. */
export function partsOfCloud({ stateFolder, civoApiUrl }: CloudTraces): Part[] {
  const machines = join(stateFolder, 'machines');
  const ids = existsSync(machines) ? readdirSync(machines) : [];
  return [
    { name: 'log', write: (target) => cp(join(stateFolder, 'log'), target, { recursive: true }) },
    { name: 'civo.json', write: (target) => copyFile(join(stateFolder, 'civo.json'), target) },
    { name: 'requests.txt', write: (target, signal) => keepRequests(civoApiUrl, target, signal) },
    ...ids.flatMap((id) =>
      partsOfMachine(join(machines, id)).map(({ name, write }) => ({
        name: join('machines', id, name),
        write,
      })),
    ),
  ];
}

async function keepRequests(url: string, target: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${url}/local/requests`, { signal });
  const requests = (await answer.json()) as LoggedRequest[];
  const lines = requests.map(({ at, method, path, region, status, ms, fault }) =>
    [at, method, path, region, status, `${String(ms)} ms`, fault ?? ''].join(' ').trimEnd(),
  );
  await writeFile(target, lines.map((line) => `${line}\n`).join(''));
}

function partsOfMachine(folder: string): Part[] {
  return [
    { name: 'console.log', write: (target) => copyFile(join(folder, 'console.log'), target) },
    {
      name: 'journal.txt',
      write: (target, signal) => withDisk(folder, (root) => keepJournal(root, target, signal)),
    },
    // The log of the first boot with its converge is among them.
    { name: 'var-log', write: (target) => withDisk(folder, (root) => keepLogs(root, target)) },
  ];
}

/** All of the journal: every boot, from the first line on. */
async function keepJournal(root: string, target: string, signal: AbortSignal): Promise<void> {
  const output = await open(target, 'w');
  try {
    const args = ['--directory', join(root, 'var/log/journal'), '--no-pager', '--output', 'short-precise'];
    const stdio = ['ignore', output.fd, output.fd] as const;
    const child = spawn('journalctl', args, { stdio: [...stdio], signal, env: process.env });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`journalctl ended with ${String(code)}; what it said is in the file`);
  } finally {
    await output.close();
  }
}

async function keepLogs(root: string, target: string): Promise<void> {
  const logs = join(root, 'var/log');
  const journal = join(logs, 'journal');
  const filter = (path: string) => path !== journal && !path.startsWith(journal + sep);
  await cp(logs, target, { recursive: true, filter });
}

/** The disk of a machine that is on is mounted. One that is off is looked into without changing it. */
async function withDisk(folder: string, work: (root: string) => Promise<void>): Promise<void> {
  const root = join(folder, 'root');
  if (existsSync(join(root, 'var/log'))) {
    await work(root);
    return;
  }
  const mounted = await mkdtemp(join(tmpdir(), 'disk-'));
  try {
    await run('mount', ['-o', 'ro,noload,loop', join(folder, 'disk.ext4'), mounted]);
    try {
      await work(mounted);
    } finally {
      await run('umount', ['--lazy', mounted]);
    }
  } finally {
    await rmdir(mounted);
  }
}

/** The state, and the last command: its events, and what it said, converge's words among it. */
export function partsOfStack(stack: StackTraces): Part[] {
  const { eventLog } = stack;
  return [
    {
      name: 'state.json',
      write: async (target) => writeFile(target, JSON.stringify(await stack.export(), null, 2)),
    },
    { name: 'events.jsonl', write: (target) => copyFile(eventLog, target) },
    {
      name: 'messages.txt',
      write: async (target) => writeFile(target, said(await readFile(eventLog, 'utf8'))),
    },
  ];
}

/** Without the engine's marks for colours. */
function said(events: string): string {
  const messages = events.split('\n').flatMap((line) => messageIn(line) ?? []);
  return messages.map((message) => message.replaceAll(/<\{%[^%]*%\}>/g, '').replace(/\n?$/, '\n')).join('');
}

/** The last line of a command that was killed may be half of one. */
function messageIn(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { diagnosticEvent?: { message: string } }).diagnosticEvent?.message;
  } catch {
    return undefined;
  }
}
