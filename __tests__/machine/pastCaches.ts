import type { LocalServer } from './localServer';

/** What Mastodon would answer if neither Redis nor nginx kept answers for minutes. */
export async function pastCaches(server: LocalServer, path: string): Promise<string> {
  await server.root(
    `redis-cli --scan --pattern 'cache:*' | xargs --no-run-if-empty redis-cli unlink >/dev/null`,
  );
  return (await (await server.visitor()).get(`${path}?past=${String(Date.now())}`)).body;
}
