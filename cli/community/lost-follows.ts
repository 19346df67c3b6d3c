/** What suspensions cost: the follows between local people and those of a domain, which they end for ever. */
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DomainBlock, Server } from '../../community-files/types';
import { RemoteMachine } from '../lib/ssh';
import { ask } from './ask';
import type { Login, Outputs } from '../lib/pulumi-cli';

/** For each domain that the files suspend and the server doesn't yet: how many follows of local people would end. */
export async function followsLost(
  outputs: Outputs,
  blocks: readonly DomainBlock[],
  login: Login,
): Promise<Record<string, number>> {
  const machine = RemoteMachine.of(outputs, login);
  const { community } = await ask<Omit<Server, 'drift'>>(machine, 'read');
  const suspended = new Set(
    community.domainBlocks.filter(({ severity }) => severity === 'suspend').map(({ domain }) => domain),
  );
  const added = blocks.filter(({ domain, severity }) => severity === 'suspend' && !suspended.has(domain));
  if (added.length === 0) return {};
  const file = join(tmpdir(), `domains-${String(process.pid)}.json`);
  writeFileSync(file, JSON.stringify(added.map(({ domain }) => domain)));
  const input = openSync(file, 'r');
  try {
    return await ask<Record<string, number>>(machine, 'severs', input);
  } finally {
    closeSync(input);
    rmSync(file);
  }
}

/** The costly ones first. */
export function costTable(lost: Readonly<Record<string, number>>): string {
  const domains = Object.entries(lost).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  if (domains.length === 0) return 'No new suspensions.';
  const costly = domains.filter(([, follows]) => follows > 0);
  const rows = costly.map(([domain, follows]) => `  ${String(follows).padStart(6)}  ${domain}`);
  const rest = domains.length - costly.length;
  return [
    `${String(domains.length)} new suspensions; follows of local people that each would end:`,
    ...rows,
    ...(rest > 0 ? [`       0  ${costly.length > 0 ? 'the other ' : ''}${String(rest)}`] : []),
  ].join('\n');
}
