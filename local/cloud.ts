import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type CloudAddresses, cloudAddresses } from './addresses';
import { ensureHostPackages } from './host-packages';
import { ensureMailCatcher } from './mail/catcher';
import { type MachineKind, machineKind } from './machines';
import { isAlive, markOf, type ProcessMark, readMark } from './machines/process';
import { ensureImages, type MastodonImages } from './stand-in/build';
import { ensureToolchain } from './toolchain';

export interface CloudOptions {
  /** 0 to 9: distinguishes clouds on one host. Default: 0. */
  slot?: number;
  /** Where everything of this cloud is kept. Default: `.local/<slot>` in the checkout. */
  stateFolder?: string;
  /** No machines and no network, only what an ordinary user may run. Default: true without root or Linux. */
  paper?: boolean;
  /** Region of the object store. Default: LON1. */
  region?: string;
  /** What its machines are. Default: what `LOCAL_MACHINES` names. */
  machines?: MachineKind;
  /** Machines reach the cloud's own services and nothing else. Default: false. */
  closed?: boolean;
  /** Catches the mail of its machines and shows it in a web page. Default: false; never on paper. */
  mail?: boolean;
}

/** What the daemon is started with. */
export interface DaemonOptions extends Required<CloudOptions> {
  binaries: { versitygw: string; pebble: string };
  repositories: Record<string, string>;
  /** MailDev's program, if it catches mail. */
  mailCatcher?: string;
  /** Of the code that it runs. */
  version: string;
}

/** What the daemon writes when it is ready, in `cloud.json`. */
export interface CloudStatus {
  civoApiUrl: string;
  token: string;
  /** Path of the root certificates of what the ACME server issues, in PEM: curl's `--cacert`. */
  acmeRoot: string;
  /** Address of the web page with the mail of its machines, if it catches that. */
  mailPage?: string;
}

/** A local cloud that runs, in a process of its own. */
export interface LocalCloud extends CloudStatus {
  slot: number;
  paper: boolean;
  machines: MachineKind;
  stateFolder: string;
  addresses: CloudAddresses;
  /** What Pulumi and the Civo provider need to find it. */
  env: { CIVO_API_URL: string; CIVO_TOKEN: string; CIVO_REGION: string };
  /** Whether this call started it; false if it ran already. */
  started: boolean;
  /** Adds a release to the registry, beside the one that it has. */
  publish(images: MastodonImages): void;
  /** Stops the services and the API. Machines run on, and state stays: the next start continues from it. */
  stop(): Promise<void>;
}

const checkout = resolve(__dirname, '..');
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;

export const defaultStateFolder = (slot: number) => join(checkout, '.local', String(slot));

/** Machines need root on Linux. */
export const machinesPossible = () => process.platform === 'linux' && process.getuid?.() === 0;

/**
 * Starts a local cloud, or finds it running. One of another version of this code, or with other options, is replaced;
 * its machines and state stay.
 *
 * @throws Error in the user's words, with the end of the log, if it does not come up.
 */
export async function startCloud(options: CloudOptions = {}): Promise<LocalCloud> {
  const daemon = await daemonOptions(options);
  const { slot, stateFolder, paper, machines, region } = daemon;
  const started = !(await runs(daemon));
  if (started) {
    await stopDaemon(stateFolder);
    await startDaemon(daemon);
  }
  const status = readStatus(stateFolder);
  return {
    ...status,
    ...{ slot, paper, machines, stateFolder, started },
    addresses: cloudAddresses(slot),
    env: { CIVO_API_URL: status.civoApiUrl, CIVO_TOKEN: status.token, CIVO_REGION: region },
    publish: (images) => {
      publish(stateFolder, images);
    },
    stop: () => stopDaemon(stateFolder),
  };
}

function publish(stateFolder: string, { web, streaming }: MastodonImages): void {
  for (const [name, { layout, digest }] of Object.entries({
    mastodon: web,
    'mastodon-streaming': streaming,
  })) {
    const link = join(stateFolder, 'registry', name, digest.replace(':', '-'));
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(layout, link);
  }
}

async function daemonOptions(options: CloudOptions): Promise<DaemonOptions> {
  const { slot = 0, paper = !machinesPossible(), region = 'LON1', closed = false } = options;
  const mail = options.mail === true && !paper;
  const { machines = machineKind() } = options;
  const stateFolder = resolve(options.stateFolder ?? defaultStateFolder(slot));
  cloudAddresses(slot); // refuses a slot that there can't be
  await ensureHostPackages(['openssl', 'util-linux']);
  const { binaries } = await ensureToolchain();
  const images = paper ? undefined : await ensureImages();
  const repositories: Record<string, string> = images
    ? { mastodon: images.web.layout, 'mastodon-streaming': images.streaming.layout }
    : {};
  return {
    slot,
    stateFolder,
    paper,
    region,
    machines,
    closed,
    mail,
    binaries,
    repositories,
    ...(mail && { mailCatcher: await ensureMailCatcher() }),
    version: codeVersion(),
  };
}

/** Whether the daemon of these very options is alive and answers. */
async function runs(options: DaemonOptions): Promise<boolean> {
  const { stateFolder } = options;
  const files = [optionsFile(stateFolder), statusFile(stateFolder)];
  if (!livingDaemon(stateFolder) || !files.every((file) => existsSync(file))) return false;
  if (readFileSync(optionsFile(stateFolder), 'utf8') !== JSON.stringify(options)) return false;
  return answers(readStatus(stateFolder));
}

async function startDaemon(options: DaemonOptions): Promise<void> {
  const { slot, stateFolder } = options;
  const logFile = join(stateFolder, 'log', 'cloud.log');
  mkdirSync(join(stateFolder, 'log'), { recursive: true, mode: 0o700 });
  const url = `http://127.0.0.1:${String(cloudAddresses(slot).civoApiPort)}`;
  if (await answers({ civoApiUrl: url })) {
    throw new Error(
      `Something else answers at ${url}: a local cloud of another checkout, perhaps. ` +
        'Stop it there (make local-down), or use another slot here: LOCAL_SLOT=2 make local',
    );
  }
  rmSync(statusFile(stateFolder), { force: true });
  writeFileSync(optionsFile(stateFolder), JSON.stringify(options));

  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    ['--import', require.resolve('tsx'), join(__dirname, 'cloud-daemon.ts'), JSON.stringify(options)],
    // Not in the checkout: the daemon must not keep the folder in use from which it was started.
    {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, TSX_TSCONFIG_PATH: join(checkout, 'tsconfig.json') },
    },
  );
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error('The local cloud could not be started.');
  writeFileSync(markFile(stateFolder), JSON.stringify(markOf(child.pid) ?? { pid: child.pid, started: '' }));

  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!existsSync(statusFile(stateFolder))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      await stopDaemon(stateFolder);
      const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
      throw new Error(`The local cloud did not start. The end of ${logFile}:\n${tail}`);
    }
    await sleep(50);
  }
}

/** Ends the daemon and, with it, the services; SIGKILL if it does not end by itself. */
export async function stopDaemon(stateFolder: string): Promise<void> {
  const mark = livingDaemon(stateFolder);
  if (mark) {
    process.kill(mark.pid, 'SIGTERM');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (alive(mark) && Date.now() < deadline) await sleep(50);
    if (alive(mark)) process.kill(mark.pid, 'SIGKILL');
    while (alive(mark)) await sleep(20);
  }
  rmSync(markFile(stateFolder), { force: true });
}

const markFile = (stateFolder: string) => join(stateFolder, 'cloud.pid');
const optionsFile = (stateFolder: string) => join(stateFolder, 'cloud-options.json');
const statusFile = (stateFolder: string) => join(stateFolder, 'cloud.json');

const readStatus = (stateFolder: string) =>
  JSON.parse(readFileSync(statusFile(stateFolder), 'utf8')) as CloudStatus;

function livingDaemon(stateFolder: string): ProcessMark | undefined {
  const mark = readMark(markFile(stateFolder));
  return mark && alive(mark) ? mark : undefined;
}

/** Where there is no /proc, a process that was given the same number counts as alive. */
function alive(mark: ProcessMark): boolean {
  if (process.platform === 'linux') return isAlive(mark);
  try {
    return process.kill(mark.pid, 0);
  } catch {
    return false;
  }
}

/** Whether the API answers; what it answers doesn't matter. */
function answers({ civoApiUrl }: Pick<CloudStatus, 'civoApiUrl'>): Promise<boolean> {
  return new Promise((done) => {
    const request = get(`${civoApiUrl}/v2/regions`, { timeout: 5_000 }, (response) => {
      response.resume();
      done(true);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', () => {
      done(false);
    });
  });
}

/** What the machines of a cloud are, by what its daemon was started with. */
export function machinesOf(stateFolder: string): MachineKind {
  const file = optionsFile(stateFolder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DaemonOptions).machines : 'nspawn';
}

/** What a daemon runs, below local/. */
const DAEMON_CODE = [
  'addresses.ts',
  'civo',
  'cloud-daemon.ts',
  'debian.ts',
  'host-packages.ts',
  'machines',
  'network',
  'services',
];

/** Changes with the code that a daemon runs, and with the packages that it uses. */
function codeVersion(): string {
  const hash = createHash('sha256').update(readFileSync(join(checkout, 'package-lock.json')));
  const files = DAEMON_CODE.flatMap((name) =>
    name.endsWith('.ts')
      ? [name]
      : readdirSync(join(__dirname, name), { recursive: true, encoding: 'utf8' })
          .filter((file) => /\.(ts|sh)$/.test(file))
          .sort()
          .map((file) => join(name, file)),
  );
  for (const file of files) hash.update(file).update(readFileSync(join(__dirname, file)));
  return hash.digest('hex');
}
