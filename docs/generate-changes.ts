/**
 * Writes docs/changes.md: what `pulumi up` does when a setting changes, found by running the program with it changed and
 * comparing: `npm run docs:changes`. Another file may be named.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { copyCommunity } from '../__tests__/support/community/folder';
import { mockProgram, type Registered, settled } from '../trials/program-mocks';
import { programSettings } from '../__tests__/support/program-settings';
import { changedEffects, type Effects, told, WRITES } from '../cloud-init/effects';
import { manualOf } from '../settings/tree';
import { type SettingRow, settingRows } from './generate-settings';

type Raw = Record<string, unknown>;

interface Run {
  readonly registered: readonly Registered[];
  readonly effects: Effects;
}

/** A stack as it is in production. */
const example = { ...programSettings('http://127.0.0.1:7480'), converge: true, protect: true } as Raw;
const people = example.administrators as Raw[];
const community = mkdtempSync(join(tmpdir(), 'changes-'));
copyCommunity(community);
process.on('exit', () => {
  rmSync(community, { recursive: true, force: true });
});
const secondary = {
  endpoint: 'https://s3.example.net',
  bucket: 'copy',
  accessKeyId: 'key',
  secretAccessKey: 'secret',
};

/** Another valid value of a setting, where it has no other example in the schema; objects are listed by their parts. */
const OTHERS: Readonly<Record<string, unknown>> = {
  domain: 'other.example',
  webDomain: 'social.toot.example',
  mediaDomain: 'media.toot.example',
  image: 'ubuntu-noble',
  vpn: 'wireguard',
  'vpnCidrs[]': ['10.9.0.0/24'],
  'administrators[]': [people[1], people[0]],
  'administrators[].name': [people[0], { ...people[1], name: 'bobby' }],
  'administrators[].username': [{ ...people[0], username: 'owner' }, people[1]],
  'administrators[].email': [people[0], { ...people[1], email: 'bobby@toot.example' }],
  'administrators[].sshKey': [
    people[0],
    {
      ...people[1],
      sshKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKzCQHVn8C5OUcm9VzQ4mHsW3n8i1YlR2x0n2m0aY0aB',
    },
  ],
  'smtp.host': 'smtp.example.org',
  'smtp.port': 587,
  'smtp.tls': 'implicit',
  'smtp.authentication': 'login',
  'smtp.user': 'other',
  'smtp.password': 'another',
  'smtp.from': 'news@toot.example',
  'smtp.dkimSelector': 's1',
  'mastodon.version': '4.6.6',
  'mastodon.webImage': 'registry.example.net/mastodon',
  'mastodon.webDigest': `sha256:${'3'.repeat(64)}`,
  'mastodon.streamingImage': 'registry.example.net/streaming',
  'mastodon.tasks[]': ['tootctl cache recount accounts'],
  'mastodon.federation': 'limited',
  'smtp.bulk': { host: 'bulk.example.net', user: 'toot', password: 'another' },
  'mastodon.sso': {
    oidc: { issuer: 'https://id.example.net', clientId: 'mastodon', clientSecret: 'secret' },
  },
  'mastodon.search': { address: 'https://search.example.net:9200' },
  'mastodon.translation': { libreTranslate: { endpoint: 'https://translate.example.net' } },
  'mastodon.captcha': { siteKey: 'site', secretKey: 'secret' },
  'mastodon.singleUser': true,
  'mastodon.cacheBuster': { header: 'X-Purge', secret: 'secret' },
  'mastodon.traces': { endpoint: 'https://otlp.example.net' },
  'mastodon.environment': { DEFAULT_LOCALE: 'de' },
  'mastodon.extraEnvironment': { MAX_TOOT_CHARS: '1000' },
  'mastodon.streamingDigest': `sha256:${'4'.repeat(64)}`,
  'acme.contact': 'certificates@toot.example',
  dns: 'external',
  'backup.retentionFull': 5,
  'alerts.releases': false,
  'backup.secondary': secondary,
  community,
  metrics: true,
  converge: false,
  protect: false,
};

/** What else a stack has to say for these. */
const WITH: Readonly<Record<string, Raw>> = {
  apex: { webDomain: 'social.toot.example' },
  'housekeeping.remoteMediaGb': { housekeeping: { remoteMediaDays: 0 } },
};

/** These are for a stack that is not there yet, or for tests. */
const NOT_FOR_A_LIVING_STACK = /^(adopted|apiEndpoint|acme\.trust)/;

/** Of these objects the parts are listed; one that may be missing is listed as a whole. */
const isTold = (path: string) =>
  !NOT_FOR_A_LIVING_STACK.test(path) &&
  !['smtp', 'mastodon', 'acme', 'backup', 'alerts', 'housekeeping'].includes(path) &&
  !/^(backup\.secondary|smtp\.bulk|mastodon\.(sso|search|translation|captcha|cacheBuster|traces))\./.test(
    path,
  );

/** Of the program's own resources: how the provider brings a change of an input about. Each one that occurs is listed. */
const AT_CIVO: Readonly<Record<string, string>> = {
  'Provider.region': 'makes everything again in the other region',
  'Instance.hostname': '',
  'Instance.size': 'resizes the instance',
  'Instance.script': '',
  'Instance.diskImage': '',
  'Firewall.ingressRules': 'changes the firewall',
  'ObjectStore.maxSizeGb': 'resizes the bucket',
};

async function run(changes: Raw): Promise<Run> {
  for (const file of Object.keys(require.cache)) {
    if (!file.includes(`${sep}node_modules${sep}`) && !file.includes(`${sep}sdks${sep}`))
      delete require.cache[file]; // eslint-disable-line @typescript-eslint/no-dynamic-delete
  }
  const registered: Registered[] = [];
  await mockProgram(pulumi, { ...example, ...changes }, registered);
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { effects } = require('../index') as { effects?: pulumi.Output<Effects> };
  await settled(pulumi);
  return { registered, effects: await new Promise((resolve) => pulumi.output(effects ?? {}).apply(resolve)) };
}

/** The settings with another value at a path. */
function changed({ path, schema }: SettingRow, { ...needed }: Raw = {}): Raw {
  const [sample] = manualOf(schema).examples ?? [];
  const value = OTHERS[path] ?? sample;
  if (value === undefined) throw new Error(`settings/schema.ts has no example of the setting ${path}`);
  const [key = '', inner] = path.replace(/\[\].*$/, '').split('.');
  return inner === undefined
    ? { [key]: value }
    : { [key]: { ...((needed[key] ?? example[key]) as object), [inner]: value } };
}

function atCivo(before: Run, after: Run): string[] {
  const key = ({ type, name }: Registered) => `${type} ${name}`;
  const old = new Map(before.registered.map((one) => [key(one), one]));
  const now = new Map(after.registered.map((one) => [key(one), one]));
  const kind = ({ type }: Registered) => type.split(':').at(-1) ?? '';
  const civo = (one: Registered) => /^(civo:|pulumi:providers:civo)/.test(one.type);
  const made = [...now]
    .filter(([id, one]) => civo(one) && !old.has(id))
    .map(([, one]) => `makes ${words(kind(one))}`);
  const gone = [...old]
    .filter(([id, one]) => civo(one) && !now.has(id))
    .map(([, one]) => `removes ${words(kind(one))}`);
  const different = [...now.values()].filter(civo).flatMap((one) => {
    const { inputs } = old.get(key(one)) ?? one;
    return Object.keys({ ...inputs, ...one.inputs })
      .filter((input) => JSON.stringify(inputs[input]) !== JSON.stringify(one.inputs[input]))
      .map((input) => means(kind(one) === 'civo' ? 'Provider' : kind(one), input));
  });
  return [...new Set([...different.filter(Boolean), ...made, ...gone])];
}

function means(kind: string, input: string): string {
  const meaning = AT_CIVO[`${kind}.${input}`];
  if (meaning === undefined)
    throw new Error(`docs/generate-changes.ts lacks what a change of ${kind}.${input} does`);
  return meaning;
}

/** `DnsDomainRecord` → `a DNS record` */
const words = (kind: string) =>
  ({ DnsDomainRecord: 'DNS records', DnsDomainName: 'the DNS zone', SshKey: 'the SSH key' })[kind] ?? kind;

export async function changesPage(): Promise<string> {
  const first = await run({});
  const rows: string[] = [];
  for (const setting of settingRows().filter((one) => isTold(one.path))) {
    const { path } = setting;
    const needed = WITH[path];
    const before = needed === undefined ? first : await run(needed);
    const after = await run({ ...needed, ...changed(setting, needed) });
    const effects =
      Object.keys(after.effects).length === 0 ? [] : changedEffects(before.effects, after.effects);
    const telling = told(effects.filter((effect) => effect !== WRITES));
    const onMachine = telling || (effects.length > 0 ? 'writes files, restarts nothing' : '–');
    rows.push(`| \`${path}\` | ${onMachine} | ${atCivo(before, after).join(', ') || '–'} |`);
  }
  return [
    '# What a change does',
    '',
    'Found by running the program with each setting changed, and comparing: `npm run docs:changes`. `pulumi preview` says the same of your',
    'change: "On the machine, pulumi up …".',
    '',
    'Units restart one after the other, each once the one before it works; nginx, the firewall and SSH reload without letting a connection go.',
    '–: nothing now. `image` counts when the next machine is made, `smtp.dkimSelector` is used by `bin/mastodon doctor` alone.',
    'What an upgrade of Mastodon does: [upgrades.md](upgrades.md).',
    'What the files of `community` say is carried out by Mastodon: [community.md](community.md).',
    '',
    '| setting | on the machine | at Civo |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

void changesPage().then((page) => {
  writeFileSync(process.argv[2] ?? join(__dirname, 'changes.md'), page);
});
