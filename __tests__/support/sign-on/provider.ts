/** A real provider of OpenID Connect (`oidc-provider`), and a person who logs in at it as Mastodon would have them do. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../free-endpoint';
import { startServer } from '../server-process';

interface Provider {
  readonly issuer: string;
  readonly stop: () => Promise<void>;
}

export async function startProvider(
  tls: { certificate: string; key: string },
  client: object,
): Promise<Provider> {
  const port = await freePort();
  const program = join(__dirname, 'oidc-provider.mjs');
  const args = [String(port), tls.certificate, tls.key, JSON.stringify(client)];
  const { stop } = await startServer('oidc-provider', [process.execPath, program, ...args], [port]);
  return { issuer: `https://localhost:${String(port)}`, stop };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Variables = Readonly<Record<string, string>>;

/** Logs alice in with Mastodon's variables, as omniauth_openid_connect does it, and returns what the provider says of her. */
export async function loggedIn(variables: Variables, trust: string): Promise<Record<string, unknown>> {
  const cookies = new Map<string, string>();
  const send = (url: string, options: { form?: Variables; headers?: Record<string, string> } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const body = options.form && new URLSearchParams(options.form).toString();
      const headers = {
        Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...options.headers,
      };
      const outgoing = request(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        ca: readFileSync(trust),
      });
      outgoing.once('error', reject).once('response', (answer) => {
        for (const cookie of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          cookies.set(name, value);
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
      outgoing.end(body);
    });
  const { OIDC_ISSUER: issuer = '', OIDC_CLIENT_ID: id = '', OIDC_CLIENT_SECRET: secret = '', OIDC_REDIRECT_URI: back = '', OIDC_SCOPE: scope = '' } = variables; // prettier-ignore
  const discovered = JSON.parse((await send(`${issuer}/.well-known/openid-configuration`)).body) as Variables;
  const asked = {
    client_id: id,
    redirect_uri: back,
    response_type: 'code',
    scope: scope.replaceAll(',', ' '),
    state: 's',
    nonce: 'n',
  };
  let url = `${discovered.authorization_endpoint ?? ''}?${new URLSearchParams(asked).toString()}`;
  for (let step = 0; !url.startsWith(back); step++) {
    let answer = await send(url);
    // Its pages for development: a login with any name, and a consent.
    const prompt = /name="prompt" value="(\w+)"/.exec(answer.body)?.[1];
    const action = /<form[^>]*action="([^"]+)"/.exec(answer.body)?.[1];
    if (prompt !== undefined && action !== undefined)
      answer = await send(new URL(action, url).href, { form: { prompt, login: 'alice', password: 'any' } });
    const { location } = answer.headers;
    if (location === undefined || step > 10)
      throw new Error(`${url} answers ${String(answer.status)}: ${answer.body}`);
    url = new URL(location, url).href;
  }
  const code = new URL(url).searchParams.get('code') ?? '';
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
  const token = await send(discovered.token_endpoint ?? '', {
    form: { grant_type: 'authorization_code', code, redirect_uri: back },
    headers: { Authorization: `Basic ${basic}` },
  });
  const { access_token: access = '' } = JSON.parse(token.body) as Variables;
  const person = await send(discovered.userinfo_endpoint ?? '', {
    headers: { Authorization: `Bearer ${access}` },
  });
  return JSON.parse(person.body) as Record<string, unknown>;
}
