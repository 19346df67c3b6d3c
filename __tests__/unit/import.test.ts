/** What `bin/mastodon import --env …` makes of an old server's environment. */
import { createECDH } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importServer } from '../../cli/move/import';
import type { PulumiCli } from '../../cli/lib/pulumi-cli';
import { programSettings } from '../support/program-settings';

const curve = createECDH('prime256v1');
curve.generateKeys();
const SECRETS = [
  'LOCAL_DOMAIN=toot.example', `SECRET_KEY_BASE=${'a'.repeat(128)}`, `ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY=${'b'.repeat(32)}`,
  `ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY=${'c'.repeat(32)}`, `ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT=${'d'.repeat(32)}`,
  `VAPID_PRIVATE_KEY=${curve.getPrivateKey('base64url').padStart(43, 'A')}=`, `VAPID_PUBLIC_KEY=${curve.getPublicKey('base64url')}=`,
]; // prettier-ignore

const folder = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs an import into a new stack: what Pulumi was asked to write, and what was said. */
async function imported(lines: readonly string[], force = false) {
  const env = join(folder, '.env.production');
  writeFileSync(env, [...SECRETS, ...lines].join('\n'));
  const config = Object.fromEntries(
    Object.entries(programSettings('http://127.0.0.1:7480')).map(([key, value]) => [
      `mastodon-on-civo:${key}`,
      typeof value === 'string' ? { value } : { objectValue: value },
    ]),
  );
  const written: { args: readonly string[]; input?: string }[] = [];
  const pulumi = {
    stackName: () => Promise.resolve('moved'),
    resourceCount: () => Promise.resolve(0),
    output: (args: readonly string[], input?: string) => {
      if (args[1] === '--json') return Promise.resolve(JSON.stringify(config));
      written.push({ args, ...(input !== undefined && { input }) });
      return Promise.resolve('');
    },
  } as unknown as PulumiCli;
  const said = jest.spyOn(console, 'log').mockImplementation();
  try {
    await importServer(pulumi, { env, dump: undefined, media: undefined, force });
    return { written, said: said.mock.calls.flat().join('\n') };
  } catch (error) {
    return { written, said: (error as Error).message };
  } finally {
    said.mockRestore();
  }
}

test('writes each variable that has a counterpart as a setting, secrets through standard input, and lists all others', async () => {
  const { written, said } = await imported([
    'LIMITED_FEDERATION_MODE=true', 'DEFAULT_LOCALE=de', 'DEEPL_API_KEY=hush', 'DB_HOST=/run', 'STATSD_ADDR=x:1', 'OUR_OWN=hush',
  ]); // prettier-ignore
  expect(written.map(({ args }) => args.slice(1).join(' '))).toEqual([
    'set --secret mastodon-on-civo:adopted',
    'set --secret --path mastodon-on-civo:mastodon.environment.DEEPL_API_KEY',
    'set-all --path --plaintext mastodon-on-civo:mastodon.federation=limited --plaintext mastodon-on-civo:mastodon.environment.DEFAULT_LOCALE=de',
  ]);
  expect(written[1]?.input).toBe('hush');
  expect(said.split('\n')).toEqual(
    expect.arrayContaining([
      'Taken over into the settings: LIMITED_FEDERATION_MODE, DEFAULT_LOCALE, DEEPL_API_KEY',
      'Not taken over, as the machine has its own: LOCAL_DOMAIN, DB_HOST',
      "  STATSD_ADDR: can't be given: Mastodon 4.3 removed it: see docs/metrics.md",
      'Not taken over, as Mastodon does not have them; a fork reads them from mastodon.extraEnvironment: OUR_OWN',
    ]),
  );
  expect(said).not.toContain('hush');
});

test('stops, with nothing written, at what would change the server without a word', async () => {
  const lines = ['S3_KEY_PREFIX=old/', 'S3_ALIAS_HOST=cdn.toot.example', 'PAM_ENABLED=true', 'LDAP_HOST=localhost'];
  const { written, said } = await imported(lines);
  expect(written).toEqual([]);
  for (const name of ['S3_KEY_PREFIX: media', 'PAM_ENABLED: people', 'LDAP_HOST: expected a host', '--force'])
    expect(said).toContain(name);
  const forced = await imported(lines, true);
  expect(forced.said).toContain('  S3_KEY_PREFIX: media are in a folder of the old bucket');
  expect(forced.written).not.toEqual([]);
}); // prettier-ignore

test('says before the first up what contradicts in the old environment', async () => {
  const { said } = await imported(['OIDC_ENABLED=true', 'OIDC_ISSUER=https://id.example.net']);
  expect(said).toContain('mastodon.environment.OIDC_CLIENT_SECRET: is missing, and OIDC_ENABLED needs it');
});
