import type { LocalServer } from './local-server';

/** `bin/mastodon doctor`, on a computer that asks the cloud's name servers and trusts its certificates. */
export function doctor(server: LocalServer, variables: Readonly<Record<string, string>> = {}) {
  const { cloud } = server;
  const own = { RESOLVER: cloud.addresses.dns, NODE_EXTRA_CA_CERTS: cloud.acmeRoot };
  return server.operation('doctor', { ...own, ...variables });
}
