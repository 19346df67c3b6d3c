/** A server whose Mastodon is upgraded, and releases that are made for a test. The images are stand-ins. */
import type { ImageFile } from '../../../local/stand-in/stand-in';
import type { Visitor } from '../visitor';
import { LocalServer } from './local-server';
import type { Outputs } from './outputs';

export type Release = Awaited<ReturnType<LocalServer['release']>> & { tasks?: string[] };

interface UpgradeReport {
  from: string;
  to: string;
  steps: { name: string; seconds: number }[];
  outcome: string;
  point?: string;
}

export class UpgradedServer {
  server!: LocalServer;
  outputs!: Outputs;
  /** The owner, logged in. */
  visitor!: Visitor;

  async up(): Promise<void> {
    this.server = await LocalServer.served();
    this.outputs = await this.server.outputs();
    this.visitor = await this.server.owner();
  }

  async remove(): Promise<void> {
    // What did not come up leaves nothing either.
    await (this.server as LocalServer | undefined)?.remove();
  }

  readonly root = (script: string) => this.server.root(script);
  readonly sql = (query: string) => this.server.sql(query);
  readonly post = (status: string) => this.visitor.api('POST', '/api/v1/statuses', { status });

  readonly report = async () =>
    JSON.parse(await this.root('cat /var/lib/mastodon/upgrade-report.json')) as UpgradeReport;

  /** The version that visitors see, on a page of which nothing keeps a copy. */
  readonly serving = async () => {
    const { body } = await this.visitor.get('/');
    return / version ([^<]+)</.exec(body)?.[1];
  };

  /** How an `up` to a release ended: it came to its end, or what it said. */
  readonly upTo = async (mastodon: Release): Promise<string> => {
    await this.server.stack.setConfig({ mastodon });
    return this.server.stack.up().then(
      () => 'came to its end',
      (reason: unknown) => String(reason),
    );
  };
}

/** A file of a release that is made for a test; `path` is below Mastodon's folder. */
export const file = (path: string, text: string): ImageFile => ({
  path: `opt/mastodon/${path}`,
  content: Buffer.from(text),
  executable: false,
});

export const migration = (kind: 'migrate' | 'post_migrate', version: string, name: string, body: string) =>
  file(
    `db/${kind}/${version}_${name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()}.rb`,
    `class ${name} < ActiveRecord::Migration[7.2]\n  def up\n    ${body}\n  end\nend\n`,
  );
