/** A run on the whole stack that is killed in the middle, and how what comes of it compares with an undisturbed one. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KINDS } from '../../local/civo/faults/fault';
import type { CloudState } from '../../local/civo/store-schema';
import { TestCivo } from './test-civo';
import { programSettings } from './program-settings';
import { createStack, type DeployedResource, PulumiError, type Stack } from './stack';

/** When to kill: once Civo has done what a call asks for, and before it answers; or so many milliseconds after the start. */
export type Moment = { at: (call: string, nth: number) => boolean } | { after: number };

export interface Killable {
  civo: TestCivo;
  stack: Stack;
  /** Runs until that moment. Gives the call that it was killed at; nothing if it was through before. */
  killed: (run: () => Promise<unknown>, moment: Moment) => Promise<string | undefined>;
  /** `bin/mastodon mend`. Gives what it said. */
  mend: () => Promise<string>;
  /** `bin/mastodon up`. */
  up: () => Promise<string>;
  /** As if another process had locked the stack. */
  lock: (holder: { pid: number; username: string; hostname: string; timestamp: string }) => void;
  remove: () => Promise<void>;
}

/** A stack that nothing was made of yet, with the settings of `paperStack`. */
export async function killable(): Promise<Killable> {
  let watch: ((call: string) => boolean) | undefined;
  const civo = await TestCivo.start({
    extend: (app) => {
      // The work is done by then, and Civo's state is written.
      app.addHook('onSend', async (request) => {
        if (!request.headers['user-agent']?.includes('civogo')) return;
        if (watch?.(`${request.method} ${pathOf(request.url)}`) === true)
          await new Promise((resolve) => request.raw.socket.once('close', resolve));
      });
    },
  });
  const stack = await createStack({
    projectDir: join(__dirname, '..', '..'),
    config: { ...programSettings(civo.api.url), protect: true },
    env: { CIVO_TOKEN: civo.api.token },
  });
  const killed: Killable['killed'] = async (run, moment) => {
    let killedAt: string | undefined;
    let calls = 0;
    const kill = (where: string) => {
      if (stack.processId === undefined) return;
      killedAt = where;
      killTree(stack.processId);
    };
    if ('at' in moment)
      watch = (call) => {
        calls += 1;
        // What else is under way is not answered either.
        if (killedAt === undefined && moment.at(call, calls)) kill(call);
        return killedAt !== undefined;
      };
    const after = 'after' in moment ? moment.after : undefined;
    const timer = after === undefined ? undefined : setTimeout(kill, after, `${String(after)} ms`);
    const ended = await run().catch((error: unknown) => error);
    clearTimeout(timer);
    watch = undefined;
    if (killedAt === undefined && ended instanceof PulumiError) throw ended;
    return killedAt;
  };
  stack.variables = { STATES: mkdtempSync(join(tmpdir(), 'states-')) };
  const operation = async (name: string, ...flags: string[]) => {
    const { exitCode, stdout, stderr } = await stack.operation(name, {}, { flags });
    if (exitCode !== 0) throw new Error(`make ${name}: ${stdout}${stderr}`);
    return stdout;
  };
  const lock: Killable['lock'] = (holder) => {
    const folder = join(stack.backend, '.pulumi', 'locks', 'organization', 'mastodon-on-civo', stack.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'held.json'), JSON.stringify(holder));
  };
  const remove = async () => {
    stack.remove();
    await civo.stop();
  };
  return {
    civo,
    stack,
    killed,
    mend: () => operation('mend'),
    up: () => operation('up', '--yes'),
    lock,
    remove,
  };
}

/** `/v2/instances/*` for each of its kind. */
export function pathOf(url: string): string {
  const path = url.split('?')[0] ?? '';
  return path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|(?<=\/dns\/)[^/]+\.[^/]+/g, '*');
}

/** An engine and all that it started, at once: plugins have process groups of their own. */
function killTree(pid: number): void {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    if (parent !== undefined) parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
  }
  const below = (one: number): number[] => [one, ...(parents.get(one) ?? []).flatMap(below)];
  for (const one of below(pid)) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // it has ended meanwhile
    }
  }
}

function parentOf(pid: string): number | undefined {
  try {
    // The name of the program is in brackets, and may have any in it.
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ')'))?.[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}

/** What there is at Civo and in the state, with names in the place of ids and without what is another one each time. */
export function objectsOf({ civo, stack }: Pick<Killable, 'civo' | 'stack'>): {
  atCivo: string[];
  inState: string[];
} {
  const state = civo.state;
  const resources = stack.resources();
  const names = new Map(named(state, resources));
  const told = (thing: object) => plain(JSON.stringify(thing), names);
  return {
    atCivo: KINDS.flatMap((kind) => state[kind].map((thing) => `${kind}: ${told(thing)}`)).sort(),
    inState: resources.map((resource) => told(visible(resource))).sort(),
  };
}

/** Keys, passwords and times, which each run makes again, and what the provider keeps for itself. */
const DIFFERS =
  /^(created|updated|modified)|(public|access|secret)_?key|fingerprint|script|password|^__|^account|^tags$/i;

/** In the order of their text where Civo has no order, as with rules and dependencies. */
function plain(json: string, names: ReadonlyMap<string, string>): string {
  const withNames = [...names].reduce((text, [id, name]) => text.replaceAll(id, name), json);
  return JSON.stringify(
    JSON.parse(withNames, (key, value: unknown) => {
      if (DIFFERS.test(key)) return undefined;
      if (Array.isArray(value)) return value.map((one) => JSON.stringify(one)).sort();
      return typeof value === 'string' ? value.replace(/[0-9a-f]{8}-([0-9a-f-]{27})?/, '<id>') : value;
    }),
  ).replace(/\b203\.0\.113\.\d+|\b192\.168\.\d+\.\d+/g, '<ip>');
}

function* named(state: CloudState, resources: readonly DeployedResource[]): Iterable<[string, string]> {
  for (const kind of KINDS)
    for (const thing of state[kind] as readonly {
      id: string;
      name?: string;
      label?: string;
      hostname?: string;
    }[])
      yield [thing.id, `<${kind} ${thing.hostname ?? thing.label ?? thing.name ?? ''}>`];
  for (const { records } of state.dnsDomains)
    for (const { id, name } of records) yield [id, `<record ${name}>`];
  for (const { address, name } of state.reservedIps) yield [address, `<address of ${name}>`];
  for (const { urn, id } of resources) if (id) yield [id, `<${urn.split('::').slice(-2).join(' ')}>`];
}

/** All of Civo's. Of random values and keys only that they are there, and how many. */
function visible(resource: DeployedResource): object {
  const { urn, type, inputs, outputs, parent, dependencies, protect } = resource;
  const whole = type.startsWith('civo:') && { inputs, outputs };
  const marks = ['delete', 'pendingReplacement', 'refreshBeforeUpdate'].filter((mark) => mark in resource);
  return { urn, parent, protect, dependencies, marks, ...whole };
}
