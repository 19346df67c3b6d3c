/** A server made by the whole program on a local cloud of its own, and people around it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Namespace, slotFromEnvironment } from '../../../local/addresses';
import { type LocalCloud, machinesOf, machinesPossible, startCloud } from '../../../local/cloud';
import { localMachines, type MachineKind, machineKind, type MachinesOnDisk } from '../../../local/machines';
import { ensureImages } from '../../../local/stand-in/build';
import type { ImageFile } from '../../../local/stand-in/stand-in';
import { removeCloud } from '../../../local/remove-cloud';
import type { ServiceFault } from '../../../local/services/faults';
import { programSettings } from '../program-settings';
import { type ConfigValue, createStack, type Stack } from '../stack';
import { living } from '../failures/living';
import { clone, newFolder, snapshot } from '../isolation/snapshots';
import { timed } from '../timing';
import { Visitor } from '../visitor';
import { eventually } from '../eventually';
import { removeLeftovers } from './leftovers';
import { mastodonOf } from './mastodon-setting';
import type { Outputs } from './outputs';
import { runOverSsh } from './ssh';

const checkout = join(__dirname, '..', '..', '..');
export const DOMAIN = 'mastodon.test';

export class LocalServer {
  /** Who is around, and leaves before the server does: also when the test that brought them has failed. */
  readonly guests: { end(): unknown }[] = [];
  private known?: Promise<Outputs>;

  private constructor(
    readonly folder: string,
    readonly cloud: LocalCloud,
    readonly stack: Stack,
  ) {
    living.add(this);
  }

  /** Starts a cloud, by default that of `LOCAL_SLOT`, and prepares the stack; `stack.up()` makes the server. */
  static async prepare(slot = slotFromEnvironment(), machines = machineKind()): Promise<LocalServer> {
    if (!machinesPossible()) {
      throw new Error(
        'Machine tests boot machines: run them as root on Linux. The others: npx jest --selectProjects unit engine',
      );
    }
    await removeLeftovers();
    const folder = newFolder('server');
    for (const name of ['alice', 'bob', 'stranger']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
    }
    const server = await LocalServer.open(folder, slot, machines);
    await server.stack.setConfig(await server.settings());
    return server;
  }

  /** A server as the first `up` left it, from a snapshot. */
  static served(): Promise<LocalServer> {
    return LocalServer.from('served', async () => {
      const server = await LocalServer.prepare();
      await server.stack.up();
      return server;
    });
  }

  /** A server from the snapshot of that name, which is taken of the server that `make` returns. */
  static async from(name: string, make: () => Promise<LocalServer>): Promise<LocalServer> {
    const take = async (target: string) => {
      const server = await make();
      await server.powerOff();
      await clone(server.folder, target);
      await server.remove();
    };
    const kept = await timed('waiting', () => snapshot(name, take)); // another worker may be at it
    return timed('boot', () => LocalServer.wake(kept));
  }

  private static async wake(kept: string): Promise<LocalServer> {
    await removeLeftovers();
    const folder = newFolder('server');
    await clone(kept, folder);
    const server = await LocalServer.open(folder);
    // The cloud powers the machine on when it starts.
    await server.answers();
    return server;
  }

  /** The cloud and the stack in a folder, new or known. */
  private static async open(folder: string, slot = 0, machines?: MachineKind): Promise<LocalServer> {
    const stateFolder = join(folder, 'cloud');
    const cloud = await timed('boot', () => startCloud({ slot, stateFolder, machines }));
    const env = { CIVO_TOKEN: cloud.token };
    const stack = await createStack({ projectDir: checkout, env, folder: join(folder, 'stack') });
    return new LocalServer(folder, cloud, stack);
  }

  /** Shuts down the machine, once it has finished what it is at, and the cloud. */
  private async powerOff(): Promise<void> {
    const { instanceId } = await this.outputs();
    const jobs = `! systemctl list-units --plain --no-legend --state=activating 'mastodon-*.service' | grep -q .`;
    await eventually('no job is at work', () => this.ssh('alice', jobs).then(() => true), 300);
    await this.cloud.stop();
    await this.machines.stop(instanceId);
  }

  /** Another stack on the same cloud, as from another computer that knows nothing; same people. */
  async another(name: string, config: Record<string, ConfigValue> = {}): Promise<LocalServer> {
    const stack = await createStack({
      projectDir: checkout,
      name,
      config,
      env: { CIVO_TOKEN: this.cloud.token },
    });
    return new LocalServer(this.folder, this.cloud, stack);
  }

  /** A relay whose password is as awkward as a password may be. */
  readonly smtp = {
    host: 'smtp.example.net',
    user: 'toot',
    password: `it's "$quoted" # ünïcode`,
    from: `Toot <toot@${DOMAIN}>`,
  };

  /** An entry of the setting `administrators`. */
  administrator(name: string): { name: string; email: string; sshKey: string } {
    const sshKey = readFileSync(join(this.folder, `${name}.pub`), 'utf8').trim();
    return { name, email: `${name}@${DOMAIN}`, sshKey };
  }

  /** Another release in the registry, as the setting `mastodon`. `patch` makes it another one than the stand-in's own. */
  async release(version: string, patch: readonly ImageFile[] = []) {
    const images = await ensureImages(undefined, version, patch);
    this.cloud.publish(images);
    return mastodonOf(images);
  }

  /** What the stack starts with. */
  async settings() {
    const images = await ensureImages();
    return {
      ...programSettings(this.cloud.civoApiUrl),
      domain: DOMAIN,
      vpnCidrs: [this.cloud.addresses.vpn.cidr],
      administrators: ['alice', 'bob'].map((name) => this.administrator(name)),
      smtp: this.smtp,
      mastodon: mastodonOf(images),
      acme: { directory: 'https://acme.civo.test/dir', trust: this.ca.toString() },
      converge: true,
    };
  }

  async remove(): Promise<void> {
    await Promise.allSettled(this.guests.map((guest) => guest.end()));
    await removeCloud({ slot: this.cloud.slot, stateFolder: this.cloud.stateFolder });
    this.stack.remove();
    rmSync(this.folder, { recursive: true, force: true });
    living.delete(this);
  }

  /** The stack's outputs, as the first call found them. */
  outputs(): Promise<Outputs> {
    this.known ??= this.stack.outputs<Outputs>({ showSecrets: true });
    return this.known;
  }

  /** They have changed: the next call asks again. */
  forgetOutputs(): void {
    this.known = undefined;
  }

  /** A visitor of the server's site. */
  async visitor(domain = DOMAIN): Promise<Visitor> {
    const { publicAddress } = await this.outputs();
    return new Visitor(domain, { host: publicAddress, port: 443, ca: this.ca });
  }

  /** Whether the site says that it is well. */
  async healthy(): Promise<boolean> {
    return (await (await this.visitor()).get('/health')).status === 200;
  }

  async answers(): Promise<void> {
    await eventually('the server answers', () => this.healthy());
  }

  /** The owner, logged in, with an app that may read and write. */
  async owner(): Promise<Visitor> {
    const { owner } = await this.outputs();
    const visitor = await this.visitor();
    await visitor.signIn(owner.email, owner.password);
    await visitor.authorize('read write');
    return visitor;
  }

  /** The root certificate of what the local ACME server issues. */
  get ca(): Buffer {
    return readFileSync(this.cloud.acmeRoot);
  }

  /** The certificate of the authority behind the provider's own services. */
  get authority(): Buffer {
    return readFileSync(join(this.cloud.stateFolder, 'ca.pem'));
  }

  /** The cloud's machines, past its API, which has no power cut. */
  get machines(): MachinesOnDisk {
    const { stateFolder, addresses } = this.cloud;
    const folder = join(stateFolder, 'machines');
    return localMachines(machinesOf(stateFolder), {
      addresses,
      folder,
      authority: join(stateFolder, 'ca.pem'),
    });
  }

  /** The folder of a bucket's objects. */
  bucket(name: string): string {
    return join(this.cloud.stateFolder, 'objectstore', 'buckets', name);
  }

  /** Makes a service of the cloud fail; without a fault all are well again. */
  async fail(fault?: ServiceFault): Promise<void> {
    const answer = await fetch(`${this.cloud.civoApiUrl}/local/services/faults`, {
      method: fault ? 'POST' : 'DELETE',
      ...(fault && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(fault) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** A call of Civo's API, as the account that owns the stack. */
  async civo<T>(method: string, path: string, body: object = {}): Promise<T> {
    const answer = await fetch(`${this.cloud.civoApiUrl}/v2/${path}?region=LON1`, {
      method,
      headers: { Authorization: `bearer ${this.cloud.token}`, 'Content-Type': 'application/json' },
      ...(method !== 'GET' && { body: JSON.stringify({ region: 'LON1', ...body }) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Where a machine's disk is mounted while it is on. */
  diskOf(instanceId: string): string {
    return join(this.cloud.stateFolder, 'machines', instanceId, 'root');
  }

  /** Runs a shell command on the machine, with `input` on its standard input, as a user on a computer (default: this one, on the VPN). */
  async ssh(
    user: string,
    command: string,
    from: {
      key?: string;
      computer?: Namespace;
      address?: string;
      input?: string;
      limitSeconds?: number;
    } = {},
  ): Promise<string> {
    const { publicAddress, sshHostKey } = await this.outputs();
    const knownHosts = join(this.folder, 'known_hosts');
    writeFileSync(knownHosts, `${publicAddress} ${sshHostKey}\n`);
    return runOverSsh(command, {
      ...from,
      login: `${user}@${from.address ?? publicAddress}`,
      key: join(this.folder, from.key ?? user),
      knownHosts,
      alias: publicAddress,
    });
  }

  /** A command as root. */
  sudo(command: string): Promise<string> {
    return this.ssh('alice', `sudo ${command}`);
  }

  /** A script of Bash as root, which ends at the first command that fails. */
  root(script: string): Promise<string> {
    return this.ssh('alice', 'sudo bash -euo pipefail', { input: script });
  }

  /** What a query of Mastodon's database gives, a row on each line. */
  async sql(query: string): Promise<string> {
    const psql = `runuser -u postgres -- psql --no-psqlrc -tAc "${query}" mastodon_production`;
    return (await this.root(`cd / && ${psql}`)).trim();
  }

  /** A command of cli/ as the administrator Alice runs it; `said` is all that it printed. */
  async operation(
    name: string,
    variables: Readonly<Record<string, string>> = {},
    options: { flags?: readonly string[]; programs?: string } = {},
  ) {
    const who = { ADMIN: 'alice', KEY: join(this.folder, 'alice') };
    const done = await this.stack.operation(name, { ...who, ...variables }, options);
    return { ...done, said: done.stdout + done.stderr };
  }
}
