/**
 * The server as the rest of the world sees it. `RESOLVER=address` asks another name server than this computer's, and
 * `NODE_EXTRA_CA_CERTS=file` trusts another authority.
 */
import { randomBytes } from 'node:crypto';
import { promises as dns } from 'node:dns';
import { type IncomingHttpHeaders, request as requestOpenly } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { connect, type PeerCertificate } from 'node:tls';
import { given } from '../lib/pulumi-cli';

const PATIENCE_MS = 15_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class Outside {
  private readonly resolver = new dns.Resolver({ timeout: 5_000, tries: 2 });

  constructor() {
    const other = given('RESOLVER');
    if (other !== undefined) this.resolver.setServers([other]);
  }

  addresses = (name: string) => orNone(this.resolver.resolve4(name));
  addresses6 = (name: string) => orNone(this.resolver.resolve6(name));
  /** CAA records. */
  authorities = (name: string) => orNone(this.resolver.resolveCaa(name));
  /** Hosts of MX records. That of a domain without mail (RFC 7505) has no name, and is left out. */
  async mailServers(name: string): Promise<readonly string[]> {
    const records = await orNone(this.resolver.resolveMx(name));
    return records.map(({ exchange }) => exchange).filter((exchange) => !['', '.'].includes(exchange));
  }
  nameServers = (name: string) => orNone(this.resolver.resolveNs(name));
  namesOf = (address: string) => orNone(this.resolver.reverse(address));

  /** The texts of a name, each in one piece. */
  async texts(name: string): Promise<readonly string[]> {
    return (await orNone(this.resolver.resolveTxt(name))).map((pieces) => pieces.join(''));
  }

  /** One answer; redirects are not followed. */
  get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask(new URL(url), headers, (outgoing, resolve) => {
      outgoing.on('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
        });
      });
    });
  }

  /** Follows redirects, as browsers and other servers do. */
  async follow(url: string, headers: Record<string, string> = {}, hops = 3): Promise<Answer> {
    const answer = await this.get(url, headers);
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || location === undefined || hops === 0) return answer;
    return this.follow(new URL(location, url).href, headers, hops - 1);
  }

  /** Asks for a WebSocket: the answer's status is 101 if it opens. */
  openSocket(url: string): Promise<Answer> {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    };
    return this.ask(new URL(url), headers, (outgoing, resolve) => {
      const done = (answer: { statusCode?: number; headers: IncomingHttpHeaders }) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: '' });
        outgoing.destroy();
      };
      outgoing.on('upgrade', done).on('response', done);
    });
  }

  /** What a name's server shows on port 443; rejects if it isn't to be trusted. */
  async certificate(name: string): Promise<PeerCertificate> {
    const [host] = await this.addresses(name);
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: 443, servername: name, timeout: PATIENCE_MS });
      socket.once('secureConnect', () => {
        resolve(socket.getPeerCertificate());
        socket.end();
      });
      socket.once('timeout', () => socket.destroy(new Error('no answer')));
      socket.once('error', reject);
    });
  }

  private ask(
    url: URL,
    headers: Record<string, string>,
    listen: (outgoing: ReturnType<typeof request>, resolve: (answer: Answer) => void) => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options: RequestOptions = { headers, agent: false, timeout: PATIENCE_MS, lookup: this.lookup };
      const outgoing = (url.protocol === 'http:' ? requestOpenly : request)(url, options);
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${url.href} does not answer`)));
      outgoing.once('error', reject);
      listen(outgoing, resolve);
      outgoing.end();
    });
  }

  private readonly lookup: RequestOptions['lookup'] = (name, options, done) => {
    this.addresses(name).then(
      (found) => {
        const [first] = found;
        if (first === undefined) done(new Error(`${name} leads to no address`), '', 4);
        else if (options.all)
          done(null, found.map((address) => ({ address, family: 4 }))); // prettier-ignore
        else done(null, first, 4);
      },
      (error: unknown) => {
        done(error as Error, '', 4);
      },
    );
  };
}

/** A name without such records is an answer, too. */
async function orNone<T>(answer: Promise<T[]>): Promise<T[]> {
  return answer.catch((error: unknown) => {
    const { code } = error as { code?: string };
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    throw error;
  });
}
