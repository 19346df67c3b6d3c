/** The first hour of a new administrator: `bin/mastodon init` in a fresh checkout, with a real relay, name server, registry and Civo API. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { parse, stringify } from 'yaml';
import { ensureHostPackages } from '../../local/host-packages';
import { openAuthority } from '../../local/services/authority';
import { startNameServer } from '../../local/services/name-server';
import type { Endpoint, Service } from '../../local/services/program';
import { startRegistry } from '../../local/services/registry';
import { ensureToolchain, type Toolchain } from '../../local/toolchain';
import { TestCivo } from '../support/test-civo';
import { compileCache } from '../support/compile-cache';
import { freeEndpoint } from '../support/free-endpoint';
import { programSettings } from '../support/program-settings';
import { StateBucket } from '../support/state-bucket';
import { Terminal } from '../support/terminal';

jest.setTimeout(180_000);

const checkout = join(__dirname, '..', '..');
const LOGIN = { user: 'toot', password: 'correct horse' };
const PASSPHRASE = 'battery staple battery';

let folder: string;
let civo: TestCivo;
let toolchain: Toolchain;
let trust: string;
let registry: Endpoint;
let resolver: Endpoint;
let relayPort: number;
let digest: string;
const services: Service[] = [];
const terminals: Terminal[] = [];

beforeAll(async () => {
  await ensureHostPackages(['openssh-client', 'bsdutils', 'openssl', 'age']);
  folder = mkdtempSync(join(tmpdir(), 'init-'));
  toolchain = await ensureToolchain();
  civo = await TestCivo.start({ token: 'key-to-the-account' });
  const authority = await openAuthority(folder);
  const tls = await authority.issue('services', ['localhost', 'smtp.toot.example']);
  trust = authority.certificate;

  digest = writeImage(join(folder, 'image'), ['v4.7.0', 'v4.7.10', 'v4.7.11-rc.1', 'v4.7.9', 'v4.6.5']);
  registry = await freeEndpoint();
  const repositories = { mastodon: join(folder, 'image') };
  services.push(await startRegistry({ listen: registry, tls, repositories }));

  resolver = await freeEndpoint();
  services.push(
    await startNameServer({
      listen: resolver,
      ownZones: [
        { name: 'toot.example', records: [{ name: 'smtp', type: 'A', value: '127.0.0.1', ttl: 60 }] },
      ],
      log: () => undefined,
    }),
  );
  const relay = new SMTPServer({
    key: readFileSync(tls.key),
    cert: readFileSync(tls.certificate),
    onAuth: ({ username, password }, { secure }, done) => {
      const known = secure && username === LOGIN.user && password === LOGIN.password;
      done(known ? null : new Error('unknown login'), { user: username });
    },
  });
  relay.on('error', () => undefined); // a client that goes away
  ({ port: relayPort } = await freeEndpoint());
  await new Promise<void>((resolve) => relay.listen(relayPort, '127.0.0.1', resolve));
  services.push({
    stop: () =>
      new Promise((resolve) => {
        relay.close(resolve);
      }),
  });
}, 1_800_000);

afterAll(async () => {
  for (const terminal of terminals) terminal.close();
  for (const service of services) await service.stop();
  await civo.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An image in OCI layout with nothing in it, under each of the tags. Returns its digest. */
function writeImage(layout: string, tags: readonly string[]): string {
  const manifest = JSON.stringify({ schemaVersion: 2, layers: [] });
  const hash = createHash('sha256').update(manifest).digest('hex');
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  writeFileSync(join(layout, 'blobs', 'sha256', hash), manifest);
  const manifests = tags.map((tag) => ({
    digest: `sha256:${hash}`,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ manifests }));
  return `sha256:${hash}`;
}

/** A clone of the repository after `npm ci`, without any login. */
class Newcomer {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(folder, 'checkout-'));
    const parts =
      'Pulumi.yaml Pulumi.prod.yaml Pulumi.local.yaml package.json tsconfig.json index.ts lib settings network components community-files cloud-init cli';
    for (const part of parts.split(' '))
      cpSync(join(checkout, part), join(this.folder, part), { recursive: true });
    symlinkSync(join(checkout, 'node_modules'), join(this.folder, 'node_modules'));
    mkdirSync(join(this.folder, 'state'));
  }

  private readonly command = ['node_modules/.bin/tsx', 'cli/make.ts', 'init'] as const;

  private env(variables: Record<string, string>): NodeJS.ProcessEnv {
    return {
      ...toolchain.env,
      ...compileCache(),
      ...{ CIVO_TOKEN: undefined, PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_BACKEND_URL: undefined },
      PATH: `${dirname(toolchain.pulumi)}${delimiter}${process.env.PATH ?? ''}`,
      PULUMI_CREDENTIALS_PATH: join(this.folder, 'state'),
      CIVO_CREDENTIAL_FILE: join(this.folder, 'no-civo.json'),
      CIVO_API_URL: civo.api.url,
      RESOLVER: `127.0.0.1:${String(resolver.port)}`,
      NODE_EXTRA_CA_CERTS: trust,
      ...variables,
    };
  }

  /** `bin/mastodon init` on a terminal. */
  atTerminal(variables: Record<string, string> = {}): Terminal {
    const terminal = new Terminal(this.command.join(' '), this.folder, this.env(variables));
    terminals.push(terminal);
    return terminal;
  }

  /** `bin/mastodon init` without a terminal to ask on. */
  alone(variables: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
    const [file, ...args] = this.command;
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env: this.env(variables) };
      const child = execFile(file, args, options, (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, stdout, stderr });
      });
      child.stdin?.end();
    });
  }

  write(name: string, settings: object): string {
    writeFileSync(join(this.folder, name), stringify(settings));
    return name;
  }

  get file(): string {
    return readFileSync(join(this.folder, 'Pulumi.prod.yaml'), 'utf8');
  }

  get config(): Record<string, unknown> {
    return (parse(this.file) as { config: Record<string, unknown> }).config;
  }
}

const image = () => `localhost:${String(registry.port)}/mastodon`;

test('asks on a terminal, looks at each answer at once, stops at Ctrl-C and continues where it was', async () => {
  const newcomer = new Newcomer();
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(newcomer.folder, 'key')]);
  const { administrators } = programSettings('') as { administrators: { sshKey: string }[] };
  const images = newcomer.write('images.yaml', {
    mastodon: { webImage: image(), streamingImage: image() },
  });

  const first = newcomer.atTerminal({ ANSWERS: images });
  await first.choose("Where is the stack's state", 2);
  await first.type('Which folder?', join(newcomer.folder, 'state'), { cleared: true });
  await first.type('Passphrase', 'short');
  await first.type('at least 12 characters', PASSPHRASE, { cleared: true });
  await first.type("The stack's name", '');
  await first.choose('Civo region', 1);
  await first.choose('Size of the machine', 0);
  await first.type("Civo's API key", 'wrong');
  await first.see('does not take the key');
  await first.choose('What now?', 1);
  await first.type("Civo's API key", civo.api.token);
  await first.see('the quota has room');
  await first.type('Domain of the accounts', 'https://toot.example');
  await first.type('without scheme', 'toot.example', { cleared: true });
  await first.choose('Who serves its DNS zone', 0);
  await first.see('ns0.civo.com, ns1.civo.com');
  await first.type('IPv4 ranges', '0.0.0.0/0');
  await first.type('is the whole internet', '10.8.0.0/24, 10.9.0.0/24', { cleared: true });
  await first.see('The owner: Unix account');
  first.interrupt();
  expect(await first.end()).toBe(1);
  expect(first.screen).toContain('Stopped. Your answers are kept');

  const second = newcomer.atTerminal({ CIVO_TOKEN: civo.api.token, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE });
  await second.type("The stack's name", '');
  await second.type('The owner: Unix account', 'alice');
  await second.type('The owner: e-mail', 'alice@toot.example');
  await second.type('The owner: SSH public key', 'key');
  await second.type('is a private key', 'key.pub', { cleared: true });
  await second.type('Administrator 2: Unix account', 'alice');
  await second.see('is also administrators[0]');
  await second.type('is also', 'bob', { cleared: true });
  await second.type('Administrator 2: e-mail', 'bob@toot.example');
  await second.type('Administrator 2: SSH', administrators[1]?.sshKey ?? '');
  await second.type('One more administrator?', '');
  await second.type('Mail relay', 'smtp.toot.example');
  await second.type('Its port', String(relayPort), { cleared: true });
  await second.type('Login at the relay', LOGIN.user);
  await second.type('Sender of the mail', '');
  await second.type('Password at the relay', 'wrong horse');
  await second.see('refuses the login of toot');
  await second.choose('What now?', 1);
  for (const prompt of ['Mail relay', 'Its port', 'Login at the relay', 'Sender of the mail'])
    await second.type(prompt, '');
  await second.type('Password at the relay', LOGIN.password);
  await second.see('takes the login of toot');
  await second.type("Mastodon's version", '');
  await second.see('the digests are those of the registry');
  expect(await second.end()).toBe(0);
  expect(second.screen).not.toMatch(/Civo region|Domain of the accounts/);
  expect(second.screen).toMatch(/\+ +\d+ to create/);
  expect(second.screen).toMatch(/total +32\.59/);
  expect(second.screen).not.toContain(LOGIN.password);

  expect(newcomer.config).toMatchObject({
    'mastodon-on-civo:domain': 'toot.example',
    'mastodon-on-civo:region': 'FRA1',
    'mastodon-on-civo:size': 'g3.medium',
    'mastodon-on-civo:vpnCidrs': ['10.8.0.0/24', '10.9.0.0/24'],
    'mastodon-on-civo:administrators': [{ name: 'alice' }, { name: 'bob' }],
    // The newest patch release that the registry has, and no release candidate.
    'mastodon-on-civo:mastodon': { version: '4.7.10', webDigest: digest, streamingDigest: digest },
  });
  for (const secret of [LOGIN.password, PASSPHRASE, civo.api.token, 'PRIVATE KEY'])
    expect(newcomer.file).not.toContain(secret);
  expect(newcomer.file).not.toContain('example.social');
});

describe('without a terminal', () => {
  const backend = (newcomer: Newcomer) => ({
    BACKEND: `file://${join(newcomer.folder, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
  });
  const answers = () => {
    const { smtp, mastodon, ...settings } = programSettings(civo.api.url) as Record<string, object>;
    return {
      ...settings,
      smtp: { ...smtp, password: undefined, host: 'smtp.toot.example', port: relayPort, user: LOGIN.user },
      mastodon: {
        ...mastodon,
        webImage: image(),
        streamingImage: image(),
        webDigest: digest,
        streamingDigest: digest,
      },
    };
  };

  test('names everything that is missing, and what gives it', async () => {
    const newcomer = new Newcomer();
    expect((await newcomer.alone()).stderr).toContain('Where is the state to be kept? --backend');
    expect((await newcomer.alone({ BACKEND: backend(newcomer).BACKEND })).stderr).toContain(
      'PULUMI_CONFIG_PASSPHRASE_FILE',
    );
    expect((await newcomer.alone({ ...backend(newcomer), STACK: 'Prod!' })).stderr).toContain(
      '--stack Prod!: expected',
    );
    const { code, stdout, stderr } = await newcomer.alone(backend(newcomer));
    expect(code).toBe(1);
    // Where no name is given.
    expect(stdout).toContain('✓ the stack is prod\n');
    for (const part of [
      'CIVO_TOKEN: neither',
      'domain: is missing',
      'administrators: has 0',
      'smtp.password: is missing',
    ])
      expect(stderr).toContain(part);
    expect(stderr).not.toMatch(/\bat .*\.ts:\d+/);
  });

  test('looks at all answers of a file, keeps them, and ends with the preview once they hold', async () => {
    const newcomer = new Newcomer();
    const given = { ...backend(newcomer), CIVO_TOKEN: civo.api.token, SMTP_PASSWORD: LOGIN.password };
    const open = newcomer.write('open.yaml', { smtp: { password: LOGIN.password } });
    expect((await newcomer.alone({ ...given, ANSWERS: open })).stderr).toContain(
      'give it in the environment: SMTP_PASSWORD',
    );

    const elsewhere = { domain: 'localhost.example', size: 'g3.2xlarge', mediaGb: 10_000 };
    const { mastodon, ...others } = answers();
    const wrong = newcomer.write('wrong.yaml', {
      ...others,
      ...elsewhere,
      mastodon: { ...mastodon, streamingDigest: `sha256:${'0'.repeat(64)}` },
    });
    const refused = await newcomer.alone({ ...given, SMTP_PASSWORD: 'wrong horse', ANSWERS: wrong });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/! domain: localhost.example is served by none of its own/);
    expect(refused.stdout).toMatch(/✗ quota: .*objectstore_gb: \d+ free, 10500 needed/);
    expect(refused.stdout).toContain('✗ mail relay: smtp.toot.example');
    expect(refused.stdout).toContain(`pulumi config set --path mastodon.streamingDigest ${digest}`);
    expect(refused.stderr).toContain('Correct what is marked with ✗');

    const right = newcomer.write('right.yaml', { ...answers(), size: 'g3.medium', mediaGb: 500 });
    const done = await newcomer.alone({ ...given, ANSWERS: right });
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toContain('✓ domain: ns0.civo.com, ns1.civo.com');
    expect(done.stdout).toMatch(/total +32\.59/);
    expect(civo.state.instances).toEqual([]);
    // The answers are kept: nothing has to be given twice.
    expect((await newcomer.alone({ ...backend(newcomer), CIVO_TOKEN: civo.api.token })).code).toBe(0);
  });

  test('keeps the state in a bucket, with a passphrase that a team has encrypted to its keys', async () => {
    const newcomer = new Newcomer();
    const bucket = await StateBucket.start(toolchain, join(newcomer.folder, 'buckets'));
    services.push(bucket);
    // As docs/state.md has it.
    const key = join(newcomer.folder, 'id_ed25519');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const file = join(newcomer.folder, 'passphrase.age');
    execFileSync('age', ['--encrypt', '-R', `${key}.pub`, '-o', file], { input: PASSPHRASE });
    const passphrase = execFileSync('age', ['--decrypt', '-i', key, file], { encoding: 'utf8' });

    const done = await newcomer.alone({
      ...bucket.key,
      BACKEND: bucket.url,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      CIVO_TOKEN: civo.api.token,
      SMTP_PASSWORD: LOGIN.password,
      ANSWERS: newcomer.write('answers.yaml', answers()),
    });
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toContain('✓ the state is kept in s3://state');
    expect(existsSync(join(bucket.folder, '.pulumi', 'stacks', 'mastodon-on-civo', 'prod.json'))).toBe(true);
  });
});
