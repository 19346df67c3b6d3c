/** What suspensions cost: the follows between local people and those of a domain, which they end for ever. */
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DomainBlock } from '../../community-files/types';
import type { Server } from '../../community-files/types';
import { RemoteMachine } from '../lib/ssh';
import type { Login, Outputs } from '../lib/pulumi-cli';

const COMMUNITY = ['sudo', '/usr/local/lib/mastodon/community'];

/** For each domain that the files suspend and the server doesn't yet: how many follows of local people would end. */
export async function followsLost(
  outputs: Outputs,
  blocks: readonly DomainBlock[],
  login: Login,
): Promise<Record<string, number>> {
  const machine = RemoteMachine.of(outputs, login);
  const read = await machine.run([...COMMUNITY, 'read'], { input: 'ignore', output: 'text' });
  const { community } = JSON.parse(read) as Server;
  const suspended = new Set(
    community.domainBlocks.filter(({ severity }) => severity === 'suspend').map(({ domain }) => domain),
  );
  const added = blocks.filter(({ domain, severity }) => severity === 'suspend' && !suspended.has(domain));
  if (added.length === 0) return {};
  const file = join(tmpdir(), `domains-${String(process.pid)}.json`);
  writeFileSync(file, JSON.stringify(added.map(({ domain }) => domain)));
  const input = openSync(file, 'r');
  try {
    const said = await machine.run([...COMMUNITY, 'severs'], { input, output: 'text' });
    return JSON.parse(said) as Record<string, number>;
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
