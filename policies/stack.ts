import * as pulumi from '@pulumi/pulumi';

/** What the policies need to know of the stack's settings. */
export interface Stack {
  readonly name: string;
  /** The ranges that SSH may be open to. */
  readonly vpnCidrs: readonly string[];
  /** Whether the machine is the end point of a WireGuard VPN. */
  readonly wireguard: boolean;
  /** Whether figures for Prometheus are shown to the VPN. */
  readonly metrics: boolean;
  /** Made to be thrown away: it says so, and is at a Civo on this machine, where nothing of worth can be. */
  readonly throwAway: boolean;
  /** Its generated secrets were taken over from a lost stack, and are settings now. */
  readonly adopted: boolean;
  /** How many weekly full backups are kept. */
  readonly retentionFull: number;
  /** The images' digests, by setting. */
  readonly digests: Readonly<Record<string, string>>;
  /** Secrets that people gave, by setting. */
  readonly secrets: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, string | undefined>>;

/** Not by `readSettings`: what it allows is what the policies are there to check. */
export function readStack(): Stack {
  const config = new pulumi.Config('mastodon-on-civo');
  const mastodon = config.getObject<Fields>('mastodon') ?? {};
  const backup = config.getObject<{ retentionFull?: number | string; secondary?: Fields }>('backup') ?? {};
  const secrets = {
    'smtp.password': config.getObject<Fields>('smtp')?.password,
    'backup.secondary.secretAccessKey': backup.secondary?.secretAccessKey,
  };
  return {
    name: pulumi.getStack(),
    vpnCidrs: config.getObject<string[]>('vpnCidrs') ?? [],
    wireguard: config.get('vpn') === 'wireguard',
    metrics: config.get('metrics') === 'true',
    throwAway: config.get('protect') === 'false' && isLoopback(config.get('apiEndpoint') ?? ''),
    adopted: config.get('adopted') !== undefined,
    retentionFull: Number(backup.retentionFull ?? 4),
    digests: {
      'mastodon.webDigest': mastodon.webDigest ?? '',
      'mastodon.streamingDigest': mastodon.streamingDigest ?? '',
    },
    secrets: Object.fromEntries(
      Object.entries(secrets).filter((entry): entry is [string, string] => Boolean(entry[1])),
    ),
  };
}

export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
