/**
 * `make federate`: whether the servers of `make local` reach each other. On each machine the owner's account of each other server is
 * looked up over HTTPS and WebFinger, and then by Mastodon itself, where Mastodon's own images run. `SLOTS='0 1'` names some servers.
 */
import { announcedServers } from './federation';
import { lookUp } from './look-up';

async function main(): Promise<void> {
  const wanted = process.env.SLOTS?.split(/[\s,]+/).filter(Boolean);
  const servers = announcedServers().filter(({ slot }) => wanted?.includes(String(slot)) ?? true);
  if (servers.length < 2) {
    const there = servers.map(({ domain, slot }) => `${domain} in slot ${String(slot)}`).join('') || 'none';
    throw new Error(
      `Federation needs two servers; there is ${there}. Start them: make local, then LOCAL_SLOT=1 make local`,
    );
  }
  let failed = 0;
  for (const from of servers) {
    for (const to of servers.filter((server) => server !== from)) {
      const what = `${from.domain} finds @${to.username}@${to.domain}`;
      try {
        console.log(`✓ ${what}, ${await lookUp(from, to)}`);
      } catch (error) {
        failed++;
        console.error(`✗ ${what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  if (failed > 0) throw new Error(`${String(failed)} look-ups failed.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
