/** The stack's state is lost, and a kit brings it back: same secrets, same objects at Civo, same machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureHostPackages } from '../../local/host-packages';
import type { RecoveryKit } from '../../cli/recovery-kit/format';
import { STACK_SECRETS } from '../../settings/secret-names';
import { TestCivo } from '../support/test-civo';
import { paperStack } from '../support/paper-stack';
import { programSettings } from '../support/program-settings';
import { type ConfigValue, createStack, type Stack } from '../support/stack';

jest.setTimeout(240_000);

const projectDir = join(__dirname, '..', '..');

interface Outputs {
  publicAddress: string;
  instanceId: string;
  sshHostKey: string;
  buckets: unknown;
  recovery: Record<string, string> & Record<'media' | 'backups', unknown>;
}

let folder: string;
let civo: TestCivo;
let lost: Stack;
let outputs: Outputs;
let kit: string;
const stacks: Stack[] = [];

async function newStack(name = 'test', config: Record<string, ConfigValue> = {}): Promise<Stack> {
  const env = { CIVO_TOKEN: civo.api.token, IDENTITY: '' };
  const stack = await createStack({ projectDir, name, config, env });
  stacks.push(stack);
  return stack;
}

const ageKey = () => join(folder, 'age-key');
const sshKey = () => join(folder, 'ssh-key');

const variable = 'mastodon.environment.DEEPL_API_KEY';

/** The kit, changed and encrypted again. */
function changedKit(name: string, change: (kit: RecoveryKit) => object): string {
  const text = execFileSync('age', ['--decrypt', '--identity', sshKey(), kit], { encoding: 'utf8' });
  const file = join(folder, name);
  const input = JSON.stringify(change(JSON.parse(text) as RecoveryKit));
  execFileSync('age', ['--encrypt', '--recipients-file', `${sshKey()}.pub`, '--output', file], { input });
  return file;
}

beforeAll(async () => {
  await ensureHostPackages(['age', 'openssh-client', 'bsdutils']);
  folder = mkdtempSync(join(tmpdir(), 'recovery-kit-'));
  execFileSync('age-keygen', ['--output', ageKey()], { stdio: 'ignore' });
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice@laptop', '-f', sshKey()]);
  ({ civo, stack: lost } = await paperStack({ IDENTITY: '' }));
  stacks.push(lost);
  const { smtp } = programSettings('') as { smtp: Record<string, string> };
  const { password = '', ...relay } = smtp;
  await lost.setConfig({ smtp: relay });
  await lost.run(['config', 'set', '--secret', '--path', 'smtp.password', password]);
  await lost.run(['config', 'set', '--secret', '--path', variable, 'hush:fx']);
  outputs = await lost.outputs<Outputs>({ showSecrets: true });

  kit = join(folder, 'kit.age');
  const recipient = /age1\w+/.exec(readFileSync(ageKey(), 'utf8'))?.[0] ?? '';
  const ssh = readFileSync(`${sshKey()}.pub`, 'utf8').trim();
  const written = await lost.operation('recovery-kit', {
    FILE: kit,
    RECIPIENTS: `${recipient} ${ssh}`,
    IDENTITY: ageKey(),
  });
  expect([written.exitCode, written.stderr]).toEqual([0, '']);
  expect(written.stdout).toContain('It was read back, and is whole.');
}, 1_800_000);

afterAll(async () => {
  for (const stack of stacks) stack.remove();
  await civo.stop();
  rmSync(folder, { recursive: true });
});

describe('a recovery kit', () => {
  test('is its owner’s alone, and holds no plain text', () => {
    expect(statSync(kit).mode & 0o777).toBe(0o600);
    expect(readFileSync(kit, 'latin1')).not.toContain(outputs.recovery.secretKeyBase);
  });

  test('opens with each of the keys, with all secrets of the stack in it', () => {
    for (const identity of [ageKey(), sshKey()]) {
      const text = execFileSync('age', ['--decrypt', '--identity', identity, kit], { encoding: 'utf8' });
      expect((JSON.parse(text) as RecoveryKit).secrets).toMatchObject({
        secretKeyBase: outputs.recovery.secretKeyBase,
        backupCipher: outputs.recovery.backupCipher,
        hostKey: outputs.recovery.hostKey,
      });
    }
  });

  test('overwrites nothing', async () => {
    const before = readFileSync(kit);
    const again = await lost.operation('recovery-kit', { FILE: kit, RECIPIENTS_FILE: `${sshKey()}.pub` });
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain('is there already. It was left as it is');
    expect(readFileSync(kit)).toEqual(before);
  });

  test('refuses an invalid recipient, and leaves no file', async () => {
    const file = join(folder, 'none.age');
    const wrong = await lost.operation('recovery-kit', { FILE: file, RECIPIENTS: 'age1qqqq' });
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toContain('age failed');
    const unknown = await lost.operation('recovery-kit', { FILE: file, RECIPIENTS: 'alice' });
    expect(unknown.stderr).toContain('--recipients has "alice"; expected public keys');
    expect(existsSync(file)).toBe(false);
  });

  test('can be made with a passphrase, which is asked for on the terminal, and is read back with it', async () => {
    const file = join(folder, 'passphrase.age');
    const typed = 'correct horse battery\n'.repeat(3);
    const made = await lost.operation('recovery-kit', { FILE: file }, { onTerminal: typed });
    expect([made.exitCode, made.stdout]).toEqual([0, expect.stringContaining('It was read back')]);
    const stack = await newStack();
    const adopted = await stack.operation('adopt-kit', { KIT: file }, { onTerminal: 'wrong\n' });
    expect(adopted.exitCode).toBe(1);
    expect(adopted.stdout).toContain('incorrect passphrase');
  });
});

describe('what runs on the machine', () => {
  const attempt = async (variables: Record<string, string>) =>
    (await lost.operation('restore', variables)).stderr;

  test('says that the VPN is missing when the machine does not answer', async () => {
    expect(await attempt({})).toContain(
      `The machine does not answer at ${outputs.publicAddress}. SSH is open to the ranges of the setting vpnCidrs only`,
    );
  });

  test('is refused where it can’t be meant', async () => {
    expect(await attempt({ TO: '2026-11-23', DUMP: 'newest' })).toContain('--to and --dump are both given');
    expect(await attempt({ ADMIN: 'mallory' })).toContain('expected one of alice, bob');
    const stack = await newStack('empty');
    expect((await stack.operation('restore')).stderr).toContain('This stack has no machine');
  });
});

test('a leaked key is worthless once the credential has another secret, and the stack continues with that', async () => {
  const { id = '' } =
    civo.state.objectStoreCredentials.find(({ name }) => name === 'mastodon-test-backups') ?? {};
  await civo.put(`/v2/objectstore/credentials/${id}`, { secret_access_key_id: 'f'.repeat(40) });
  expect((await lost.operation('refresh')).exitCode).toBe(0);
  const { changes } = await lost.up();
  expect(Object.keys(changes)).toEqual(['same']);
  const before = outputs.recovery.backups;
  outputs = await lost.outputs<Outputs>({ showSecrets: true });
  expect(outputs.recovery.backups).toEqual({ ...(before as object), secretAccessKey: 'f'.repeat(40) });
  expect(JSON.stringify(await lost.export())).not.toContain('f'.repeat(40));
  const again = { FILE: `${kit}.new`, RECIPIENTS_FILE: `${sshKey()}.pub` };
  await lost.operation('recovery-kit', again);
  kit = again.FILE;
});

describe('a new stack', () => {
  const attempt = async (stack: Stack, variables: Record<string, string>) =>
    (await stack.operation('adopt-kit', { IDENTITY: sshKey(), KIT: kit, ...variables })).stderr;

  const adoptedBy = async (stack: Stack) => (await stack.run(['config', 'get', 'adopted'])).stdout.trim();

  test('refuses what is no complete kit of its own, and says why', async () => {
    expect(await attempt(lost, {})).toMatch(/The stack test has \d+ resources. A kit is for a new stack/);
    expect(await attempt(await newStack('other'), {})).toContain('The kit is of the stack test');
    const stack = await newStack();
    expect(await attempt(stack, { KIT: '' })).toContain('Which kit?');
    expect(await attempt(stack, { KIT: ageKey() })).toContain('is not encrypted by age');
    expect(await attempt(stack, { IDENTITY: '' })).toContain('is encrypted to keys (ssh-ed25519)');
    const older = changedKit('newer.age', (whole) => ({ ...whole, version: 2 }));
    expect(await attempt(stack, { KIT: older })).toContain('version 2; this program knows version 1');
    const incomplete = changedKit('incomplete.age', ({ secrets, ...rest }) => ({
      ...rest,
      secrets: { ...secrets, backupCipher: '' },
    }));
    expect(await attempt(stack, { KIT: incomplete })).toMatch(/is not complete.*: secrets.backupCipher/);
    const mixed = changedKit('mixed.age', ({ secrets, ...rest }) => ({
      ...rest,
      secrets: { ...secrets, vapidPublicKey: 'x' },
    }));
    expect(await attempt(stack, { KIT: mixed })).toContain('is not the public half of vapidPrivateKey');
    expect(await adoptedBy(stack)).toBe('');
  });

  test('refuses to make again what Civo doesn’t show, unless that is confirmed', async () => {
    const { objectStores } = civo.state;
    const id = objectStores.find(({ name }) => name === 'mastodon-test-media')?.id ?? '';
    const moved = changedKit('moved.age', ({ buckets, ...rest }) => ({
      ...rest,
      buckets: { ...buckets, media: { ...buckets.media, storeId: id.replaceAll(/[0-9]/g, '0') } },
    }));
    const stack = await newStack();
    expect(await attempt(stack, { KIT: moved })).toContain(
      'Civo does not have what the kit names: mediaStore.',
    );
    expect(await attempt(stack, { KIT: moved, GONE: 'mediaStore' })).toBe('');
    // A bucket of that name is there after all.
    await expect(stack.up()).rejects.toThrow('Civo has an object store called mastodon-test-media already');
  });

  test('says when Civo does not answer, and changes nothing', async () => {
    const stack = await newStack();
    const silent = await attempt(stack, { CIVO_TOKEN: 'wrong' });
    expect(silent).toContain('Civo does not say what it has');
    expect(await adoptedBy(stack)).toBe('');
  });

  test('adopts a kit, and continues with the same secrets, buckets, address, zone and machine', async () => {
    const before = civo.state;
    const stack = await newStack();
    const adopted = await stack.operation('adopt-kit', { IDENTITY: sshKey(), KIT: kit });
    expect([adopted.exitCode, adopted.stderr]).toEqual([0, '']);
    expect(adopted.stdout).toContain('still there and taken over');
    expect((await stack.run(['config', 'get', '--path', variable])).stdout.trim()).toBe('hush:fx');
    expect((await stack.run(['config', '--json'])).stdout).not.toContain('hush:fx');

    await stack.up();
    const now = await stack.outputs<Outputs>({ showSecrets: true });
    expect(now).toEqual(outputs);
    const after = civo.state;
    for (const kind of [
      'networks',
      'firewalls',
      'instances',
      'reservedIps',
      'objectStores',
      'objectStoreCredentials',
      'dnsDomains',
    ] as const)
      expect([kind, after[kind]]).toEqual([kind, before[kind]]);
    expect(after.sshKeys).toHaveLength(before.sshKeys.length);
    await stack.preview({ expectNoChanges: true });

    const state = JSON.stringify(await stack.export());
    const secrets = STACK_SECRETS.filter((name) => name !== 'vapidPublicKey');
    for (const secret of secrets.map((name) => outputs.recovery[name])) {
      expect(state).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });

  test('replaces the machine that it took over when generation is raised, and its kit is the old one’s', async () => {
    const stack = stacks.at(-1) as Stack;
    const again = join(folder, 'again.age');
    await stack.operation('recovery-kit', { FILE: again, RECIPIENTS_FILE: `${sshKey()}.pub` });
    const opened = (file: string) =>
      JSON.parse(
        execFileSync('age', ['--decrypt', '--identity', sshKey(), file], { encoding: 'utf8' }),
      ) as RecoveryKit;
    expect({ ...opened(again), made: '' }).toEqual({ ...opened(kit), made: '' });

    await stack.setConfig({ generation: 2 });
    await stack.up();
    const now = await stack.outputs<Outputs>({ showSecrets: true });
    expect(now.instanceId).not.toBe(outputs.instanceId);
    expect(now.publicAddress).toBe(outputs.publicAddress);
    expect(civo.state.instances.map(({ hostname }) => hostname)).toEqual(['mastodon-test-2']);
    await stack.preview({ expectNoChanges: true });
  });

  test('stops at once when the setting adopted is taken away', async () => {
    const stack = stacks.at(-1) as Stack;
    await stack.setConfig({ adopted: undefined });
    await expect(stack.preview()).rejects.toThrow(/secrets-are-in-the-setting-adopted.*cannot be deleted/);
  });
});

describe('an old kit', () => {
  const adopt = async (stack: Stack, variables: Record<string, string> = {}) => {
    const adopted = await stack.operation('adopt-kit', { IDENTITY: sshKey(), KIT: kit, ...variables });
    expect([adopted.exitCode, adopted.stderr]).toEqual([0, '']);
    return adopted.stdout;
  };

  test('finds the machine that was made after it', async () => {
    const before = civo.state.instances;
    const stack = await newStack();
    expect(await adopt(stack)).toContain('generation 2 is still there and taken over');
    await stack.up();
    expect(civo.state.instances).toEqual(before);
    await stack.preview({ expectNoChanges: true });
  });

  test('makes everything again in another account, but with the old secrets, once that is confirmed', async () => {
    const other = await TestCivo.start();
    try {
      const stack = await newStack('test', { apiEndpoint: other.api.url });
      expect(await adopt(stack, { GONE: 'all' })).toMatch(
        /taken over   nothing\n  made again   mediaStore, /,
      );
      await stack.up();
      const now = await stack.outputs<Outputs>({ showSecrets: true });
      for (const name of STACK_SECRETS) expect(now.recovery[name]).toBe(outputs.recovery[name]);
      expect(other.state.objectStores.map(({ name }) => name).sort()).toEqual([
        'mastodon-test-backups',
        'mastodon-test-media',
      ]);
      await stack.preview({ expectNoChanges: true });
    } finally {
      await other.stop();
    }
  });
});

test('the setting adopted is refused when something is missing in it', async () => {
  const adopted = { from: 'server', secrets: { secretKeyBase: 'x' } };
  const stack = await newStack('test', { ...programSettings(civo.api.url) });
  writeFileSync(join(folder, 'adopted.json'), JSON.stringify(adopted));
  await stack.run(['config', 'set', '--secret', 'adopted', JSON.stringify(adopted)]);
  await expect(stack.up()).rejects.toThrow(
    'mastodon-on-civo:adopted.secrets.encryptionPrimaryKey: is missing; nothing is made up in its place',
  );
});
