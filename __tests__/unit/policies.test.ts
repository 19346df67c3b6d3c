import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from '@pulumi/policy';
import { userData } from '../../cloud-init/bundle';
import { policies } from '../../policies/policies';
import { scriptTexts } from '../../policies/script';
import { isLoopback, type Stack } from '../../policies/stack';
import { firewallRules } from '../../network/firewall-rules';
import { exampleSettings } from '../support/example-settings';

const stack: Stack = {
  name: 'prod',
  vpnCidrs: ['203.0.113.0/24', '10.0.0.0/8', '0.0.0.0/1', '198.0.0.0/15'],
  wireguard: false,
  metrics: false,
  throwAway: false,
  adopted: false,
  retentionFull: 4,
  digests: { 'mastodon.webDigest': `sha256:${'1'.repeat(64)}` },
  secrets: { 'smtp.password': 'correct horse battery' },
};

type Given = Partial<Pick<PolicyResource, 'name' | 'props' | 'propertyDependencies'>> & { protect?: boolean };

function resource(
  type: string,
  { name = 'one', props = {}, propertyDependencies = {}, protect }: Given = {},
) {
  const opts = { protect: protect ?? false } as PolicyResource['opts'];
  return { type, name, props, urn: `urn:${type}::${name}`, opts, propertyDependencies } as PolicyResource;
}

const firewall = (props: object) => resource('civo:index/firewall:Firewall', { props });
const instance = (script: string) => resource('civo:index/instance:Instance', { props: { script } });
const bucket = (name: string, credential: PolicyResource, accessKeyId?: string) =>
  resource('civo:index/objectStore:ObjectStore', {
    name,
    props: { accessKeyId },
    propertyDependencies: { accessKeyId: [credential] },
  });
const credential = (name: string) =>
  resource('civo:index/objectStoreCredential:ObjectStoreCredential', { name });
const password = (name: string, result?: string) =>
  resource('random:index/randomPassword:RandomPassword', { name, props: { result } });

/** What a policy says of resources. */
async function judge(
  policy: string,
  resources: PolicyResource[],
  facts: Partial<Stack> = {},
): Promise<string[]> {
  const found = policies({ ...stack, ...facts }).find(({ name }) => name === policy);
  const said: string[] = [];
  const report = (message: string) => void said.push(message);
  if ('validateStack' in (found as object)) {
    await (found as StackValidationPolicy).validateStack({ resources } as StackValidationArgs, report);
    return said;
  }
  const { validateResource = [] } = found as ResourceValidationPolicy;
  for (const validate of [validateResource].flat()) {
    for (const one of resources) await validate(one as unknown as ResourceValidationArgs, report);
  }
  return said;
}

const rule = (portRange: string, cidrs: string[], protocol = 'tcp') => ({
  label: 'it',
  protocol,
  portRange,
  cidrs,
});

test('each policy has a name of its own and a description', () => {
  const all = policies(stack);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { description } of all) expect(description).toMatch(/^[A-Z].+\.$/);
});

describe('ssh-from-vpn-only', () => {
  test.each([
    ['0.0.0.0/0', 'is the whole internet'],
    ['0.0.0.0/1', 'is wider than a /16'],
    ['198.0.0.0/15', 'is wider than a /16'],
    ['192.0.2.0/24', 'is not in vpnCidrs'],
    ['2001:db8::/32', 'is no IPv4 range'],
  ])('refuses %s', async (cidr, problem) => {
    const [said] = await judge('ssh-from-vpn-only', [firewall({ ingressRules: [rule('22', [cidr])] })]);
    expect(said).toContain(`"it" opens SSH to ${cidr}, which ${problem}`);
    expect(said).toContain('pulumi config set');
  });

  test('refuses a range of ports that has SSH in it', async () => {
    const ingressRules = [rule('1-1024', ['0.0.0.0/0'])];
    expect(await judge('ssh-from-vpn-only', [firewall({ ingressRules })])).toHaveLength(1);
  });

  test('lets the VPN and parts of it in, and others to other ports', async () => {
    const ingressRules = [
      rule('22', ['203.0.113.0/24', '203.0.113.7/32', '10.0.0.0/8']),
      rule('443', ['0.0.0.0/0']),
    ];
    expect(await judge('ssh-from-vpn-only', [firewall({ ingressRules })])).toEqual([]);
  });
});

describe('firewall-as-listed', () => {
  test.each([
    ['5432', 'tcp'],
    ['80-443', 'tcp'],
    ['443', 'udp'],
  ])('refuses port %s by %s', async (ports, protocol) => {
    const ingressRules = [rule(ports, ['203.0.113.0/24'], protocol)];
    const [said] = await judge('firewall-as-listed', [firewall({ ingressRules })]);
    expect(said).toContain(`lets ${protocol} ${ports} in; expected tcp 22, tcp 80, tcp 443, icmp`);
  });

  test.each(['own', 'wireguard'] as const)(
    'lets the program’s own rules pass, with a VPN: %s',
    async (vpn) => {
      const ingressRules = firewallRules({ vpn, vpnCidrs: ['203.0.113.0/24'], metrics: true })
        .filter(({ direction }) => direction === 'ingress')
        .map(({ label, protocol, ports, cidrs }) => ({ label, protocol, portRange: ports, cidrs }));
      const one = firewall({ ingressRules, createDefaultRules: false });
      const facts = { wireguard: vpn === 'wireguard', metrics: true };
      for (const policy of ['firewall-as-listed', 'ssh-from-vpn-only', 'no-default-firewall-rules']) {
        expect(await judge(policy, [one], facts)).toEqual([]);
      }
    },
  );

  test('refuses the port of metrics where the setting does not ask for it, and to others than the VPN always', async () => {
    const open = firewall({ ingressRules: [rule('9180', ['0.0.0.0/0'])] });
    const [said] = await judge('firewall-as-listed', [open]);
    expect(said).toContain('lets tcp 9180 in');
    expect(await judge('ssh-from-vpn-only', [open], { metrics: true })).toEqual([
      expect.stringContaining('opens metrics to 0.0.0.0/0'),
    ]);
  });

  test('refuses the WireGuard port where the setting does not ask for it', async () => {
    const [said] = await judge('firewall-as-listed', [
      firewall({ ingressRules: [rule('51820', ['0.0.0.0/0'], 'udp')] }),
    ]);
    expect(said).toContain('lets udp 51820 in');
  });
});

test('no-default-firewall-rules refuses them, and a firewall that does not say', async () => {
  const open = [firewall({ createDefaultRules: true }), firewall({})];
  expect(await judge('no-default-firewall-rules', open)).toHaveLength(2);
});

describe('data-is-protected', () => {
  const types = ['civo:index/objectStore:ObjectStore', 'civo:index/objectStoreCredential:ObjectStoreCredential',
    'civo:index/reservedIp:ReservedIp', 'civo:index/dnsDomainName:DnsDomainName',
    'random:index/randomPassword:RandomPassword', 'tls:index/privateKey:PrivateKey']; // prettier-ignore

  test.each(types)('refuses an unprotected %s, but for a throw-away stack', async (type) => {
    const [said] = await judge('data-is-protected', [resource(type)]);
    expect(said).toContain(
      'one is not protected; expected protect. Remove protect: false from Pulumi.prod.yaml',
    );
    expect(await judge('data-is-protected', [resource(type)], { throwAway: true })).toEqual([]);
  });

  test('lets pass what is protected, and what holds nothing', async () => {
    const bootKey = resource('tls:index/privateKey:PrivateKey', { name: 'mastodon-prod-1-boot-host-key' });
    const fine = [...types.map((type) => resource(type, { protect: true })), instance(''), bootKey];
    expect(await judge('data-is-protected', fine)).toEqual([]);
  });

  test('only a Civo on this machine makes a stack a throw-away one', () => {
    const urls = ['http://127.0.0.1:7480', 'http://localhost:1', 'http://[::1]:1'];
    expect(urls.map(isLoopback)).toEqual([true, true, true]);
    expect(['', 'https://api.civo.com', 'https://127.0.0.1.example.org'].map(isLoopback)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('data-is-there', () => {
  const buckets = ['mastodon-prod-media', 'mastodon-prod-backups'];
  const secrets = ['secret-key-base', 'encryption-primary-key', 'encryption-deterministic-key',
    'encryption-key-derivation-salt', 'backup-cipher'].map((name) => password(`mastodon-prod-secrets-${name}`)); // prettier-ignore
  const others = [
    ...buckets.map((name) => bucket(name, credential(name))),
    ...buckets.map(credential),
    resource('civo:index/reservedIp:ReservedIp', { name: 'mastodon-prod' }),
  ];
  const whole = [...others, ...secrets];

  test('lets a whole stack pass', async () => {
    expect(await judge('data-is-there', whole)).toEqual([]);
  });

  test.each(whole.map(({ type, name }) => [type, name] as const))('misses %s %s', async (type, name) => {
    const left = whole.filter((one) => one.type !== type || one.name !== name);
    const said = await judge('data-is-there', left);
    expect(said).toEqual([expect.stringContaining(`${name} is not in the program any more`)]);
  });

  test('adopted secrets are settings', async () => {
    expect(await judge('data-is-there', others, { adopted: true })).toEqual([]);
  });
});

describe('backups-have-their-own-credential', () => {
  test('refuses one credential for two buckets, by where it comes from or by the key', async () => {
    const shared = [bucket('media', credential('a')), bucket('backups', credential('a'))];
    const [said] = await judge('backups-have-their-own-credential', shared);
    expect(said).toContain('backups and media open with the same credential');
    const sameKey = [bucket('media', credential('a'), 'KEY'), bucket('backups', credential('b'), 'KEY')];
    expect(await judge('backups-have-their-own-credential', sameKey)).toHaveLength(1);
  });

  test('lets two credentials pass', async () => {
    const own = [bucket('media', credential('a'), 'KEY-A'), bucket('backups', credential('b'), 'KEY-B')];
    expect(await judge('backups-have-their-own-credential', own)).toEqual([]);
  });
});

const packed = (text: string) => `base64 -d <<'X'\n${gzipSync(text).toString('base64')}\nX\n`;
const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb25lLXRpbWU=\n-----END OPENSSH PRIVATE KEY-----';
const settings = exampleSettings();
/** The program's own script. */
const script = userData(
  settings as unknown as Parameters<typeof userData>[0],
  'ssh-ed25519 AAAA deploy',
  key,
);

test('what is packed into a script is found, whatever its length, folded or not', () => {
  for (let length = 1; length < 200; length += 1) {
    const text = `${randomBytes(length).toString('hex')}\n`;
    const base64 = gzipSync(text).toString('base64');
    for (const lines of [base64, base64.replace(/.{76}/g, '$&\n')]) {
      const [, found = ''] = scriptTexts(`base64 -d <<'BUNDLE'\n${lines}\nBUNDLE\nexec ./converge\n`);
      // A folded last line without padding can't be distinguished from a word: less than 45 bytes of what is packed.
      expect(text.startsWith(found)).toBe(true);
      if (lines === base64) expect(found).toBe(text);
      else expect(found).not.toBe('');
    }
  }
});

describe('what is on the machine', () => {
  test('the program’s own script passes', async () => {
    for (const { name } of policies(stack).filter(({ name }) => name !== 'data-is-there')) {
      expect(await judge(name, [instance(script)])).toEqual([]);
    }
  });

  test.each(['latest', 'latest@sha256:123', 'v4.6.5'])(
    'images-are-pinned refuses the tag %s',
    async (tag) => {
      const text = packed(`[Container]\nImage=ghcr.io/mastodon/mastodon:${tag}\n`);
      const [said] = await judge('images-are-pinned', [instance(text)]);
      expect(said).toContain(`The image is ghcr.io/mastodon/mastodon:${tag}; expected a digest`);
    },
  );

  test('images-are-pinned refuses a setting without a digest', async () => {
    const digests = { 'mastodon.webDigest': 'sha256:look-it-up' };
    const [said] = await judge('images-are-pinned', [instance(script)], { digests });
    expect(said).toContain('mastodon.webDigest is sha256:look-it-up; expected a digest');
  });

  test('images-are-pinned sees that the program’s own script names images', async () => {
    const spoiled = exampleSettings();
    const mastodon = { ...spoiled.mastodon, webDigest: 'latest' };
    const text = userData(
      { ...spoiled, mastodon } as unknown as Parameters<typeof userData>[0],
      'ssh-ed25519 A',
      key,
    );
    expect((await judge('images-are-pinned', [instance(text)])).length).toBeGreaterThan(0);
  });

  test('no-keys-in-user-data refuses a second private key and a secret that people gave, however packed', async () => {
    const twice = await judge('no-keys-in-user-data', [instance(script + packed(key))]);
    expect(twice[0]).toContain('The script holds 2 private keys; expected one');
    const given = await judge('no-keys-in-user-data', [instance(packed('PASSWORD=correct horse battery'))]);
    expect(given[0]).toContain('The script holds smtp.password; expected no secret');
    expect(given[0]).not.toContain('correct horse');
  });

  test('no-secrets-in-user-data refuses a generated secret, and names it without its value', async () => {
    const secret = password('mastodon-prod-secrets-backup-cipher', 'Xk29cipher-of-the-backups');
    const [said] = await judge('no-secrets-in-user-data', [
      instance(packed('cipher=Xk29cipher-of-the-backups')),
      secret,
    ]);
    expect(said).toContain('The script holds the secret mastodon-prod-secrets-backup-cipher');
    expect(said).not.toContain('Xk29');
    expect(await judge('no-secrets-in-user-data', [instance(script), secret])).toEqual([]);
  });

  test('no-secrets-in-user-data distinguishes keys of one kind', async () => {
    const openssh = (line: string) =>
      `-----BEGIN OPENSSH PRIVATE KEY-----\nthe-first-line-of-every-such-key\n${line}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const vapid = resource('tls:index/privateKey:PrivateKey', {
      name: 'vapid',
      props: { privateKeyOpenssh: openssh('the-vapid-key-itself') },
    });
    const other = [instance(packed(openssh('the-one-time-key-itself'))), vapid];
    expect(await judge('no-secrets-in-user-data', other)).toEqual([]);
    const same = [instance(packed(openssh('the-vapid-key-itself'))), vapid];
    expect(await judge('no-secrets-in-user-data', same)).toHaveLength(1);
  });

  test.each([
    ['repo1-retention-full = 1', 'repo1-retention-full is 1 weekly backups; expected at least 2'],
    [
      'repo2-retention-full = 6\nrepo2-retention-full-type = time',
      'repo2-retention-full is 6 days; expected at least 7',
    ],
  ])('backups-kept-a-week refuses %s', async (text, problem) => {
    const command = resource('command:remote:Command', { props: { stdin: text } });
    expect(await judge('backups-kept-a-week', [command])).toEqual([expect.stringContaining(problem)]);
  });

  test('backups-kept-a-week refuses the setting, and lets 2 weekly backups or 7 days pass', async () => {
    const [said] = await judge('backups-kept-a-week', [instance(script)], { retentionFull: 1 });
    expect(said).toContain('backup.retentionFull is 1 weekly backups; expected at least 2');
    const text = 'repo1-retention-full = 2\nrepo2-retention-full = 7\nrepo2-retention-full-type = time\n';
    const command = resource('command:remote:Command', { props: { stdin: text } });
    expect(await judge('backups-kept-a-week', [instance(script), command], { retentionFull: 2 })).toEqual([]);
  });
});
