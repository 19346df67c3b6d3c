/** What `bin/mastodon init` asks, in this order. */
import { password, select } from '@inquirer/prompts';
import { messageOf } from '../../lib/message-of';
import { apiKey } from '../../components/civo/api';
import type { PlainSettings } from '../../settings/types';
import { nameServers } from '../doctor/checks';
import type { Finding } from '../doctor/finding';
import { Outside } from '../doctor/probe';
import { readPrices } from '../cost/prices';
import { keyWorks, quotaSuffices } from './account';
import { type Answers, type Draft, open, secret } from './draft';
import { askAdministrators } from './people';
import { ask, questionOf } from './prompts';
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

const place: Question = {
  title: 'region and size',
  lacks: (draft) => draft.problems(['region', 'size', 'mediaGb', 'backupGb']),
  ask: async (draft) => ({ region: open(await ask(draft, 'region')), size: open(await askSize()) }),
};

/** The prices are this program's, so the choices are not in the schema. */
function askSize(): Promise<string> {
  const { sizes, currency } = readPrices();
  const choices = Object.entries(sizes).map(([name, { what, price }]) => ({
    value: name,
    name: `${name}: ${what}; ${currency} ${price.toFixed(2)} a month`,
  }));
  const { message, fallback } = questionOf('size');
  return select({ message, choices, default: fallback });
}

const key: Question = {
  title: 'API key',
  lacks: () => {
    try {
      apiKey();
      return [];
    } catch (error) {
      return [`CIVO_TOKEN: ${messageOf(error)}`];
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
    domain: open(await ask(draft, 'domain')),
    dns: open(await ask(draft, 'dns')),
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
    const text = await ask(draft, 'vpnCidrs', { settings: (given) => ({ vpnCidrs: ranges(given) }) });
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
    const text = (name: 'host' | 'port' | 'user' | 'from', fallback?: string) =>
      ask(draft, `smtp.${name}`, { fallback: String(before[name]) || fallback });
    const smtp = {
      host: await text('host'),
      port: Number(await text('port')),
      user: await text('user'),
      from: await text('from', `notifications@${domain}`),
    };
    const word = await ask(draft, 'smtp.password');
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
