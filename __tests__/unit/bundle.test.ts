import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import sshpk from 'sshpk';
import { handover, USER_DATA_LIMIT, userData } from '../../cloud-init/bundle';
import { render } from '../../cloud-init/template';
import type { Settings } from '../../settings';
import { DEPLOY_KEY, exampleValues as values, HOST_KEY } from '../support/example-handover';
import { exampleSettings } from '../support/example-settings';

const secondary = {
  endpoint: 'https://s3.example.net',
  bucket: 'second-copy',
  accessKeyId: 'second-key',
  secretAccessKey: 'not-a-secret-either',
};
const alerts = { webhook: "https://hooks.example.net/it's?a=1", pingUrl: 'https://ping.example.net/1' };

/** The bundle takes everything but the relay's password from the settings. */
const settings = (changes: Record<string, unknown> = {}) => exampleSettings(changes) as unknown as Settings;

function unpacked(archive: string): {
  folder: string;
  read: (path: string) => string;
  mode: (path: string) => number;
} {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  execFileSync('bash', { cwd: folder, input: archive });
  return {
    folder,
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    mode: (path) => statSync(join(folder, path)).mode & 0o777,
  };
}

function bundleOf(script: string): string {
  const [, encoded = ''] = /<<'BUNDLE'.*\n([^]*?)\nBUNDLE/.exec(script) ?? [];
  return gunzipSync(Buffer.from(encoded, 'base64')).toString();
}

describe('user data', () => {
  const script = userData(settings(), DEPLOY_KEY, HOST_KEY);

  test('fits, with room to spare', () => {
    expect(Buffer.byteLength(script)).toBeLessThan(USER_DATA_LIMIT - 1_000);
  });

  test('is a script with a first line, as Civo wants it, that a shell can read', () => {
    expect(script).toMatch(/^#!\/bin\/bash\n/);
    execFileSync('bash', ['-n'], { input: script });
  });

  test('brings the scripts of the first boot without their comments, and otherwise as the handover does', () => {
    const archive = bundleOf(script);
    const whole = handover(settings(), DEPLOY_KEY, values);
    expect(archive).not.toContain('# What an administrator needs to see when a run fails.');
    const [short, long] = [unpacked(archive), unpacked(whole)];
    for (const path of ['converge', 'steps/1-boot/30-files.sh', 'steps/1-boot/50-services.sh']) {
      const commands = (text: string) => text.split('\n').filter((line) => !/^\s*# /.test(line));
      expect(commands(short.read(path))).toEqual(commands(long.read(path)));
      execFileSync('bash', ['-n', join(short.folder, path)]);
    }
    for (const { folder } of [short, long]) rmSync(folder, { recursive: true });
  });

  test('is the same for the same settings', () => {
    expect(userData(settings(), DEPLOY_KEY, HOST_KEY)).toBe(script);
  });

  test('holds no secret but the one-time host key', () => {
    const everything = script + bundleOf(script);
    expect(everything).toContain(HOST_KEY.trim());
    expect(everything).not.toContain('not-a-secret-here');
    expect(everything.replaceAll(HOST_KEY.trim(), '')).not.toMatch(
      /PRIVATE KEY|password = |SECRET_KEY_BASE=/,
    );
  });

  test('grows with neither administrators nor their keys', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
    const sshKey = sshpk.parseKey(publicKey.export({ type: 'spki', format: 'pem' }), 'pem').toString('ssh');
    const [alice] = settings().administrators;
    const larger = userData(
      settings({ administrators: [{ ...alice, sshKey }, settings().administrators[1]] }),
      DEPLOY_KEY,
      HOST_KEY,
    );
    expect(Buffer.byteLength(larger)).toBe(Buffer.byteLength(script));
  });

  test('is refused where it is too long for Civo', () => {
    expect(() => userData(settings(), DEPLOY_KEY + 'x'.repeat(20_000), HOST_KEY.repeat(200))).toThrow(
      /at most 16384 fit/,
    );
  });

  test('opens the firewall to the same sources as Civo', () => {
    const { folder, read } = unpacked(bundleOf(script));
    expect(read('root/etc/nftables.conf')).toContain('ip saddr { 10.8.0.0/24 } tcp dport 22 accept');
    rmSync(folder, { recursive: true });
  });
});

describe('the handover', () => {
  const { folder, read, mode } = unpacked(
    handover(settings({ backup: { secondary }, alerts }), DEPLOY_KEY, values),
  );
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('brings every value to its place', () => {
    const all = execFileSync('grep', ['-rhoE', 'value-[A-Za-z]+', folder], { encoding: 'utf8' });
    const { environment, ...texts } = values;
    const given = Object.values<string | undefined>({ ...texts, ...environment });
    const expected = given.filter((value) => value?.startsWith('value-'));
    expect(new Set(all.trim().split('\n'))).toEqual(new Set(expected));
  });

  test('brings an imported server’s OTP_SECRET to Mastodon, and no empty one to others', () => {
    const imported = unpacked(handover(settings(), DEPLOY_KEY, { ...values, otpSecret: 'old' }));
    const path = 'handover/etc/mastodon/secrets.env';
    expect(imported.read(path)).toBe(`${read(path)}OTP_SECRET=old\n`);
    expect(read(path)).not.toContain('OTP_SECRET');
    rmSync(imported.folder, { recursive: true });
  });

  test('lets Mastodon send checksums only where S3 demands one, and retry what the store did not answer', () => {
    expect(read('handover/etc/mastodon/secrets.env')).toMatch(
      /^S3_RETRY_LIMIT=2\nAWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED\nAWS_RESPONSE_CHECKSUM_VALIDATION=WHEN_REQUIRED$/m,
    );
  });

  test('keeps the backup key away from what the web server reads', () => {
    expect(read('handover/etc/mastodon/secrets.env')).not.toContain('value-backup');
    expect(read('handover/etc/pgbackrest/conf.d/repository.conf')).not.toContain('value-media');
  });

  test('lets only root read what is secret', () => {
    const secret = execFileSync('grep', ['-rlE', 'value-|PRIVATE KEY', folder], { encoding: 'utf8' });
    for (const path of secret.trim().split('\n'))
      expect([path, mode(path.slice(folder.length))]).toEqual([path, 0o600]);
    expect(mode('converge')).toBe(0o755);
  });

  test('lets everybody read the code of mastodonctl: postgres runs it, too', () => {
    const code = execFileSync(
      'find',
      [join(folder, 'handover/usr/local/lib/mastodon/mastodonctl'), '-name', '*.py'],
      {
        encoding: 'utf8',
      },
    );
    for (const path of code.trim().split('\n'))
      expect([path, mode(path.slice(folder.length))]).toEqual([path, 0o644]);
  });

  test('knows the second store only where there is one', () => {
    expect(read('handover/etc/mastodon/rclone.conf')).toContain('remote = store-of-secondary:second-copy\n');
    const alone = handover(settings(), DEPLOY_KEY, values);
    expect(alone).not.toContain('[secondary]\n');
    expect(alone).not.toContain('value-secondarySecretKey');
  });

  test('gives the alerts their recipients', () => {
    const script = 'printf "%s|" "${recipients[@]}" "$webhook" "$ping_url"';
    const file = join(folder, 'handover/etc/mastodon/alert-settings.sh');
    const told = execFileSync('bash', ['-c', `source ${file} && ${script}`], { encoding: 'utf8' });
    const { webhook, pingUrl } = alerts;
    expect(told).toBe(`alice@toot.example|bob@toot.example|${webhook}|${pingUrl}|`);
    expect(mode('handover/etc/mastodon/alert-settings.sh')).toBe(0o600);
  });

  test('looks for releases of Mastodon only where it may', () => {
    const unit = 'handover/etc/systemd/system/mastodon-releases.timer';
    expect(read('handover/etc/systemd/system/mastodon-releases.timer')).toContain('OnCalendar=hourly\n');
    const off = handover(settings({ alerts: { releases: false } }), DEPLOY_KEY, values);
    expect(off).not.toContain(unit);
    expect(handover(settings(), DEPLOY_KEY, values)).toContain(unit);
  });

  test('has one key file for each administrator and the deploying account', () => {
    for (const { name, sshKey } of settings().administrators) {
      expect(read(`handover/etc/ssh/authorized_keys.d/${name}`).trim()).toBe(sshKey);
    }
    expect(read('root/etc/ssh/authorized_keys.d/deploy').trim()).toBe(DEPLOY_KEY);
  });

  test('serves the domain of the accounts only where the site has another one', () => {
    const both = handover(settings({ webDomain: 'social.toot.example' }), DEPLOY_KEY, values);
    expect(both).toContain('identity.conf');
    expect(handover(settings(), DEPLOY_KEY, values)).not.toContain('identity.conf');
    const elsewhere = settings({ webDomain: 'social.toot.example', apex: 'elsewhere' });
    expect(handover(elsewhere, DEPLOY_KEY, values)).not.toContain('identity.conf');
  });
});

describe('placeholders', () => {
  test('refuse a name without a value', () => {
    expect(() => render('a.conf', '{{missing}}', {}, new Set())).toThrow(
      'a.conf: no value for the placeholder {{missing}}',
    );
  });

  test('refuse a line break in an environment file', () => {
    expect(() => render('a.env', 'A={{a}}', { a: '1\n2' }, new Set())).toThrow('line break');
  });

  test('are quoted in shell files, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = text.replaceAll('\0', '').replace(/\n+$/, '');
        const script = render('a.sh', 'printf %s {{a}}', { a: value }, new Set());
        expect(execFileSync('bash', { input: script, encoding: 'utf8' })).toBe(value);
      }),
      { numRuns: 50 },
    );
  });
});
