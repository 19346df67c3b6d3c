/** What `make init` asks, in this order. */
import { input, password, select } from '@inquirer/prompts';
import { apiKey } from '../../components/civoApi';
import type { PlainSettings } from '../../settings/types';
import { type Finding, nameServers } from '../examinations';
import { Outside } from '../outside';
import { readPrices } from '../prices';
import { keyWorks, quotaSuffices } from './account';
import { type Answers, type Draft, open, secret } from './draft';
import { askAdministrators } from './people';
import { relayTakesLogin } from './relay';
import { askVersion, digestsFit } from './version';

export interface Question {
  readonly title: string;
  /** What has no usable answer yet, as sentences. */
  readonly lacks: (draft: Draft) => readonly string[];
  readonly ask: (draft: Draft) => Promise<Answers>;
  /** Looks whether the answer holds in the world. What it throws is bad, too. */
  readonly check?: (settings: PlainSettings) => Promise<Finding>;
}

const account = ({ region, apiEndpoint }: PlainSettings) => ({ region, endpoint: apiEndpoint });

/** For a prompt: what the program says of a text at this path. */
const judged =
  (draft: Draft, path: string, settings: (text: string) => Readonly<Record<string, unknown>>) =>
  (text: string) =>
    draft.problems([path], settings(text))[0] ?? true;

const place: Question = {
  title: 'region and size',
  lacks: (draft) => draft.problems(['region', 'size', 'mediaGb', 'backupGb']),
  ask: async () => ({ region: open(await askRegion()), size: open(await askSize()) }),
};

const askRegion = () =>
  select({
    message: 'Civo region',
    choices: [
      { value: 'LON1', name: 'LON1, London' },
      { value: 'FRA1', name: 'FRA1, Frankfurt' },
      { value: 'NYC1', name: 'NYC1, New York' },
      { value: 'MUM1', name: 'MUM1, Mumbai' },
    ],
  });

function askSize(): Promise<string> {
  const { sizes, currency } = readPrices();
  const choices = Object.entries(sizes).map(([name, { what, price }]) => ({
    value: name,
    name: `${name}: ${what}; ${currency} ${price.toFixed(2)} a month`,
  }));
  return select({ message: 'Size of the machine', choices, default: 'g3.medium' });
}

const key: Question = {
  title: 'API key',
  lacks: () => {
    try {
      apiKey();
      return [];
    } catch (error) {
      return [`CIVO_TOKEN: ${error instanceof Error ? error.message : String(error)}`];
    }
  },
  ask: async () => {
    // Kept for this run only: where it stays is its owner's choice.
    process.env.CIVO_TOKEN = await password({
      message: "Civo's API key (dashboard: Settings, Security)",
      mask: true,
    });
    return {};
  },
  check: (settings) => keyWorks(account(settings)),
};

const domain: Question = {
  title: 'domain',
  lacks: (draft) => draft.problems(['domain', 'dns']),
  ask: async (draft) => ({
    domain: open(
      await input({
        message: 'Domain of the accounts (it can never change), such as example.social',
        validate: judged(draft, 'domain', (text) => ({ domain: text })),
      }),
    ),
    dns: open(
      await select({
        message: 'Who serves its DNS zone?',
        choices: [
          { value: 'civo', name: 'Civo: the program makes the records' },
          { value: 'external', name: 'somebody else: the program tells which records to make there' },
        ],
      }),
    ),
  }),
  check: async (settings) => {
    const finding = await nameServers({ settings, outside: new Outside() });
    // It may be changed as late as the first `pulumi up`.
    return finding.verdict === 'bad' ? { ...finding, verdict: 'warning' } : finding;
  },
};

const quota: Question = {
  title: 'quota',
  lacks: () => [],
  ask: async () => ({ size: open(await askSize()) }),
  check: (settings) => quotaSuffices(settings, account(settings)),
};

const vpn: Question = {
  title: 'VPN',
  lacks: (draft) => draft.problems(['vpnCidrs']),
  ask: async (draft) => {
    const ranges = (text: string) => text.split(/[\s,]+/).filter(Boolean);
    const text = await input({
      message: 'IPv4 ranges that your VPN gives out, such as 203.0.113.0/24: SSH is open to these alone',
      validate: judged(draft, 'vpnCidrs', (given) => ({ vpnCidrs: ranges(given) })),
    });
    return { vpnCidrs: open(ranges(text)) };
  },
};

const administrators: Question = {
  title: 'administrators',
  lacks: (draft) => draft.problems(['administrators']),
  ask: askAdministrators,
};

const relay: Question = {
  title: 'mail relay',
  lacks: (draft) => draft.problems(['smtp']),
  ask: async (draft) => {
    const { smtp: before, domain } = draft.judged;
    const text = (name: 'host' | 'port' | 'user' | 'from', message: string, fallback?: string) =>
      input({
        message,
        default: String(before[name]) || fallback,
        validate: judged(draft, `smtp.${name}`, (given) => ({ smtp: { [name]: given } })),
      });
    const smtp = {
      host: await text('host', 'Mail relay'),
      port: Number(await text('port', 'Its port (Civo blocks 25, 465 and 587)')),
      user: await text('user', 'Login at the relay'),
      from: await text('from', 'Sender of the mail', `notifications@${domain}`),
    };
    const word = await password({
      message: 'Password at the relay',
      mask: true,
      validate: judged(draft, 'smtp.password', (text) => ({ smtp: { password: text } })),
    });
    return { smtp: open(smtp), 'smtp.password': secret(word) };
  },
  check: ({ smtp }) => relayTakesLogin(smtp, new Outside()),
};

const version: Question = {
  title: 'Mastodon',
  lacks: (draft) => draft.problems(['mastodon']),
  ask: askVersion,
  check: ({ mastodon }) => digestsFit(mastodon),
};

export const QUESTIONS: readonly Question[] = [
  place,
  key,
  quota,
  domain,
  vpn,
  administrators,
  relay,
  version,
];
