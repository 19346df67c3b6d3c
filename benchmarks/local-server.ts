/** `make local`, from nothing to a server that answers, and what comes after that. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { defaultStateFolder, startCloud } from '../local/cloud';
import { LocalStack } from '../local/stack';
import { ensureToolchain } from '../local/toolchain';
import { type Figure, repeat, seconds, type Section } from './figures';

const run = promisify(execFile);
const checkout = join(__dirname, '..');

/** Beside whatever `make local` made. */
export const SLOT = 8;

export const localServer: Section = {
  title: 'A server on this machine',
  run: async (runs) => {
    const ups = await repeat(runs, async () => {
      await script('down');
      return firstUp();
    });
    const again = await repeat(runs, () => seconds(() => script('up')));
    const stack = new LocalStack(await startCloud({ slot: SLOT }), await ensureToolchain());
    const { publicAddress } = await stack.outputs();
    const converges = await repeat(runs, () => convergence(publicAddress, stack.sshKeyFile('alice')));
    const { instances } = JSON.parse(readFileSync(join(defaultStateFolder(SLOT), 'civo.json'), 'utf8')) as {
      instances: { script: string }[];
    };
    await script('down');
    const cold = process.env.COLD === undefined ? [] : [await coldUp()];
    return [
      ...cold,
      { name: '`make local`, caches warm', unit: 's', values: ups.map(({ whole }) => whole) },
      {
        name: '`pulumi up` from nothing to HTTPS',
        unit: 's',
        values: ups.map(({ up }) => up),
        aim: 90,
        note: 'Of it, power-on to a machine that has run its user data is about 13 s where nothing is installed.',
      },
      {
        name: '`make local` with no change',
        unit: 's',
        values: again,
        note: 'Looks at the toolchain, the images and the cloud before the `up`.',
      },
      { name: 'converge with no change, on the machine', unit: 's', values: converges, aim: 1 },
      {
        name: 'user data',
        unit: 'bytes',
        values: [Buffer.byteLength(instances[0]?.script ?? '')],
        aim: 16_384,
      },
    ] satisfies Figure[];
  },
};

/** With `COLD=1`: everything is fetched, built and installed as on a machine that never did it. */
async function coldUp(): Promise<Figure> {
  const caches = mkdtempSync(join(tmpdir(), 'cold-'));
  const inCaches = (name: string) => join(caches, name);
  const env = {
    XDG_CACHE_HOME: caches,
    GOCACHE: inCaches('go-build'),
    GOMODCACHE: inCaches('go-mod'),
    GOFLAGS: '-modcacherw', // or it can't be removed
    npm_config_cache: inCaches('npm'),
  };
  const whole = await seconds(() => script('up', env));
  await script('down', env);
  rmSync(caches, { recursive: true });
  return {
    name: '`make local`, caches empty',
    unit: 's',
    values: [whole],
    note: 'Pulumi, its bridge, Civo’s provider, the S3 server and the ACME server are built from source where they can’t be downloaded.',
  };
}

/** Seconds of the whole command, and of `pulumi up` in it, as it says itself. */
export async function firstUp(env: Record<string, string> = {}): Promise<{ whole: number; up: number }> {
  let said = '';
  const whole = await seconds(async () => {
    said = await script('up', env);
  });
  const [, minutes = '0', rest = ''] = /pulumi up (?:(\d+) min )?([\d.]+) s/.exec(said) ?? [];
  return { whole, up: Number(minutes) * 60 + Number(rest) };
}

/** Runs local/up.ts or local/down.ts. @returns what it printed */
export function script(name: 'up' | 'down', env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['tsx', join('local', `${name}.ts`)], {
      cwd: checkout,
      env: { ...process.env, LOCAL_SLOT: String(SLOT), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    }
    child.on('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`local/${name}.ts failed:\n${said}`));
    });
  });
}

async function convergence(address: string, key: string): Promise<number> {
  const said = await onServer(address, key, 'sudo converge');
  return Number(/converged in ([\d.]+) s: 0 changes/.exec(said)?.[1]);
}

/** What a command prints on the server. */
export async function onServer(address: string, key: string, command: string): Promise<string> {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].flatMap(
    (option) => ['-o', option],
  );
  const { stdout } = await run('ssh', ['-i', key, ...options, `alice@${address}`, command]);
  return stdout;
}
