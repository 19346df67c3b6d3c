import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { firewallRules } from '../network/firewall-rules';
import { minutesBetween } from '../settings/maintenance-window';
import { Settings } from '../settings';
import { secretEntries } from '../settings/secret-names';
import { type DeliveredSecrets } from '../settings/secrets-table';
import { WIREGUARD } from '../network/wireguard';
import { type Environment, environmentFiles } from './environment-files';
import { nftInputRules } from './host-firewall';
import { settingValues } from './setting-values';
import { shellArchive } from './shell-archive';
import { BundleFile, render, Values } from './template';

/** Civo documents no limit of a script's length; this is the usual one of clouds, in bytes. */
export const USER_DATA_LIMIT = 16_384;

/** Placeholders of `handover/` besides settings: secrets, and what is known only once the cloud has answered. */
export interface HandoverValues extends DeliveredSecrets<string> {
  /** The address that every name of ours must lead to. */
  readonly publicAddress: string;
  readonly smtpPassword: string;
  /** The object stores' host names, without a scheme. */
  readonly mediaEndpoint: string;
  readonly mediaBucket: string;
  readonly mediaAccessKey: string;
  readonly mediaSecretKey: string;
  readonly backupEndpoint: string;
  readonly backupBucket: string;
  readonly backupAccessKey: string;
  readonly backupSecretKey: string;
  /** Of the second object store; empty if there is none. */
  readonly secondarySecretKey: string;
  /** What the settings say of Mastodon's environment, by name. */
  readonly environment: Environment;
  /** Of the WireGuard end point: the private key and the `[Peer]` sections; empty if there is none. */
  readonly vpnPrivateKey: string;
  readonly vpnPeers: string;
}

/** Units of ours that run podman: one sandbox for all. */
export const PODMAN_UNITS = [
  'mastodon-web@',
  'mastodon-streaming',
  'mastodon-sidekiq@',
  'mastodon-housekeeping@',
  'mastodon-rails',
  'mastodon-reboot',
];

/** Its secrets are those of `settings/secrets-table.ts` that have a variable. */
const MASTODON_SECRETS = 'handover/etc/mastodon/secrets.env';

/** What only a machine that shows metrics has. */
const METRICS_FILES = [
  'handover/etc/default/prometheus-',
  'handover/etc/systemd/system/prometheus-.service.d/',
  'handover/etc/nginx/sites-enabled/metrics.conf',
  'handover/etc/containers/systemd/mastodon-metrics.container',
];

/** What only a machine has that looks for newer releases of Mastodon. */
const RELEASE_WATCH = 'handover/etc/systemd/system/mastodon-releases.';

/**
 * The script that Civo runs once on a new machine. Its only secret is the one-time host key, an OpenSSH private key.
 * @throws Error if the script is longer than {@link USER_DATA_LIMIT}.
 */
export function userData(settings: Settings, deployPublicKey: string, bootHostKey: string): string {
  const files = bundleFiles(
    ['converge', 'changes.sh', 'packages', 'settings.sh', 'root', 'steps/1-boot'],
    settingValues(settings, { isPublic: true }),
    { ...derivedValues(settings), deployPublicKey: deployPublicKey.trim() },
  );
  const bundle = gzipSync(shellArchive(without(files, settings).map(uncommented)), { level: 9 });
  const script = render(
    'user-data',
    read('user-data.sh'),
    { bundle: bundle.toString('base64'), bootHostKey: bootHostKey.trim() },
    new Set(),
  );
  const length = Buffer.byteLength(script);
  if (length > USER_DATA_LIMIT) {
    throw new Error(`user data has ${String(length)} bytes; at most ${String(USER_DATA_LIMIT)} fit`);
  }
  return script;
}

/** Everything that a machine needs, secrets included. */
export function handoverFiles(
  settings: Settings,
  deployPublicKey: string,
  values: HandoverValues,
): readonly BundleFile[] {
  const { secondarySecretKey, environment, ...others } = values;
  const files = bundleFiles(
    ['converge', 'changes.sh', 'restart-units.sh', 'packages', 'settings.sh', 'root', 'steps', 'handover'],
    settingValues(settings, { isPublic: false }),
    {
      ...derivedValues(settings),
      ...others,
      databaseUser: databaseUser(values.databasePassword),
      leaseKey: leaseKey(values.backupCipher),
      secondaryRemotes: secondaryRemotes(settings, secondarySecretKey),
      vpnAddress: `${WIREGUARD.machine}/${WIREGUARD.cidr.split('/')[1] ?? ''}`,
      administratorEmails: settings.administrators.map(({ email }) => email),
      smtpScheme: settings.smtp.tls === 'implicit' ? 'smtps' : 'smtp',
      hostKey: values.hostKey.trim(),
      deployPublicKey: deployPublicKey.trim(),
      ...windowValues(settings),
      releaseTasks: settings.mastodon.tasks.map((task) => `${settings.mastodon.version} ${task}`).join('\n'),
      // A kit brings the same server back, so its files stay as they were.
      adoptedFrom: settings.adopted?.from === 'server' ? 'server' : 'nothing',
      ownerUsername: settings.administrators[0].username,
      ownerEmail: settings.administrators[0].email,
    },
  );
  const keys = settings.administrators.map(({ name, sshKey }): BundleFile => ({
    path: `handover/etc/ssh/authorized_keys.d/${name}`,
    mode: '644',
    content: `${sshKey.trim()}\n`,
  }));
  const sandboxes = (settings.metrics ? [...PODMAN_UNITS, 'mastodon-metrics'] : PODMAN_UNITS).map(
    (unit): BundleFile => ({
      path: `handover/etc/systemd/system/${unit}.service.d/10-hardening.conf`,
      mode: '644',
      content: read('podman-sandbox.conf'),
    }),
  );
  const environments = environmentFiles(settings.mastodon.federation, environment);
  return [...without(files, settings), ...environments, ...sandboxes, ...keys];
}

/** A script of the first boot without the lines that only people read: they come with the handover, and room is scarce. */
function uncommented(file: BundleFile): BundleFile {
  return /^(converge$|changes\.sh$|steps\/|root\/usr\/local\/lib\/)/.test(file.path)
    ? { ...file, content: file.content.replace(/^\t*# .*\n/gm, '') }
    : file;
}

/** Signs the lease: who has the bucket's key has not this one, and it reveals nothing about the passphrase. */
function leaseKey(backupCipher: string): string {
  return createHash('sha256').update(`lease of the stack\n${backupCipher}`).digest('hex');
}

/** Each password has a role of its own (docs/decisions/database/role-per-password.md). */
function databaseUser(password: string): string {
  return `mastodon_${createHash('sha256').update(password).digest('hex').slice(0, 8)}`;
}

/** The script that `pulumi up` pipes into the machine's shell. */
export function handover(settings: Settings, deployPublicKey: string, values: HandoverValues): string {
  return shellArchive(handoverFiles(settings, deployPublicKey, values));
}

/** The second object store as rclone knows it: `secondary:` is the bucket's top folder. */
function secondaryRemotes({ backup: { secondary } }: Settings, secretKey: string): string {
  if (!secondary) return '';
  return `
[store-of-secondary]
type = s3
provider = Other
endpoint = ${secondary.endpoint}
region = ${secondary.region}
access_key_id = ${secondary.accessKeyId}
secret_access_key = ${secretKey}
no_check_bucket = true

[secondary]
type = alias
remote = store-of-secondary:${secondary.bucket}`;
}

function windowValues({ maintenanceWindow }: Settings): Values {
  const [start = '', end = ''] = maintenanceWindow.split('-');
  const minutes = minutesBetween(start, end);
  return {
    windowStart: start,
    windowMinutes: String(minutes),
    // A reboot comes early, so that the window has time for it.
    windowQuarter: String(Math.floor(minutes / 4)),
    windowHalf: String(Math.floor(minutes / 2)),
  };
}

/** Placeholders that follow from settings. */
function derivedValues(settings: Settings): Values {
  const { mastodon, smtp } = settings;
  return {
    nftInputRules: nftInputRules(firewallRules(settings)),
    webImage: `${mastodon.webImage}@${mastodon.webDigest}`,
    streamingImage: `${mastodon.streamingImage}@${mastodon.streamingDigest}`,
    // Never in the clear. Both at once are refused (Mastodon::EmailConfigurationHelper and the gem mail).
    smtpEncryption: smtp.tls === 'implicit' ? 'SMTP_TLS=true' : 'SMTP_ENABLE_STARTTLS=always',
    administratorNames: settings.administrators.map((administrator) => administrator.name),
  };
}

/** The site of the accounts' domain is needed only where it is another one than the web site's and leads here, the VPN where it is ours, the exporters where they are asked for. */
function without(
  files: readonly BundleFile[],
  { domain, webDomain, apex, vpn, metrics, alerts }: Settings,
): readonly BundleFile[] {
  const unneeded = [
    ...(domain === webDomain || apex === 'elsewhere' ? ['root/etc/nginx/sites-enabled/identity.conf'] : []),
    ...(vpn === 'own'
      ? ['handover/etc/wireguard/', 'handover/etc/systemd/system/wg-quick@wg0.service.d/']
      : []),
    ...(metrics ? [] : METRICS_FILES),
    ...(alerts.releases ? [] : [RELEASE_WATCH]),
  ];
  return files.filter(({ path }) => !unneeded.some((one) => path.startsWith(one)));
}

/** The rendered files at these paths of this folder. A value that no file asks for is a mistake, unless it is a setting. */
function bundleFiles(paths: readonly string[], settings: Values, others: Values): readonly BundleFile[] {
  const values = { ...settings, ...others };
  const used = new Set<string>();
  const files = paths.flatMap(list).map((path): BundleFile => {
    const text = path === MASTODON_SECRETS ? `${read(path)}${environment(values)}` : read(path);
    return { path, mode: modeOf(path, text), content: render(path, text, values, used) };
  });
  const unused = Object.keys(others).filter((name) => !used.has(name));
  if (unused.length > 0)
    throw new Error(`no file of ${paths.join(', ')} has a placeholder for ${unused.join(', ')}`);
  return files;
}

/** Mastodon's own secrets, as lines of its environment. An empty one is not the same as none. */
function environment(values: Values): string {
  const lines = secretEntries().filter(
    ([name, { made }]) => made !== undefined || values[name] !== undefined,
  );
  return lines.map(([name, { variable }]) => (variable ? `${variable}={{${name}}}\n` : '')).join('');
}

/** Scripts may be run; what comes with the secrets and has values of its own is root's alone, but for units: systemd shows them to all. */
function modeOf(path: string, text: string): BundleFile['mode'] {
  if (text.startsWith('#!') && !path.endsWith('.conf')) return '755';
  const isUnit = path.startsWith('handover/etc/systemd/');
  return path.startsWith('handover/') && /\{\{\w+(\.\w+)*\}\}/.test(text) && !isUnit ? '600' : '644';
}

function read(path: string): string {
  return readFileSync(join(__dirname, path), 'utf8');
}

/** The files at or below a path of this folder, sorted, with `/`. */
function list(path: string): readonly string[] {
  const full = join(__dirname, path);
  if (statSync(full).isFile()) return [path];
  return (
    readdirSync(full, { recursive: true, withFileTypes: true })
      // Python's byte code belongs to the user who ran a script here.
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
      .map((entry) => relative(__dirname, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort()
  );
}
