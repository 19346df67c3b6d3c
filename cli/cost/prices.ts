import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { NAMESPACE } from '../../settings/namespace';
import { CHECKOUT } from '../lib/checkout';
import { projectDefaults } from '../lib/stack-config';

export interface Prices {
  readonly currency: string;
  readonly source: string;
  /** The day that they are of, such as `2026-11-25`. */
  readonly date: string;
  readonly confirmed: boolean;
  readonly sizes: Readonly<Record<string, { readonly price: number; readonly what: string }>>;
  readonly objectStore: { readonly stepGb: number; readonly price: number };
  /** Address, DNS, firewall and network together. */
  readonly included: number;
}

/** The settings that cost something. */
export interface Priced {
  readonly size: string;
  readonly mediaGb: number;
  readonly backupGb: number;
}

export interface Line {
  readonly part: string;
  readonly price: number;
}

const FILE = join(__dirname, 'prices.yaml');

export function readPrices(): Prices {
  return parse(readFileSync(FILE, 'utf8')) as Prices;
}

/** Of a stack's own settings; what it doesn't set, Pulumi.yaml of the program does. */
export function priced(own: Readonly<Record<string, unknown>>, program = CHECKOUT): Priced {
  const defaults = projectDefaults(program);
  const setting = (key: keyof Priced): unknown => own[key] ?? defaults.get(key);
  return {
    size: String(setting('size')),
    mediaGb: Number(setting('mediaGb')),
    backupGb: Number(setting('backupGb')),
  };
}

/**
 * What a stack costs a month, part by part.
 * @throws Error if a setting has no price
 */
export function costOf({ size, mediaGb, backupGb }: Priced, prices: Prices): Line[] {
  const machine = prices.sizes[size];
  if (!machine) {
    throw new Error(
      `${NAMESPACE}size = ${size}: cli/cost/prices.yaml has no price for it, only for ` +
        `${Object.keys(prices.sizes).join(', ')}. Look it up at ${prices.source} and add it there.`,
    );
  }
  return [
    { part: `machine, ${size} (${machine.what})`, price: machine.price },
    store('media', 'mediaGb', mediaGb, prices),
    store('backups', 'backupGb', backupGb, prices),
    { part: 'address, DNS, firewall, network', price: prices.included },
  ];
}

function store(name: string, setting: string, gb: number, { objectStore }: Prices): Line {
  const steps = gb / objectStore.stepGb;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new Error(
      `${NAMESPACE}${setting} = ${String(gb)}: expected a multiple of ${String(objectStore.stepGb)}, ` +
        'which Civo sells object stores by.',
    );
  }
  return { part: `${name}, ${String(gb)} GB`, price: steps * objectStore.price };
}

/** The table that `bin/mastodon cost` prints. */
export function costTable(stack: Priced, prices: Prices): string {
  const lines = costOf(stack, prices);
  const total = lines.reduce((sum, { price }) => sum + price, 0);
  const width = Math.max(...lines.map(({ part }) => part.length));
  const row = (part: string, price: number) => `  ${part.padEnd(width)}  ${price.toFixed(2).padStart(8)}`;
  const { stepGb, price } = prices.objectStore;
  const others = Object.keys(prices.sizes).filter((size) => size !== stack.size);
  return [
    `${prices.currency} a month, without tax; ${origin(prices)}:`,
    '',
    ...lines.map((line) => row(line.part, line.price)),
    row('total', total),
    '',
    'What it would be:',
    '',
    ...others.map((size) => row(`with ${size}`, sumOf({ ...stack, size }, prices))),
    '',
    `It grows with the buckets: ${price.toFixed(2)} for each ${String(stepGb)} GB more of mediaGb or backupGb.`,
    'A stopped machine costs as much as a running one; Civo bills by the hour.',
  ].join('\n');
}

export const sumOf = (stack: Priced, prices: Prices) =>
  costOf(stack, prices).reduce((sum, { price }) => sum + price, 0);

export function origin({ source, date, confirmed }: Prices): string {
  return `as of ${date}, ${confirmed ? 'as' : 'unconfirmed: compare with'} ${source}${confirmed ? ' says' : ''}`;
}

/** The table in docs/costs.md. */
export function readmeTable(prices: Prices): string {
  const { stepGb, price } = prices.objectStore;
  const rows = [
    ['part', `${prices.currency} a month`],
    ...Object.entries(prices.sizes).map(([size, one]) => [`machine, \`${size}\` (${one.what})`, one.price]),
    [`object stores, two of ${String(stepGb)} GB`, 2 * price],
    [`each ${String(stepGb)} GB more`, price],
    ['reserved IP, DNS, firewall, network', prices.included],
  ].map(([part, cost]) => [String(part), typeof cost === 'number' ? cost.toFixed(2) : String(cost)] as const);
  const width = (at: 0 | 1) => Math.max(...rows.map((row) => row[at].length));
  const line = ([part, cost]: readonly [string, string]) =>
    `| ${part.padEnd(width(0))} | ${cost.padEnd(width(1))} |`;
  const [head = ['', ''] as const, ...body] = rows;
  const rule = `| ${'-'.repeat(width(0))} | ${'-'.repeat(width(1))} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
