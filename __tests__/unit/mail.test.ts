/** How the relay is spoken to: by the alerts' own program and by `bin/mastodon init`, against a relay that takes nothing else. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { handoverFiles, type HandoverValues } from '../../cloud-init/bundle';
import { openAuthority } from '../../local/services/authority';
import type { Settings } from '../../settings';
import { DELIVERED_SECRETS } from '../../settings/secret-names';
import { exampleSettings } from '../support/example-settings';

const checkout = join(__dirname, '..', '..');
const LIBRARY = join(checkout, 'cloud-init/handover/usr/local/lib/mastodon');
const HOST = 'smtp.example.net';
const LOGIN = { user: 'toot', password: 'correct horse "battery"' };
const run = promisify(execFile);

let folder: string;
let trust: string;
let relay: SMTPServer;
let port: number;
const mails: { text: string; encrypted: boolean }[] = [];

/** TLS from the first byte, and LOGIN alone: as on port 465 of some relays. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mail-'));
  const authority = await openAuthority(folder);
  trust = authority.certificate;
  const { key, certificate } = await authority.issue('relay', [HOST]);
  relay = new SMTPServer({
    secure: true,
    authMethods: ['LOGIN'],
    key: readFileSync(key),
    cert: readFileSync(certificate),
    onAuth: ({ username, password }, _session, done) => {
      const known = username === LOGIN.user && password === LOGIN.password;
      done(known ? null : new Error('unknown login'), { user: username });
    },
    onData: (stream, { secure }, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        mails.push({ text: Buffer.concat(parts).toString(), encrypted: secure });
        done();
      });
    },
  });
  relay.on('error', () => undefined); // a client that goes away
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  ({ port } = relay.server.address() as AddressInfo);
});

afterAll(async () => {
  await new Promise<void>((resolve) => {
    relay.close(resolve);
  });
  rmSync(folder, { recursive: true });
});

const smtp = (changes: object = {}) => ({
  ...{ host: HOST, port, user: LOGIN.user, password: LOGIN.password, from: 'Toot <toot@toot.example>' },
  ...changes,
});

/** A file of the handover, for these settings of the relay. */
function file(path: string, changes: object): string {
  const settings = exampleSettings({ smtp: smtp(changes) }) as unknown as Settings;
  const values = Object.fromEntries(
    VALUES.map((name) => [name, name === 'smtpPassword' ? LOGIN.password : '']),
  );
  const files = handoverFiles(settings, '', values as unknown as HandoverValues);
  return files.find((one) => one.path.endsWith(path))?.content ?? '';
}

/** What the bundle needs beside the settings. */
const VALUES: readonly string[] = [
  ...DELIVERED_SECRETS,
  ...`publicAddress smtpPassword mediaEndpoint mediaBucket mediaAccessKey mediaSecretKey backupEndpoint backupBucket backupAccessKey
    backupSecretKey vpnPrivateKey vpnPeers secondarySecretKey`.split(/\s+/),
];

/** `alert test` of the machine, in a folder of its own. */
async function alertTest(changes: object) {
  const root = mkdtempSync(join(folder, 'machine-'));
  const etc = join(root, 'etc');
  mkdirSync(etc);
  writeFileSync(join(etc, 'alert-settings.sh'), file('/etc/mastodon/alert-settings.sh', changes));
  writeFileSync(join(etc, 'secrets.env'), file('/etc/mastodon/secrets.env', changes));
  writeFileSync(join(root, '.curlrc'), `resolve = "${HOST}:${String(port)}:127.0.0.1"\n`);
  const env = { ...process.env, CURL_HOME: root, CURL_CA_BUNDLE: trust };
  const script = `
import sys
from pathlib import Path
sys.path.insert(0, ${JSON.stringify(LIBRARY)})
from mastodonctl.alert import Places, send_test
sys.exit(send_test(Places(etc=Path(${JSON.stringify(etc)}))))`;
  return run('python3', ['-I', '-B', '-c', script], { env });
}

test.each([
  ['by the port', { port: 465 }, 'SMTP_TLS=true'],
  ['by the port where 465 is blocked', { port: 2465 }, 'SMTP_TLS=true'],
  ['as it is set', { port: 2525, tls: 'implicit' }, 'SMTP_TLS=true'],
  ['not by default', { port: 2525 }, 'SMTP_ENABLE_STARTTLS=always'],
  ['not where it is set otherwise', { port: 465, tls: 'starttls' }, 'SMTP_ENABLE_STARTTLS=always'],
])('Mastodon begins with TLS, or asks for it, and never both: %s', (_, changes, line) => {
  const environment = file('/etc/mastodon/mastodon.env', changes);
  expect(environment.match(/^SMTP_(TLS|SSL|ENABLE_STARTTLS)\w*=.*$/gm)).toEqual([line]);
});

test('an alert goes out over TLS from the first byte, by the login that is set', async () => {
  await alertTest({ tls: 'implicit', authentication: 'login' });
  expect(mails).toEqual([{ encrypted: true, text: expect.stringContaining('This is a test') as string }]);
});

test('an alert does not go out where Mastodon’s mail would not', async () => {
  await expect(alertTest({ tls: 'implicit', authentication: 'plain' })).rejects.toThrow();
});

test.each([
  ['takes the relay', { tls: 'implicit', authentication: 'login' }, `takes the login of ${LOGIN.user}`],
  [
    'refuses another login',
    { tls: 'implicit', authentication: 'login', password: 'wrong' },
    'refuses the login',
  ],
])('bin/mastodon init %s as the server will use it', async (_, changes, said) => {
  const script = `
    const { relayTakesLogin } = require('./cli/init/relay.ts');
    const outside = { addresses: () => Promise.resolve(['127.0.0.1']) };
    relayTakesLogin(${JSON.stringify({ ...smtp(), ...changes })}, outside).then(({ text }) => { console.log(text); process.exit(); });`;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: trust };
  const { stdout } = await run('node', ['--import', 'tsx', '--eval', script], { cwd: checkout, env });
  expect(stdout).toContain(said);
});
