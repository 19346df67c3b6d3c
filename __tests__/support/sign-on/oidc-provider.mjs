// A real provider of OpenID Connect: node oidc-provider.mjs PORT CERTIFICATE KEY CLIENT, where CLIENT is JSON. Everybody logs in as alice.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const [port, certificate, key, client] = process.argv.slice(2);
const provider = new Provider(`https://localhost:${port}`, {
  clients: [JSON.parse(client)],
  claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
  // As the providers do that Mastodon's people use: what the scope asks for is in the token itself.
  conformIdTokenClaims: false,
  pkce: { required: () => false },
  cookies: { keys: ['for tests'] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, preferred_username: sub, email: `${sub}@example.net`, email_verified: true }),
  }),
});
createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback()).listen(
  Number(port),
  '127.0.0.1',
);
