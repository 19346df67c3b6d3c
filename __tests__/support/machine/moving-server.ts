/** A server with people, a post and a picture, and what brings it, or a copy of it, elsewhere. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureHostPackages } from '../../../local/host-packages';
import type { ConfigValue } from '../stack';
import { sleep } from '../timing';
import { LocalServer } from './local-server';
import type { Outputs } from './outputs';
import { postWithPicture } from './picture';

export class MovingServer {
  /** On the computer of who moves it. */
  folder!: string;
  /** Of the stack that is at work. */
  server!: LocalServer;
  /** Of the first stack. */
  outputs!: Outputs;
  private readonly servers: LocalServer[] = [];

  async up(): Promise<void> {
    await ensureHostPackages(['age', 'rclone']);
    this.folder = mkdtempSync(join(tmpdir(), 'moving-'));
    this.server = await LocalServer.served();
    this.servers.push(this.server);
    this.outputs = await this.server.outputs();
  }

  async remove(): Promise<void> {
    for (const other of this.servers.slice(1)) other.stack.remove();
    await this.servers[0]?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Continues with another stack, which knows nothing of the first. */
  async another(name: string, config: Record<string, ConfigValue> = {}): Promise<void> {
    this.server = await this.server.another(name, config);
    this.servers.push(this.server);
  }

  /** Removes all that the stack has made. */
  async destroy(): Promise<void> {
    const { stack } = this.server;
    // The firewall counts the machine for a while after it is gone: the provider's issue 410.
    await stack.destroy().catch(() => sleep(10_000).then(() => stack.destroy()));
  }

  readonly sudo = (command: string) => this.server.sudo(command);

  /** Bob, and a post with a picture. Returns the picture's path on the media host. */
  readonly populate = async (): Promise<string> => {
    const { pathname } = await postWithPicture(await this.server.owner(), 'Written before the move');
    await this.sudo(
      'podman exec mastodon-web-1 tootctl accounts create bob --email bob@mastodon.test --confirmed --approve',
    );
    return pathname;
  };

  /** The owner of the first stack can log in, and the post is there. */
  readonly expectAllThere = async (): Promise<void> => {
    const visitor = await this.server.visitor();
    await visitor.signIn(this.outputs.owner.email, this.outputs.owner.password);
    expect((await visitor.get('/api/v1/timelines/public')).body).toContain('Written before the move');
  };

  /** A command of cli/ as Alice runs it, on a computer that knows the object store by name. */
  readonly operation = (name: string, variables: Readonly<Record<string, string>> = {}) => {
    const { cloud } = this.server;
    const programs = join(this.folder, 'bin');
    mkdirSync(programs, { recursive: true });
    const hosts = join(this.folder, 'hosts');
    const { endpoint } = this.outputs.buckets.media;
    writeFileSync(hosts, `127.0.0.1 localhost\n${cloud.addresses.objectStore} ${endpoint}\n`);
    const inOwnNames = `exec unshare --mount sh -c 'mount --bind ${hosts} /etc/hosts && exec /usr/bin/rclone "$@"' rclone "$@"`;
    writeFileSync(join(programs, 'rclone'), `#!/bin/sh\n${inOwnNames}\n`, { mode: 0o755 });
    const own = { RCLONE_CA_CERT: join(cloud.stateFolder, 'ca.pem') };
    return this.server.operation(name, { ...own, ...variables }, { programs });
  };
}
