/** A person with a browser and an app, at a web server. */
import { request, type IncomingHttpHeaders } from 'node:http';
import { request as requestSecurely } from 'node:https';

const PATIENCE_MS = 30_000;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Where the server of a domain is found. With a `ca` it is asked over HTTPS, as its domain. */
export interface Server {
  host: string;
  port: number;
  ca?: Buffer;
}

export class Visitor {
  token = '';
  private cookies = new Map<string, string>();

  constructor(
    private readonly domain: string,
    private readonly server: Server,
  ) {}

  get(path: string, options: { host?: string; proto?: string } = {}): Promise<Answer> {
    return this.send('GET', path, {
      Host: options.host ?? this.domain,
      'X-Forwarded-Proto': options.proto ?? 'https',
    });
  }

  /** Fills in the login form, as a browser would. */
  async signIn(email: string, password: string): Promise<void> {
    const form = await this.get('/auth/sign_in');
    const answer = await this.submit('/auth/sign_in', form.body, {
      'user[email]': email,
      'user[password]': password,
    });
    if (answer.status !== 302) throw new Error(`sign-in: ${String(answer.status)}`);
  }

  /** Follows the link of an invitation, or of a forgotten password. */
  async setPassword(link: string, password: string): Promise<void> {
    const form = await this.get(link);
    const answer = await this.submit('/auth/password', form.body, {
      _method: 'put',
      'user[reset_password_token]':
        new URL(link, `https://${this.domain}`).searchParams.get('reset_password_token') ?? '',
      'user[password]': password,
      'user[password_confirmation]': password,
    });
    if (answer.status !== 302) throw new Error(`new password: ${String(answer.status)} ${answer.body}`);
  }

  /** Registers an app and lets it in, by the authorization code. */
  async authorize(scopes: string): Promise<void> {
    const redirectUri = 'urn:ietf:wg:oauth:2.0:oob';
    const app = (await this.api('POST', '/api/v1/apps', {
      client_name: 'test',
      redirect_uris: redirectUri,
      scopes,
    })) as { client_id: string; client_secret: string };
    const query = {
      client_id: app.client_id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: scopes,
    };
    const page = await this.get(`/oauth/authorize?${new URLSearchParams(query).toString()}`);
    if (page.status !== 200) throw new Error(`authorization page: ${String(page.status)} ${page.body}`);
    const answer = await this.submit('/oauth/authorize', page.body, query);
    if (answer.status !== 302) throw new Error(`authorization: ${String(answer.status)} ${answer.body}`);
    const code =
      new URL(answer.headers.location ?? '', `https://${this.domain}`).searchParams.get('code') ?? '';
    const token = (await this.api('POST', '/oauth/token', {
      grant_type: 'authorization_code',
      code,
      client_id: app.client_id,
      client_secret: app.client_secret,
      redirect_uri: redirectUri,
    })) as { access_token: string };
    this.token = token.access_token;
  }

  request(method: string, path: string, body?: object, idempotencyKey?: string): Promise<Answer> {
    return this.send(
      method,
      path,
      {
        ...this.asApp(),
        ...(body && { 'Content-Type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
      },
      body && JSON.stringify(body),
    );
  }

  /** An API call that has to succeed. */
  async api(method: string, path: string, body?: object, idempotencyKey?: string): Promise<unknown> {
    return parse(await this.request(method, path, body, idempotencyKey), path);
  }

  async upload(picture: Buffer, description: string): Promise<unknown> {
    const form = new FormData();
    form.append('file', new Blob([picture]), 'picture.png');
    form.append('description', description);
    const encoded = new Response(form);
    const type = encoded.headers.get('content-type') ?? '';
    const body = Buffer.from(await encoded.arrayBuffer());
    return parse(
      await this.send('POST', '/api/v2/media', { ...this.asApp(), 'Content-Type': type }, body),
      'media',
    );
  }

  private asApp() {
    const headers = { Host: this.domain, 'X-Forwarded-Proto': 'https' };
    return this.token === '' ? headers : { ...headers, Authorization: `Bearer ${this.token}` };
  }

  private submit(path: string, page: string, fields: Record<string, string>): Promise<Answer> {
    const token = /name="csrf-token" content="([^"]+)"/.exec(page)?.[1] ?? '';
    const body = new URLSearchParams({ ...fields, authenticity_token: token }).toString();
    const headers = { Host: this.domain, 'X-Forwarded-Proto': 'https', Origin: `https://${this.domain}` };
    return this.send('POST', path, { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }, body);
  }

  private send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | Buffer,
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((resolve, reject) => {
      const outgoing = (this.server.ca ? requestSecurely : request)(
        {
          ...this.server,
          servername: this.domain,
          method,
          path,
          headers: { ...headers, Cookie: cookie },
          // A connection kept from before a reboot would be tried for minutes.
          agent: false,
          timeout: PATIENCE_MS,
        },
        (answer) => {
          for (const line of answer.headers['set-cookie'] ?? []) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
            if (name !== undefined && value !== undefined) this.cookies.set(name, value);
          }
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${path}: no answer`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function parse(answer: Answer, path: string): unknown {
  if (answer.status !== 200) throw new Error(`${path}: ${String(answer.status)} ${answer.body}`);
  return JSON.parse(answer.body);
}
