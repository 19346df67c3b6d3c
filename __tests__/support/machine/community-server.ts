/** A server whose community is in files: seven people, ten rules, a thousand blocked servers. */
import { join } from 'node:path';
import type { Community } from '../../../community-files/types';
import { writeCommunity } from '../community/folder';
import { exampleCommunity } from '../community/example';
import type { Visitor } from '../visitor';
import { Listeners } from './listeners';
import { LocalServer } from './local-server';

export const BLOCKS = 1_000;

interface Block {
  id: string;
  domain: string;
  severity: string;
}

export class CommunityServer {
  server!: LocalServer;
  listeners!: Listeners;
  /** Where the files are. */
  folder!: string;
  /** What they say. */
  community = exampleCommunity(BLOCKS);
  /** Alice, the owner. */
  owner!: Visitor;

  async up(): Promise<void> {
    this.server = await LocalServer.served();
    this.listeners = await Listeners.around(this.server);
    // The relay's name, for the machine.
    const zone = await this.server.civo<{ id: string }>('POST', 'dns', { name: 'example.net' });
    const record = { type: 'A', name: 'smtp', value: this.server.cloud.addresses.gateway, ttl: 600 };
    await this.server.civo('POST', `dns/${zone.id}/records`, record);

    this.folder = join(this.server.folder, 'community');
    writeCommunity(this.folder, this.community);
    await this.server.stack.setConfig({ community: this.folder });
    await this.server.stack.up();
    const { owner } = await this.server.outputs();
    this.owner = await this.signedIn(owner.email, owner.password, 'read admin:read admin:write');
  }

  async remove(): Promise<void> {
    // What did not come up leaves nothing either.
    await (this.listeners as Listeners | undefined)?.stop();
    await (this.server as LocalServer | undefined)?.remove();
  }

  readonly signedIn = async (email: string, password: string, scopes = 'read'): Promise<Visitor> => {
    const person = await this.server.visitor();
    await person.signIn(email, password);
    await person.authorize(scopes);
    return person;
  };

  /** Edits the files, and lets `up` bring them to the server. */
  readonly change = async (next: Partial<Community>): Promise<string> => {
    this.community = { ...this.community, ...next };
    writeCommunity(this.folder, this.community);
    return (await this.server.stack.up()).stdout;
  };

  readonly blockOf = async (domain: string): Promise<Block> => {
    const blocks = (await this.owner.api('GET', '/api/v1/admin/domain_blocks?limit=500')) as Block[];
    const found = blocks.find((block) => block.domain === domain);
    if (!found) throw new Error(`no block of ${domain}`);
    return found;
  };

  readonly inUi = async (domain: string, severity: string) =>
    this.owner.api('PUT', `/api/v1/admin/domain_blocks/${(await this.blockOf(domain)).id}`, { severity });

  readonly withSeverity = (domain: string, severity: Community['domainBlocks'][number]['severity']) =>
    this.community.domainBlocks.map((block) => (block.domain === domain ? { ...block, severity } : block));

  /** A command of cli/ as Alice runs it on the folder. */
  readonly operation = async (name: string): Promise<string> => {
    const done = await this.server.operation(name, { COMMUNITY: this.folder });
    expect([done.exitCode, done.stderr]).toEqual([0, expect.anything()]);
    return done.stdout;
  };
}
