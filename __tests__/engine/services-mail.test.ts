/** The local mail relay, with the real catcher behind it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { ensureMailCatcher } from '../../local/mail/catcher';
import { openAuthority } from '../../local/services/authority';
import { type MailOptions, startMail } from '../../local/services/mail';
import type { Service } from '../../local/services/program';
import { freeEndpoint } from '../support/free-endpoint';

let folder: string;
let ca: Buffer;
let options: MailOptions;
let mail: Service;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'services-mail-'));
  const authority = await openAuthority(folder);
  ca = readFileSync(authority.certificate);
  options = {
    catcher: await ensureMailCatcher(),
    listen: await freeEndpoint(),
    inner: await freeEndpoint(),
    page: await freeEndpoint(),
    tls: await authority.issue('mail', ['127.0.0.1']),
    folder: join(folder, 'mail'),
    logFolder: folder,
    log: () => undefined,
  };
  mail = await startMail(options);
}, 300_000);

afterAll(async () => {
  await mail.stop();
  rmSync(folder, { recursive: true });
});

interface Caught {
  subject: string;
  to: { address: string }[];
  text: string;
}

const page = () => `http://127.0.0.1:${String(options.page.port)}/`;
const caught = async () => (await (await fetch(`${page()}api/email`)).json()) as Caught[];

/** As Mastodon sends it, or with less of what it does. */
function send(subject: string, changes: object = {}): Promise<unknown> {
  const { address: host, port } = options.listen;
  const login = { user: 'mastodon', pass: 'any' };
  const relay = createTransport({ host, port, auth: login, requireTLS: true, tls: { ca }, ...changes });
  const text = 'Set your password:\n.\nhttps://mastodon.test/auth/password/edit';
  return relay.sendMail({ from: 'a@mastodon.test', to: 'bob@mastodon.test', subject, text });
}

test('the relay takes mail over STARTTLS with a login, and the page shows it whole, also after a restart', async () => {
  await send('Invitation');
  const mails = await caught();
  expect(mails).toHaveLength(1);
  expect(mails[0]?.to[0]?.address).toBe('bob@mastodon.test');
  expect(mails[0]?.text).toContain('password:\n.\nhttps://mastodon.test/auth/password/edit');

  const html = await fetch(page(), { headers: { Accept: 'text/html' } });
  expect([html.status, await html.text()]).toEqual([200, expect.stringContaining('MailDev')]);

  await mail.stop();
  mail = await startMail(options);
  expect((await caught()).map(({ subject }) => subject)).toEqual(['Invitation']);
});

test('the relay refuses mail without a login and logins without TLS, as those of production', async () => {
  await expect(send('Nobody', { auth: undefined })).rejects.toThrow(/authentication required/i);
  await expect(send('Plain', { requireTLS: false, ignoreTLS: true })).rejects.toThrow('STARTTLS');
  expect((await caught()).map(({ subject }) => subject)).not.toContain('Nobody');
});
