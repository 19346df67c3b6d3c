/** Mastodon's stand-in with a database, in which the community is applied by our Ruby. Needs root (chroot). */
import type { ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Community } from '../../../community-files/types';
import { buildStandIn } from '../../../local/stand-in/stand-in';
import { Container, type Outcome } from '../stand-in/container';
import { type Databases, startDatabases, stop } from '../stand-in/databases';

const PROGRAM = join(
  __dirname,
  '..',
  '..',
  '..',
  'cloud-init',
  'handover',
  'usr',
  'local',
  'share',
  'mastodon',
  'community',
);
const RUN = ['bundle', 'exec', 'rails', 'runner', '/community/main.rb'];
/** Starting Rails takes seconds: a test looks around in one process. */
const ANSWER = '=> ';
const CONSOLE = `require 'sidekiq/api'; $stdout.sync = true; while (line = $stdin.gets) do puts "${ANSWER}#{ActiveRecord::Base.uncached { eval(line) }.to_json}" end`;

export class CommunityStandIn {
  private readonly answers: AsyncIterator<string, undefined>;

  private constructor(
    private readonly folder: string,
    readonly web: Container,
    readonly databases: Databases,
    readonly environment: Record<string, string>,
    private readonly inside: ChildProcess,
  ) {
    inside.stderr?.pipe(process.stderr);
    if (!inside.stdout) throw new Error('the console has no output');
    this.answers = createInterface(inside.stdout)[Symbol.asyncIterator]() as typeof this.answers;
  }

  /** With an owner, alice. */
  static async start(version: string): Promise<CommunityStandIn> {
    if (process.getuid?.() !== 0) throw new Error('The stand-in is tried in a chroot: run this test as root');
    const folder = mkdtempSync(join(tmpdir(), 'community-'));
    chmodSync(folder, 0o755); // PostgreSQL runs as another user
    const images = await buildStandIn(version, () => undefined);
    const web = await Container.unpack(images.web, join(folder, 'web'));
    cpSync(PROGRAM, join(web.root, 'community'), { recursive: true });
    const databases = await startDatabases(folder);
    const environment = { ...databases.environment, SAFETY_ASSURED: '1', RAILS_LOG_LEVEL: 'warn' };
    await ran(web.run(['rails', 'db:prepare'], environment));
    const owner = ['accounts', 'create', 'alice', '--email', 'alice@mastodon.test', '--role', 'Owner'];
    await ran(web.run(['tootctl', ...owner, '--confirmed', '--approve'], environment));
    const inside = web.start(['bundle', 'exec', 'rails', 'runner', CONSOLE], environment);
    return new CommunityStandIn(folder, web, databases, environment, inside);
  }

  async stop(): Promise<void> {
    await stop(this.inside);
    await this.databases.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  attempt(desired: Community, take: readonly string[] = []): Promise<Outcome> {
    return this.web.run([...RUN, 'apply'], this.environment, JSON.stringify({ desired, take }));
  }

  apply(desired: Community, take?: readonly string[]): Promise<string> {
    return ran(this.attempt(desired, take));
  }

  async ask<T>(command: 'read' | 'drift'): Promise<T> {
    const said = await ran(this.web.run([...RUN, command], this.environment, 'null'));
    return JSON.parse(said.trim().split('\n').at(-1) ?? '') as T;
  }

  /** What a Ruby expression gives inside Mastodon. */
  async ruby(expression: string): Promise<unknown> {
    this.inside.stdin?.write(`${expression.replaceAll('\n', ' ')}\n`);
    for (;;) {
      const { value: line, done } = await this.answers.next();
      if (done === true) throw new Error(`the console ended at: ${expression}`);
      if (line.startsWith(ANSWER)) return JSON.parse(line.slice(ANSWER.length));
    }
  }
}

async function ran(running: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`exit code ${String(code)}\n${stdout}${stderr}`);
  return stdout;
}
