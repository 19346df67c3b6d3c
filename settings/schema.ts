/**
 * Every setting: the only description that there is. Types, validation, docs/settings.md, docs/settings.schema.json, the
 * configuration in Pulumi.yaml and the questions of `bin/mastodon init` come from it: `npm run docs:settings` writes the files.
 */
import { z } from 'zod';
import { administrators } from './administrators';
import { adopted } from './adopted';
import { cidrProblem } from './cidr';
import { backup } from './backup';
import { apiProblem, emailProblem, isCertificate, urlProblem } from './formats';
import {
  checked,
  domainName,
  group,
  oneOf,
  storeSize,
  text,
  unlessEmpty,
  wholeNumber,
  yesOrNo,
} from './kinds';
import { windowProblem } from './maintenance-window';
import { mastodon } from './mastodon';
import { setCommand } from './problem';
import { smtp } from './smtp';

const REGIONS = { LON1: 'London', FRA1: 'Frankfurt', NYC1: 'New York', MUM1: 'Mumbai' };
/** Instance sizes with enough memory for Mastodon. A region may offer fewer. */
export const SIZES = ['g3', 'g4s'].flatMap((kind) =>
  ['small', 'medium', 'large', 'xlarge', '2xlarge'].map((size) => `${kind}.${size}`),
);
export const DEFAULT_IMAGE = 'ubuntu-noble';
export const IMAGES = [DEFAULT_IMAGE, 'debian-13'];
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
const confidential = true;

const region = text((given) => {
  if (given.toUpperCase() in REGIONS) return undefined;
  const expected = `expected one of ${Object.keys(REGIONS).join(', ')}`;
  return given.toUpperCase() === 'PHX1'
    ? `has no object store, which media and backups need; ${expected}`
    : expected;
}).transform((given) => given.toUpperCase());

/** Such an address often contains a key; curl's configuration could misread what is refused. */
const hook = (description: string, example: string) => {
  const error = 'expected an https:// address on one line';
  const address = z.string(error).refine((given) => !/[\s"\\]/.test(given) && !urlProblem(given), error);
  return unlessEmpty(address).meta({ description, examples: [example], derived: 'none', confidential });
};

const days = () => wholeNumber(z.int().min(0, 'expected at least 0'));

const acme = group({
  directory: text(urlProblem)
    .default(LETS_ENCRYPT)
    .meta({
      description: 'Directory URL.',
      examples: ['https://acme.example.net/directory'],
    }),
  contact: text(emailProblem)
    .optional()
    .meta({
      description: 'E-mail address that the authority warns before a certificate expires.',
      examples: ['certificates@example.social'],
      derived: "the first administrator's e-mail",
    }),
  trust: z
    .string('expected a certificate in PEM: -----BEGIN CERTIFICATE-----…')
    .refine(isCertificate, 'expected a certificate in PEM: -----BEGIN CERTIFICATE-----…')
    .optional()
    .meta({
      description: 'Root certificate of a private authority, in PEM.',
      derived: 'none',
      confidential,
    }),
}).meta({ description: "The certificate authority. Let's Encrypt needs no settings." });

const alerts = group({
  webhook: hook(
    'Address that receives each alert as JSON (`server`, `state`, `name`, `text`, `time`) when it begins and when it ends. Set it with `--secret` if it contains a key.',
    'https://hooks.example.net/1',
  ),
  pingUrl: hook(
    "Address that is fetched every 5 minutes while no alert is active: a dead man's switch, which alarms when the pings end. Set it with `--secret` if it contains a key.",
    'https://ping.example.net/1',
  ),
  releases: yesOrNo.default(true).meta({
    description:
      'Whether the machine looks each hour for newer releases of Mastodon: one that fixes security problems is an alert until it serves, any other a single mail (docs/upgrades.md).',
  }),
}).meta({ description: 'Receivers of alerts besides the administrators, who always get a mail.' });

const housekeeping = group({
  remoteMediaDays: days()
    .default(7)
    .meta({
      description:
        "Days after which copies of other servers' media are deleted; 0: never. They are fetched again when a user views them. Profile pictures of accounts that no local user follows stay for at least 30 days.",
      examples: [14],
    }),
  remoteMediaGb: wholeNumber(z.int().min(0, 'expected at least 0'))
    .default(0)
    .meta({
      description:
        "GB that copies of other servers' media may take, as Mastodon counts them; 0: no limit. What is beyond it is deleted from the oldest on, but nothing of the last 7 days. `bin/mastodon remote-media` shows what would go.",
      examples: [200],
    }),
  // Mastodon asks for a preview again after two weeks at the earliest.
  previewCardsDays: wholeNumber(
    z
      .int()
      .refine(
        (n) => n === 0 || n >= 14,
        'expected 0 (never) or at least 14: they are not fetched again before',
      ),
  )
    .default(60)
    .meta({
      description:
        'Days after which the pictures of link previews are deleted; 0: never, otherwise at least 14.',
      examples: [90],
    }),
  statusesDays: days()
    .default(90)
    .meta({
      description:
        'Days after which posts of other servers are deleted that no local user follows, answered, boosted or bookmarked; 0: never.',
      examples: [180],
    }),
}).meta({ description: 'Automatic clean-up of posts and media of other servers.' });

/** Keys are in the order of the documentation, and of the messages. */
export const SETTINGS = z.strictObject({
  domain: domainName.meta({
    description:
      "Domain of the accounts' names (`@alice@example.social`); Unicode is converted to Punycode. It can never change once people use it.",
    examples: ['example.social'],
    prompt: 'Domain of the accounts (it can never change), such as example.social',
  }),
  webDomain: domainName.optional().meta({
    description: 'Domain of the web site.',
    examples: ['social.example.social'],
    derived: '`domain`',
  }),
  mediaDomain: domainName.optional().meta({
    description: 'Domain that serves media.',
    examples: ['media.example.social'],
    derived: '`files.` before `webDomain`',
  }),
  apex: oneOf(['here', 'elsewhere'])
    .default('here')
    .meta({
      description:
        'Who answers at `domain`, where `webDomain` is another one: `here`, this machine, which leads all to `webDomain`; `elsewhere`, another site, which has to [lead three paths here](apex.md). The machine then has neither a record nor a certificate for `domain`.',
      examples: ['elsewhere'],
    }),
  administrators,
  region: region.meta({
    description: `Civo region: ${Object.keys(REGIONS)
      .map((name) => `\`${name}\``)
      .join(', ')}. (\`PHX1\` has no object store.)`,
    examples: ['FRA1'],
    prompt: 'Civo region',
    choices: REGIONS,
  }),
  size: oneOf(SIZES, ': less memory than 2 GB does not hold Mastodon')
    .default('g3.medium')
    .meta({
      description: 'Civo instance size, from `g3.small` to `g3.2xlarge` (or `g4s.…`).',
      examples: ['g3.large'],
      prompt: 'Size of the machine',
    }),
  image: oneOf(IMAGES, ': what this program is made for').default(DEFAULT_IMAGE).meta({
    description: "Name of Civo's disk image: `ubuntu-noble` or `debian-13`.",
  }),
  generation: wholeNumber(z.int().min(1, 'expected at least 1'))
    .default(1)
    .meta({
      description: 'Raise it to replace the machine with a new one.',
      examples: [2],
    }),
  vpn: oneOf(['own', 'wireguard']).default('own').meta({
    description:
      'VPN that SSH is restricted to. `own`: an existing VPN, whose ranges are `vpnCidrs`. `wireguard`: the machine runs one; the configuration of each administrator is in the secret output `vpnConfigurations`.',
  }),
  vpnCidrs: z
    .array(
      checked(z.string('expected a text such as 203.0.113.0/24'), cidrProblem),
      `expected a list of IPv4 ranges; set its first one: ${setCommand('vpnCidrs[0]', '203.0.113.0/24')}`,
    )
    .default([])
    .meta({
      description:
        'IPv4 ranges that SSH is open to; a public one is at most a /16 wide. At least one with `vpn: own`. None with `vpn: wireguard`, except for an `up` that makes a machine: a new one has no keys yet.',
      examples: [['203.0.113.0/24']],
      prompt: 'IPv4 ranges that your VPN gives out, such as 203.0.113.0/24: SSH is open to these alone',
    }),
  smtp,
  mediaGb: storeSize()
    .default(500)
    .meta({
      description: 'Capacity of the media bucket in GB, in steps of 500.',
      examples: [1000],
    }),
  backupGb: storeSize()
    .default(500)
    .meta({
      description: 'Capacity of the backup bucket in GB, in steps of 500.',
      examples: [1000],
    }),
  mastodon,
  acme,
  dns: oneOf(['civo', 'external'])
    .default('civo')
    .meta({
      description:
        'Who serves the DNS zone: `civo`, or `external`, where an output lists the records to create.',
      prompt: 'Who serves its DNS zone?',
      choices: {
        civo: 'the program makes the records',
        external: 'another provider: the program lists the records to make there',
      },
    }),
  backup,
  alerts,
  community: text((path) =>
    path.endsWith('/') || path.trim() !== path
      ? 'expected the path of a folder such as community, without a slash at the end'
      : undefined,
  )
    .optional()
    .meta({
      description: "Folder of the community's files (team, rules, blocks and more; docs/community.md).",
      examples: ['community'],
      derived: 'none: all is left to the web interface',
    }),
  housekeeping,
  maintenanceWindow: text(windowProblem)
    .default('01:00-02:30')
    .meta({
      description:
        'Time of the day, in UTC, in which security updates are installed, housekeeping begins, and the machine reboots if an update requires it.',
      examples: ['02:00-04:00'],
    }),
  metrics: yesOrNo.default(false).meta({
    description:
      'Whether the machine serves metrics for Prometheus, on port 9180 and only to the VPN (docs/metrics.md).',
  }),
  converge: yesOrNo.default(true).meta({
    description:
      'Whether `pulumi up` configures the machine over SSH. `false` makes the infrastructure only.',
  }),
  protect: yesOrNo.default(true).meta({
    description: 'Whether buckets, secrets, address and zone refuse to be deleted.',
  }),
  adopted,
  apiEndpoint: text(apiProblem)
    .optional()
    .meta({
      description: 'Base URL of the Civo API, for a local Civo.',
      examples: ['https://api.civo.com'],
      derived: "Civo's own",
    }),
});

/** Every setting by its key in `Pulumi.<stack>.yaml`. */
export const KEYS = Object.keys(SETTINGS.shape) as readonly (keyof typeof SETTINGS.shape)[];
