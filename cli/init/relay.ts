/** The mail relay, as the server will use it. */
import { createTransport } from 'nodemailer';
import type { Smtp } from '../../settings/types';
import type { Outside } from '../doctor/probe';
import { bad, type Finding, ok, warning } from '../doctor/finding';

export type Relay = Pick<Smtp, 'host' | 'port' | 'tls' | 'authentication' | 'user'> & {
  readonly password: string;
};

const PATIENCE_MS = 15_000;

/** Whether the relay takes the login, on its port and with TLS. No mail is sent. */
export async function relayTakesLogin(
  { host, port, tls, authentication, user, password }: Relay,
  outside: Outside,
): Promise<Finding> {
  const [address = host] = await outside.addresses(host);
  const transport = createTransport({
    host: address,
    tls: { servername: host },
    port,
    // Mastodon does the same: never in the clear.
    secure: tls === 'implicit',
    requireTLS: true,
    authMethod: authentication.toUpperCase().replace('_', '-'),
    auth: { user, pass: password },
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
  });
  const relay = `${host}:${String(port)}`;
  try {
    await transport.verify();
    return ok(`${relay} takes the login of ${user}`);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return code === 'EAUTH'
      ? bad(
          `${relay} refuses the login of ${user}`,
          'smtp.user and smtp.password are of the relay, not of a mailbox; a relay that does not know PLAIN wants smtp.authentication login',
        )
      : // It may be this computer's network that keeps it away.
        warning(
          `${relay} can't be used from here: ${message}`,
          `smtp.host, smtp.port: a relay ${tls === 'implicit' ? 'that begins with TLS' : 'with STARTTLS'} has to listen there (smtp.tls)`,
        );
  } finally {
    transport.close();
  }
}
