/** People who post, read and listen all the time, as browsers and apps do, and note whatever goes wrong. */
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { Visitor } from '../visitor';
import { eventually } from '../eventually';
import { DOMAIN, type LocalServer } from './local-server';
import { Writer } from './writer';

/** What they noticed. */
export interface Report {
  /** Posts that the server took. */
  posts: string[];
  /** Answers to posts and to reading. */
  requests: number;
  /** Requests without the answer that was due. */
  failures: string[];
  /** The longest time in which no post was accepted, in seconds. */
  longestGap: number;
  /** The longest time in which the listener was not connected, in seconds. */
  longestSilence: number;
}

/** Two who post, one who reads, one who listens. */
export class Traffic {
  private constructor(
    private readonly writers: readonly Writer[],
    private readonly reader: Reader,
    private readonly listener: Listener,
  ) {}

  static async begin(server: LocalServer, name: string): Promise<Traffic> {
    const { publicAddress } = await server.outputs();
    const visitor = await server.owner();
    const listener = new Listener(server, publicAddress, visitor);
    server.guests.push(listener);
    await eventually('the listener is connected', () => Promise.resolve(listener.isConnected), 20);
    const writers = ['one', 'two'].map((who) => new Writer(visitor, `${name}, ${who},`, 300));
    const reader = new Reader(visitor);
    server.guests.push(reader, ...writers);
    return new Traffic(writers, reader, listener);
  }

  /** Ends once the listener has heard of every post, for which the jobs behind them must have been done. */
  async end(): Promise<Report> {
    await Promise.all([...this.writers, this.reader].map((one) => one.end()));
    const posts = this.writers.flatMap(({ acknowledged }) => acknowledged);
    await eventually('the listener has heard of every post', () => {
      const unheard = posts.filter((post) => !this.listener.heard.has(post));
      if (unheard.length > 0) throw new Error(`not of ${unheard.join('; ')}`);
      return Promise.resolve(true);
    });
    this.listener.end();
    return {
      posts,
      requests: posts.length + this.reader.answers,
      failures: [...this.writers, this.reader].flatMap(({ failures }) => failures),
      longestGap: Math.max(...this.writers.map(({ longestSilence }) => longestSilence)),
      longestSilence: this.listener.longestSilence,
    };
  }
}

/** What people have noticed: nothing. Each post that was taken is there, and once. */
export async function expectUnnoticed(server: LocalServer, traffic: Traffic): Promise<void> {
  const { posts, failures } = await traffic.end();
  expect(failures).toEqual([]);
  const [prefix = ''] = posts[0]?.split(',') ?? [];
  const kept = (await server.sql(`SELECT text FROM statuses WHERE text LIKE '${prefix}, %'`)).split('\n');
  expect(kept.sort()).toEqual(posts.sort());
}

/** Reads pages and timelines. */
class Reader {
  answers = 0;
  readonly failures: string[] = [];
  private readonly done: Promise<void>;
  private ended = false;

  constructor(private readonly visitor: Visitor) {
    this.done = this.read();
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.done;
  }

  private async read(): Promise<void> {
    const paths = ['/api/v1/timelines/home', '/api/v2/instance', '/', '/packs/preview.svg'];
    for (let n = 0; !this.ended; n += 1) {
      const path = paths[n % paths.length] ?? '';
      const problem = await this.visitor
        .request('GET', path)
        .then(
          ({ status, body }) => (status === 200 ? undefined : `${String(status)} ${body.slice(0, 80)}`),
          String,
        );
      if (problem === undefined) this.answers += 1;
      else this.failures.push(`${new Date().toISOString()} ${path}: ${problem}`);
      await sleep(100);
    }
  }
}

/** Listens to the home timeline. Like Mastodon's own clients, it connects again and then looks what it has missed. */
class Listener {
  /** The texts of posts. */
  readonly heard = new Set<string>();
  /** In seconds. */
  longestSilence = 0;
  private disconnectedAt: number | undefined = performance.now();
  private socket: WebSocket | undefined;
  private ended = false;

  constructor(
    private readonly server: LocalServer,
    private readonly address: string,
    private readonly visitor: Visitor,
  ) {
    this.connect();
  }

  get isConnected(): boolean {
    return this.disconnectedAt === undefined;
  }

  end(): void {
    this.ended = true;
    this.socket?.close();
  }

  private connect(): void {
    this.socket = new WebSocket(
      `wss://${this.address}/api/v1/streaming?stream=user&access_token=${this.visitor.token}`,
      { headers: { Host: DOMAIN }, agent: new Agent({ servername: DOMAIN, ca: this.server.ca }) },
    );
    this.socket.on('open', () => {
      this.connected();
    });
    this.socket.on('message', (data: Buffer) => {
      const { event, payload } = JSON.parse(data.toString()) as { event?: string; payload?: string };
      if (event === 'update') this.hear(JSON.parse(payload ?? '') as Status);
    });
    // Refused or torn off: "close" follows.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.disconnectedAt ??= performance.now();
      if (!this.ended) setTimeout(() => { this.connect(); }, 250); // prettier-ignore
    });
  }

  private connected(): void {
    const silence = (performance.now() - (this.disconnectedAt ?? NaN)) / 1_000;
    // The first connection ends no silence.
    if (this.heard.size > 0) this.longestSilence = Math.max(this.longestSilence, silence);
    this.disconnectedAt = undefined;
    void this.catchUp();
  }

  /** Twice: the server takes a moment to subscribe, and some seconds where the computer is busy. */
  private async catchUp(): Promise<void> {
    for (const pause of [1_000, 4_000]) {
      await sleep(pause);
      if (this.ended) return;
      const home = await this.visitor.request('GET', '/api/v1/timelines/home?limit=40');
      if (home.status === 200) for (const status of JSON.parse(home.body) as Status[]) this.hear(status);
    }
  }

  private hear({ content }: Status): void {
    this.heard.add(content.replace(/<[^>]+>/g, ''));
  }
}

interface Status {
  content: string;
}
