import { DOMAIN, type LocalServer } from './local-server';

/** What Mastodon would answer a minute later: one of its processes is asked, once what it keeps in Redis is gone. */
export async function pastCaches(server: LocalServer, path: string): Promise<string> {
  return server.root(`
    redis-cli --scan --pattern 'cache:*' | xargs --no-run-if-empty redis-cli unlink >/dev/null
    curl --silent --show-error --fail -H 'Host: ${DOMAIN}' -H 'X-Forwarded-Proto: https' 'http://127.0.0.1:3001${path}'`);
}
