/** The settings of the mail relay. */
import { z } from 'zod';
import { emailProblem } from './formats';
import { domainName, group, matching, oneOf, secret, text, wholeNumber } from './kinds';

/** `name@host`, or `Some Name <name@host>`. */
const senderProblem = (sender: string) =>
  emailProblem(/^[^<>]+ <([^<>]+)>$/.exec(sender)?.[1] ?? sender) &&
  'expected an e-mail address such as notifications@example.social or "Our server <notifications@example.social>"';

export const smtp = group({
  host: domainName.meta({
    description: 'Host name of the relay.',
    examples: ['smtp.example.net'],
    prompt: 'Mail relay',
  }),
  port: wholeNumber(z.int().min(1, 'expected a port').max(65535, 'expected a port'))
    .default(2525)
    .meta({
      description: 'TCP port of the relay. Civo blocks 25, 465 and 587: the program warns of them.',
      examples: [587],
      prompt: 'Its port (Civo blocks 25, 465 and 587)',
    }),
  tls: oneOf(['starttls', 'implicit']).optional().meta({
    description:
      'How the connection is encrypted: `starttls`, or `implicit`, which is TLS from the first byte.',
    derived: '`implicit` on the ports 465 and 2465, `starttls` on all others',
  }),
  // Both Ruby's Net::SMTP and curl know these with a password.
  authentication: oneOf(['plain', 'login', 'cram_md5']).default('plain').meta({
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
}).meta({ description: 'The mail relay. The server sends all mail through it.' });
