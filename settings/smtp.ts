/** The settings of the mail relay. */
import { z } from 'zod';
import { emailProblem } from './formats';
import { domainName, group, matching, oneOf, secret, text, type Variables, wholeNumber } from './kinds';

/** `name@host`, or `Some Name <name@host>`. */
const senderProblem = (sender: string) =>
  emailProblem(/^[^<>]+ <([^<>]+)>$/.exec(sender)?.[1] ?? sender) &&
  'expected an e-mail address such as notifications@example.social or "Our server <notifications@example.social>"';

const port = () => wholeNumber(z.int().min(1, 'expected a port').max(65535, 'expected a port')).default(2525);

/** Both Ruby's Net::SMTP and curl know these with a password. */
const authentication = () => oneOf(['plain', 'login', 'cram_md5']).default('plain');

const tls = () => oneOf(['starttls', 'implicit']).optional();

const TLS_BY_PORT = '`implicit` on the ports 465 and 2465, `starttls` on all others';

const bulk = z
  .strictObject({
    host: domainName.meta({
      description: 'Host name of that relay.',
      examples: ['bulk.example.net'],
      variable: 'BULK_SMTP_SERVER',
    }),
    port: port().meta({
      description: 'TCP port of that relay. Civo blocks 25, 465 and 587.',
      examples: [2465],
      variable: 'BULK_SMTP_PORT',
    }),
    tls: tls().meta({
      description: 'How the connection is encrypted.',
      derived: TLS_BY_PORT,
      // Never in the clear; both at once are refused (Mastodon::EmailConfigurationHelper and the gem mail).
      variables: {
        BULK_SMTP_TLS: (how) => (how === 'implicit' ? 'true' : undefined),
        BULK_SMTP_ENABLE_STARTTLS: (how) => (how === 'starttls' ? 'always' : undefined),
      } satisfies Variables<string>,
    }),
    authentication: authentication().meta({
      description: 'How the login is sent.',
      variable: 'BULK_SMTP_AUTH_METHOD',
    }),
    user: text().meta({
      description: 'Login at that relay.',
      examples: ['example.social'],
      variable: 'BULK_SMTP_LOGIN',
    }),
    password: secret.meta({
      description: 'Password at that relay.',
      secret: true,
      variable: 'BULK_SMTP_PASSWORD',
    }),
  })
  .optional()
  .meta({
    description: 'Another relay, for mail to everybody alone: announcements, and new terms of service.',
    derived: 'none: all mail goes through the same relay',
  });

export const smtp = group({
  host: domainName.meta({
    description: 'Host name of the relay.',
    examples: ['smtp.example.net'],
    prompt: 'Mail relay',
  }),
  port: port().meta({
    description: 'TCP port of the relay. Civo blocks 25, 465 and 587: the program warns of them.',
    examples: [587],
    prompt: 'Its port (Civo blocks 25, 465 and 587)',
  }),
  tls: tls().meta({
    description:
      'How the connection is encrypted: `starttls`, or `implicit`, which is TLS from the first byte.',
    derived: TLS_BY_PORT,
  }),
  authentication: authentication().meta({
    description: 'How the login is sent. Some relays accept only `login`.',
  }),
  user: text().meta({
    description: 'Login at the relay.',
    examples: ['example.social'],
    prompt: 'Login at the relay',
  }),
  password: secret.meta({
    description: 'Password at the relay.',
    prompt: 'Password at the relay',
    secret: true,
  }),
  from: text(senderProblem).meta({
    description: "Sender of the server's mail.",
    examples: ['notifications@example.social', 'Our server <notifications@example.social>'],
    prompt: 'Sender of the mail',
  }),
  dkimSelector: matching(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i, 'expected a DKIM selector, such as s1')
    .optional()
    .meta({
      description: "The relay's DKIM selector. `bin/mastodon doctor` checks its record.",
      examples: ['s1'],
      derived: 'none: the record is not checked',
    }),
  bulk,
}).meta({ description: 'The mail relay. The server sends all mail through it.' });
