/** The stacks that have a community, for the commands on its files. */
import { existsSync, mkdirSync, readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type Folder, openFolder } from '../../community-files/folder';
import { gitHistory } from '../../community-files/history';
import { type Read, readCommunity } from '../../community-files/read';
import { asciiDomain } from '../../settings/formats';
import { NEWEST_KNOWN } from '../../settings/mastodon-releases';
import { readConfig } from '../lib/stack-config';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

/** A stack that has a community. */
export interface Stack {
  /** Where its settings are, such as `Pulumi.prod.yaml`. */
  readonly name: string;
  readonly folder: string;
  readonly own: readonly string[];
  readonly version: string;
}

/** The stacks whose settings are in a folder and name a community. */
export function stacksIn(folder: string): Stack[] {
  const files = readdirSync(folder).filter((file) => /^Pulumi\..+\.yaml$/.test(file));
  return files.flatMap((name) => {
    const { config = {} } = parse(readFileSync(join(folder, name), 'utf8')) as {
      config?: Record<string, unknown>;
    };
    const settings = Object.entries(config).map(([key, value]) => [key.replace(/^.*:/, ''), value]);
    return optional(stackOf(name, Object.fromEntries(settings) as Record<string, unknown>));
  });
}

/** The selected stack; `community` names another folder than its settings do. */
export async function selectedStack(pulumi: PulumiCli, community?: string): Promise<Stack> {
  const config = Object.fromEntries([...(await readConfig(pulumi))].map(([key, { value }]) => [key, value]));
  const stack = stackOf(await pulumi.stackName(), {
    ...config,
    community: community ?? config.community,
  });
  if (stack) return stack;
  throw new OperationError('This stack has no community: pulumi config set community community');
}

function stackOf(name: string, config: Record<string, unknown>): Stack | undefined {
  const { community, domain, webDomain, mastodon } = config;
  if (typeof community !== 'string' || community === '') return undefined;
  const own = [domain, webDomain]
    .filter((one) => typeof one === 'string')
    .map(asciiDomain)
    .filter(Boolean);
  const { version = NEWEST_KNOWN } = (mastodon ?? {}) as { version?: string };
  return { name, folder: community, own, version };
}

const optional = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/** What a stack's files say, or what is wrong in them. */
export function readStack(stack: Stack): { folder: Folder; read: ReturnType<typeof readCommunity> } {
  const folder = openFolder(stack.folder);
  if (!folder) throw new OperationError(`There is no folder ${stack.folder}.`);
  const now = new Date();
  return { folder, read: readCommunity(folder, { ...stack, now, history: gitHistory(stack.folder, now) }) };
}

/** @throws OperationError with every problem */
export function readSound(stack: Stack): { folder: Folder; read: Read } {
  const { folder, read } = readStack(stack);
  if (!('problems' in read)) return { folder, read };
  throw new OperationError(read.problems.map((line) => `${stack.folder}/${line}`).join('\n'));
}

/** Writes files of a folder; says which. */
export function writeFiles(folder: Folder, files: ReadonlyMap<string, string | Buffer>): void {
  for (const [file, text] of files) {
    const path = join(folder.name, file);
    console.log(`${existsSync(path) ? '~' : '+'} ${path}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
