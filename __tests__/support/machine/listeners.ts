/** Who listens to a server's alerts: a mail relay and a web server, both real, on the cloud's network. */
import { type EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { SMTPServer } from 'smtp-server';
import { openAuthority } from '../../../local/services/authority';
import type { LocalServer } from './local-server';

export interface Mail {
  to: string[];
  text: string;
  encrypted: boolean;
}

export interface Hook {
  state: string;
  name: string;
  text: string;
}

export class Listeners {
  readonly mails: Mail[] = [];
  readonly hooks: Hook[] = [];
  pings = 0;

  private constructor(
    private readonly server: LocalServer,
    private readonly names: readonly string[],
    private readonly stops: (() => Promise<void>)[],
  ) {}

  /**
   * Starts both on the gateway of a server's cloud, with certificates of its authority: the relay of its settings, which
   * takes mail from its login alone, and the web server of these names.
   */
  static async around(server: LocalServer, ...webNames: string[]): Promise<Listeners> {
    const { addresses, stateFolder } = server.cloud;
    const address = addresses.gateway;
    const names = [server.smtp.host, ...webNames];
    const authority = await openAuthority(stateFolder);
    const files = await authority.issue('listeners', names);
    const tls = { key: readFileSync(files.key), cert: readFileSync(files.certificate) };
    const stops: (() => Promise<void>)[] = [];
    const listeners = new Listeners(server, names, stops);

    const relay = new SMTPServer({
      ...tls,
      authOptional: false,
      onAuth: ({ username, password }, _session, done) => {
        if (username === server.smtp.user && password === server.smtp.password)
          done(null, { user: username });
        else done(new Error('unknown login'));
      },
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map((recipient) => recipient.address);
          listeners.mails.push({ to, text: Buffer.concat(parts).toString(), encrypted: session.secure });
          done();
        });
      },
    });
    relay.on('error', () => undefined); // a client that goes away
    await listening(relay.server, () => relay.listen(2525, address));
    stops.push(
      () =>
        new Promise((resolve) => {
          relay.close(resolve);
        }),
    );

    const web = createServer(tls, (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (request.method === 'GET') listeners.pings++;
        else listeners.hooks.push(JSON.parse(Buffer.concat(parts).toString()) as Hook);
        response.end('ok');
      });
    });
    await listening(web, () => web.listen(8443, address));
    stops.push(
      () =>
        new Promise((resolve) => {
          web.closeAllConnections();
          web.close(() => {
            resolve();
          });
        }),
    );
    return listeners;
  }

  /** Sends the machine their addresses. Its containers know it from their next start on. */
  async introduce(): Promise<void> {
    const line = [this.server.cloud.addresses.gateway, ...this.names].join(' ');
    await this.server.sudo(`sh -c 'echo "${line}" >>/etc/hosts'`);
  }

  async stop(): Promise<void> {
    for (const stop of this.stops) await stop();
  }
}

/** @throws Error if another process listens there */
async function listening(server: EventEmitter, listen: () => void): Promise<void> {
  const begun = once(server, 'listening');
  listen();
  await begun;
}
