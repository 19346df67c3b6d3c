/** Tables of resources, and what becomes of each when its arguments change. */
import type * as civo from '@pulumi/civo';

type Sdk = typeof civo;
type Class = abstract new (name: string, args: never, ...rest: never[]) => unknown;

/** The provider's kinds of resources. */
export type Kind = { [K in keyof Sdk]: Sdk[K] extends Class ? K : never }[keyof Sdk];

/** The arguments of a kind. */
type ArgsOf<K extends Kind> = NonNullable<ConstructorParameters<Sdk[K]>[1]>;

/** One resource. A string such as `${network.id}` in its arguments is that output of an earlier row. */
export interface Row<K extends Kind = Kind, Args = ArgsOf<K>> {
  /** Its logical name. */
  name: string;
  type: K;
  args: Args;
  /** What it shows a difference of from the start and for ever, as on Civo. */
  restless?: readonly (keyof Args)[];
  /** Changed where it is. */
  update?: Partial<Args>;
  /** Changed by another one in its place. */
  replace?: Partial<Args>;
  /** Accepted, never done, and planned again. */
  forever?: Partial<Args>;
  /** Accepted, never done, and never planned again: the state believes it. */
  pretended?: Partial<Args>;
  /** Changed without that anyone sees it. */
  unseen?: Partial<Args>;
  /** Other changes that need a new object; they are only planned. */
  wouldReplace?: readonly Partial<Args>[];
  /** Changes that can't even be planned, each with what the error says. */
  invalid?: readonly Refusal<Args>[];
  /** Changes that fail when they are made. */
  refused?: readonly Refusal<Args>[];
}

export type Refusal<Args> = readonly [change: Partial<Args>, error: string];

/** A row, its arguments checked against the SDK. */
export const row = <K extends Kind>(wanted: Row<K>) => wanted as unknown as Row;

/** Something that is to be changed by itself. */
export interface Change {
  row: Row;
  change: object;
  error?: string;
}

/** Groups of changes that don't touch each other: of different rows, neither of which refers to the other. */
export function batches(rows: readonly Row[], changes: readonly Change[]): Change[][] {
  const needs = (value: unknown): Row[] => {
    const names = [...JSON.stringify(value).matchAll(/\$\{(\w+)\./g)].map(([, name]) => name);
    const own = rows.filter(({ name }) => names.includes(name));
    return [...own, ...own.flatMap(({ args }) => needs(args))];
  };
  const touch = (one: Change, other: Change) =>
    one.row === other.row || needs([one.row.args, one.change]).includes(other.row);
  const found: Change[][] = [];
  for (const change of changes) {
    const free = found.find((batch) => !batch.some((other) => touch(change, other) || touch(other, change)));
    if (free) free.push(change);
    else found.push([change]);
  }
  return found;
}

/** A program, in JavaScript, that makes what its configuration's `rows` say. */
export const PROGRAM = `
const civo = require('@pulumi/civo');
const pulumi = require('@pulumi/pulumi');

const config = new pulumi.Config();
const provider = new civo.Provider('civo', { region: 'LON1', apiEndpoint: config.require('api') });
const made = {};

function resolve(value) {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one)]));
  const [, name, output] = /^\\$\\{(\\w+)\\.(\\w+)\\}$/.exec(String(value)) ?? [];
  return name ? made[name][output] : value;
}

for (const { name, type, args } of config.requireObject('rows')) {
  // Names are unique on Civo: the new one can't be there before the old one has gone.
  made[name] = new civo[type](name, resolve(args), { provider, deleteBeforeReplace: true });
}
`;
