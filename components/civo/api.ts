/** Calls Civo's API directly: the provider reports every name that it doesn't find as an error, and can't list. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface CivoAccount {
  /** Base URL, without a slash at the end. Default: `CIVO_API_URL`, or Civo's own. */
  readonly endpoint?: string;
  readonly region: string;
  /** API key. Default: from where the provider takes it. */
  readonly token?: string;
}

/** What a program gives for an object, by the provider's names. */
export type Inputs = Readonly<Record<string, unknown>>;

/** Where the API lists each kind (an input may be part of the path), and the inputs that no two objects share. */
const KINDS = {
  Network: { path: 'networks', identity: ['label'] },
  Firewall: { path: 'firewalls', identity: ['name'] },
  SshKey: { path: 'sshkeys', identity: ['name'] },
  Instance: { path: 'instances', identity: ['hostname'] },
  ReservedIp: { path: 'ips', identity: ['name'] },
  DnsDomainName: { path: 'dns', identity: ['name'] },
  DnsDomainRecord: { path: 'dns/{domainId}/records', identity: ['name', 'type'] },
  ObjectStore: { path: 'objectstores', identity: ['name'] },
  ObjectStoreCredential: { path: 'objectstore/credentials', identity: ['name'] },
} as const;

export type FindableKind = keyof typeof KINDS;

export const isFindable = (kind: string): kind is FindableKind => kind in KINDS;

/** Longer than Civo takes for any list; the provider itself would wait for ever. */
const PATIENCE_MS = 30_000;

/**
 * The id of an object that is there already and is what these inputs ask for.
 * @throws Error if the API doesn't answer as it should, or no API key can be found
 */
export async function find(
  kind: FindableKind,
  inputs: Inputs,
  account: CivoAccount,
): Promise<string | undefined> {
  return (await findAll(kind, inputs, account))[0]?.id;
}

/** All that are called so. */
export async function findAll(kind: FindableKind, inputs: Inputs, account: CivoAccount): Promise<Listed[]> {
  const { identity } = KINDS[kind];
  const objects = await listKind(kind, inputs, account);
  return objects.filter((object) => identity.every((field) => object[field] === inputs[field]));
}

export type Listed = Readonly<{ id: string } & Partial<Record<string, unknown>>>;

/** All objects of a kind; of records, those of a zone (`domainId`). */
export function listKind(kind: FindableKind, inputs: Inputs, account: CivoAccount): Promise<Listed[]> {
  return list(placeOf(kind, inputs), account);
}

function placeOf(kind: FindableKind, inputs: Inputs): string {
  return KINDS[kind].path.replace(/\{(\w+)\}/g, (_, input: string) => String(inputs[input]));
}

/** All objects of the account's region. Some kinds come in pages, the others whole. */
async function list(path: string, account: CivoAccount): Promise<Listed[]> {
  const objects: Listed[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const query = `&page=${String(page)}&per_page=100`;
    const answer = (await call('GET', path, account, query)) as Listed[] | { items: Listed[]; pages: number };
    if (!Array.isArray(answer)) pages = answer.pages;
    objects.push(...(Array.isArray(answer) ? answer : answer.items));
  }
  return objects;
}

export interface Size {
  readonly name: string;
  readonly cpu_cores: number;
  readonly ram_mb: number;
  readonly disk_gb: number;
  /** `Instance`, or what else has sizes. */
  readonly type?: string;
  /** False for sizes that nothing new can have. */
  readonly selectable?: boolean;
}

/** All sizes of the account's region. */
export async function sizesOf(account: CivoAccount): Promise<Size[]> {
  return (await call('GET', 'sizes', account)) as Size[];
}

/** An instance size, unless Civo no longer lists it. */
export async function sizeOf(name: string, account: CivoAccount): Promise<Size | undefined> {
  return (await sizesOf(account)).find((size) => size.name === name);
}

/** @throws Error unless Civo does what it is asked to */
export async function call(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { endpoint, region, token }: CivoAccount,
  query = '',
  body?: object,
): Promise<unknown> {
  const base = endpoint ?? process.env.CIVO_API_URL ?? 'https://api.civo.com';
  const url = `${base}/v2/${path}?region=${region}${query}`;
  const response = await fetch(url, {
    method,
    headers: { Authorization: `bearer ${token ?? apiKey()}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw new Error(`${url}: status: ${String(response.status)}`);
  return response.json();
}

/**
 * The API key, from where the provider takes it.
 * @throws Error if there is none
 */
export function apiKey(): string {
  if (process.env.CIVO_TOKEN) return process.env.CIVO_TOKEN;
  const file = process.env.CIVO_CREDENTIAL_FILE ?? join(homedir(), '.civo.json');
  const { apikeys, meta } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as {
        apikeys?: Record<string, string>;
        meta?: { current_apikey?: string };
      })
    : {};
  const key = apikeys?.[meta?.current_apikey ?? ''];
  if (key === undefined) throw new Error(`neither CIVO_TOKEN nor ${file} holds an API key`);
  return key;
}
