/** A server with a second object store and people to alert, for tests of what brings it back. */
import { join } from 'node:path';
import { timed } from '../timing';
import type { Visitor } from '../visitor';
import { eventually } from '../eventually';
import { Listeners } from './listeners';
import { LocalServer } from './local-server';
import type { Outputs } from './outputs';

/** The bucket of the second object store. */
export const SECOND = 'second-copy';
const HOOKS = 'hooks.example.net';
/** What would meet a test's faults at some hours of the day only: tests start it themselves. */
const TIMERS = ['backup', 'dump', 'housekeeping@', 'proof', 'reboot', 'secondary', 'watch'];

interface Credential {
  name: string;
  access_key_id: string;
  secret_access_key_id: string;
}

export class RecoverableServer {
  server!: LocalServer;
  outputs!: Outputs;
  /** The owner, logged in. */
  visitor!: Visitor;
  listeners!: Listeners;

  async up(): Promise<void> {
    this.server = await LocalServer.from('recoverable', () => this.make());
    this.listeners = await Listeners.around(this.server, HOOKS);
    this.outputs = await this.server.outputs();
    await this.enter();
  }

  private async make(): Promise<LocalServer> {
    this.server = await LocalServer.served();
    this.listeners = await Listeners.around(this.server, HOOKS);
    await this.server.civo('POST', 'objectstores', { name: SECOND });
    const { items } = await this.server.civo<{ items: Credential[] }>('GET', 'objectstore/credentials');
    const key = items.find(({ name }) => name === SECOND);
    await this.server.stack.setConfig({
      alerts: { webhook: `https://${HOOKS}:8443/alert`, pingUrl: `https://${HOOKS}:8443/ping` },
      backup: {
        secondary: {
          ...{ endpoint: 'https://objectstore.lon1.civo.test', bucket: SECOND, region: 'LON1' },
          accessKeyId: key?.access_key_id ?? '',
          secretAccessKey: key?.secret_access_key_id ?? '',
        },
      },
    });
    await this.server.stack.up();
    await this.listeners.introduce();
    await this.stopTimers();
    await this.sudo('converge'); // it notes the units' files, as it does after each change
    await this.listeners.stop();
    return this.server;
  }

  async remove(): Promise<void> {
    // What did not come up leaves nothing either.
    await (this.listeners as Listeners | undefined)?.stop();
    await (this.server as LocalServer | undefined)?.remove();
  }

  readonly sudo = (command: string) => this.server.sudo(command);
  readonly sql = (query: string) => this.server.sql(query);
  readonly start = (unit: string) => this.sudo(`systemctl start mastodon-${unit}`);
  /** Under the lock of the machine's own backups: a restore starts one, and what one makes the other's `expire` would remove. */
  readonly fullBackup = () =>
    this.sudo(
      'flock --close /var/lib/mastodon sudo -u postgres pgbackrest --stanza=mastodon --type=full backup',
    );
  readonly restore = (...args: string[]) =>
    this.sudo(['mastodon-restore', ...args.map((arg) => `'${arg}'`), '</dev/null 2>&1'].join(' '));
  readonly refused = (...args: string[]) => this.restore(...args).then(() => '', String);
  readonly post = (status: string) => this.visitor.api('POST', '/api/v1/statuses', { status });
  readonly healthy = () => this.server.healthy();
  readonly answers = () => this.server.answers();
  readonly alerts = async () =>
    (await this.server.ssh('bob', 'ls /var/lib/mastodon/alerts')).split('\n').filter(Boolean);
  /** The moment by the machine's own clock. */
  readonly moment = async () => (await this.server.ssh('alice', "date --utc '+%F %T.%N+00'")).trim();

  readonly posts = async (): Promise<string[]> => {
    const { status, body } = await this.visitor.get('/api/v1/timelines/public');
    if (status !== 200) throw new Error(`the timeline: ${String(status)}`);
    return (JSON.parse(body) as { content: string }[]).map(({ content }) => content.replace(/<[^>]+>/g, ''));
  };

  /** The moment that leads back to what a restore overwrote, as its output has it. */
  readonly undo = (output: string) => /To undo: .*--to '([^']+)'/.exec(output)?.[1] ?? '';

  /** For good: neither a reboot nor converge starts them again. */
  private async stopTimers(): Promise<void> {
    const folders = TIMERS.map((name) => `/etc/systemd/system/mastodon-${name}.timer.d`).join(' ');
    const never = String.raw`[Timer]\nOnCalendar=\nOnCalendar=2099-01-01\n`;
    await this.sudo(
      `sh -c 'for folder in ${folders}; do mkdir $folder; printf "${never}" >$folder/test.conf; done; systemctl daemon-reload; systemctl restart "mastodon-*.timer"'`,
    );
  }

  /** The owner logs in. */
  readonly enter = async (): Promise<void> => {
    this.visitor = await this.server.owner();
  };

  readonly powerCut = async (): Promise<void> => {
    await this.server.machines.cutPower(this.outputs.instanceId);
    await timed('boot', () => this.server.machines.start(this.outputs.instanceId));
    await eventually('the machine is back', () => this.server.ssh('alice', 'true').then(() => true));
  };

  /** A path of the machine, on this computer. */
  readonly onDisk = (path: string) => join(this.server.diskOf(this.outputs.instanceId), path);
  /** A path in the backup bucket, on this computer. */
  readonly inBackups = (...path: string[]) =>
    join(this.server.bucket(this.outputs.buckets.backups.name), ...path);
}
