import { eventually } from '../eventually';
import type { LocalServer } from './local-server';

/**
 * Registers the machine at the ACME server again. Pebble keeps accounts in memory alone (its README, "Limitations"), so it
 * does not know that of a machine from a snapshot; Let's Encrypt keeps them.
 */
export async function registerAcmeAccount(server: LocalServer): Promise<void> {
  const directory = 'acme.civo.test/dir';
  await eventually('Pebble accepts a nonce', async () => {
    await server.root(`
      rm -rf /etc/letsencrypt/accounts/${directory}
      certbot register --quiet --non-interactive --agree-tos --email alice@mastodon.test --server https://${directory}
      account=$(ls /etc/letsencrypt/accounts/${directory})
      sed -i "s/^account = .*/account = $account/" /etc/letsencrypt/renewal/mastodon.conf`);
    return true;
  });
}
