/**
 * Sign-on with real providers: what the settings become in Mastodon's environment serves at an `oidc-provider` and a slapd, and the
 * machine's own program says what is wrong where it does not.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environmentFiles } from '../../cloud-init/environment-files';
import { openAuthority } from '../../local/services/authority';
import { environmentOf } from '../../settings/variables-of-settings';
import { exampleSettings } from '../support/example-settings';
import { programSettings } from '../support/program-settings';
import { loggedIn, startProvider } from '../support/sign-on/provider';
import { BASE, BIND, startSlapd } from '../support/sign-on/slapd';

jest.setTimeout(120_000);

const program = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/ask-services');
const run = promisify(execFile);
/** Settings refuse this computer as a provider: its place is put in afterwards. */
const ELSEWHERE = 'services.example.net';
const oidc = { issuer: `https://${ELSEWHERE}`, clientId: 'mastodon', clientSecret: 'hush: of #OIDC/+ %' };

let folder: string;
let trust: string;
let provider: Awaited<ReturnType<typeof startProvider>>;
let slapd: Awaited<ReturnType<typeof startSlapd>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sign-on-'));
  const authority = await openAuthority(join(folder, 'authority'));
  trust = authority.certificate;
  const tls = await authority.issue('services', ['localhost']);
  mkdirSync(join(folder, 'slapd'));
  [provider, slapd] = await Promise.all([
    startProvider(tls, {
      client_id: oidc.clientId,
      client_secret: oidc.clientSecret,
      redirect_uris: ['https://toot.example/auth/auth/openid_connect/callback'],
    }),
    startSlapd(join(folder, 'slapd'), tls),
  ]);
});

afterAll(async () => {
  await provider.stop();
  await slapd.stop();
  rmSync(folder, { recursive: true });
});

/** `rails.env` of a stack with these settings. */
function environment(sso: Record<string, unknown>): string {
  const { mastodon } = programSettings('') as { mastodon: object };
  const settings = exampleSettings({ mastodon: { ...mastodon, sso } });
  const [rails] = environmentFiles('open', environmentOf(settings));
  return (rails?.content ?? '')
    .replaceAll(`https://${ELSEWHERE}`, provider.issuer)
    .replaceAll(ELSEWHERE, 'localhost');
}

async function asked(sso: Record<string, unknown>, change = (text: string) => text) {
  const file = join(folder, 'rails.env');
  writeFileSync(file, change(environment(sso)));
  const env = { ...process.env, SSL_CERT_FILE: trust };
  const { stdout } = await run(program, [file], { env });
  return (JSON.parse(stdout) as { service: string; serves: boolean; said: string }[]).map(
    ({ service, serves, said }) => `${service} ${serves ? 'serves' : 'does not serve'}: ${said}`,
  );
}

test('a person logs in at a real provider with what the settings become', async () => {
  const lines = environment({ oidc })
    .split('\n')
    .filter((line) => line.startsWith('OIDC_'));
  const variables = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  expect(await loggedIn(variables, trust)).toMatchObject({
    [variables.OIDC_UID_FIELD ?? '']: 'alice',
    email: 'alice@example.net',
  });
});

test('the machine finds the provider right, also with PKCE', async () => {
  for (const pkce of [false, true]) {
    expect(await asked({ oidc: { ...oidc, pkce } })).toEqual([
      `oidc serves: ${provider.issuer} is the provider, and knows this server`,
    ]);
  }
});

test.each<[string, Record<string, unknown>, (text: string) => string, RegExp]>([
  ['another secret', { oidc: { ...oidc, clientSecret: 'wrong' } }, (text) => text, /the provider refuses the secret of mastodon \(401 invalid_client\)/],
  ['another id', { oidc: { ...oidc, clientId: 'other' } }, (text) => text, /the page where people log in answers 400: the provider does not know the id other/],
  ['a scope that it has not', { oidc: { ...oidc, scope: ['openid', 'groups'] } }, (text) => text, /the provider does not know the scope groups; it has openid,/],
  ['another address of this server', { oidc }, (text) => text.replace('https://toot.example/auth', 'https://old.example/auth'), /does not know the id mastodon or its address https:\/\/old\.example\/auth/],
  ['another name of the provider', { oidc }, (text) => text.replace(/^(OIDC_ISSUER=.*)$/m, '$1/'), /the provider calls itself https:\/\/localhost:\d+, and the issuer is set to https:\/\/localhost:\d+\/: they have to be the same/],
  ['an address without a discovery document', { oidc }, (text) => text.replace(/^(OIDC_ISSUER=.*)$/m, '$1/realm'), /realm\/\.well-known\/openid-configuration answers 404; expected a discovery document/],
  ['a provider that does not answer', { oidc }, (text) => text.replace(/^OIDC_ISSUER=.*$/m, 'OIDC_ISSUER=https://localhost:1'), /https:\/\/localhost:1\/.* can't be asked: .*refused/],
])('the machine reports %s', async (_, sso, change, message) => {
  const [said = ''] = await asked(sso, change);
  expect(said).toMatch(message);
  expect(said).toMatch(/^oidc does not serve: /);
  expect(said).not.toContain('hush');
}); // prettier-ignore

describe('LDAP', () => {
  const ldap = { host: ELSEWHERE, base: BASE, bindDn: BIND.dn, password: BIND.password };
  const encrypted = () => ({
    tls: { ...ldap, port: slapd.ports.tls },
    starttls: { ...ldap, port: slapd.ports.starttls, encryption: 'starttls' },
  });

  test('is found right with TLS from the first byte, and later', async () => {
    for (const one of Object.values(encrypted())) {
      expect((await asked({ ldap: one })).join()).toMatch(/^ldap serves: ldaps?:\/\/localhost:\d+ takes the name and its password, and has dc=example,dc=net$/);
    }
  }); // prettier-ignore

  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'another password',
      { password: 'wrong' },
      /refuses the name cn=mastodon,dc=example,dc=net or its password/,
    ],
    [
      'a place that it has not',
      { base: 'dc=other' },
      /ldaps:\/\/localhost:\d+ has no dc=other, or does not show it to cn=mastodon,/,
    ],
    [
      'encryption at the port of the other kind',
      { encryption: 'starttls' },
      /ldap:\/\/localhost:\d+ .*(closed|no LDAP|timed out)/,
    ],
    ['a port where no server listens', { port: 1 }, /ldaps:\/\/localhost:1 can't be asked: .*refused/],
  ])('reports %s', async (_, change, message) => {
    const [said = ''] = await asked({ ldap: { ...encrypted().tls, ...change } });
    expect(said).toMatch(message);
    expect(said).toMatch(/^ldap does not serve: /);
    expect(said).not.toContain('hush');
  });

  test('is refused with a certificate of an unknown authority', async () => {
    const file = join(folder, 'rails.env');
    writeFileSync(file, environment({ ldap: encrypted().tls }));
    expect((await run(program, [file])).stdout).toMatch(/"serves": false.*CERTIFICATE_VERIFY_FAILED/);
  });
});
