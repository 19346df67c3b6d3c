/**
 * The blocks of docs/recovery.md and docs/forgotten.md, typed line by line by an administrator who has lost something. What needs a
 * machine is left to the machine tests: restores, imports, rotations of what is there.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureHostPackages } from '../../local/host-packages';
import { ensureToolchain, type Toolchain } from '../../local/toolchain';
import { PRESETS } from '../../local/civo/faults/fault';
import { STACK_SECRETS } from '../../settings/secret-names';
import { TestCivo } from '../support/test-civo';
import { Checkout, success } from '../support/checkout';
import { programSettings } from '../support/program-settings';

jest.setTimeout(240_000);

interface Outputs {
  publicAddress: string;
  instanceId: string;
  recovery: Record<string, unknown>;
}

let folder: string;
let civo: TestCivo;
let toolchain: Toolchain;
let checkout: Checkout;
let outputs: Outputs;

/** What stands for the dots of a command. */
const kit = () => join(folder, 'elsewhere', 'kit.age');
const backend = () => join(folder, 'backend');
/** Alice's. */
const key = () => join(folder, 'home', '.ssh', 'id_ed25519');

function newCheckout(name: string, token = civo.api.token): Checkout {
  return new Checkout(join(folder, name), {
    ...toolchain.env,
    PATH: `${dirname(toolchain.pulumi)}${delimiter}${process.env.PATH ?? ''}`,
    HOME: join(folder, 'home'),
    CIVO_TOKEN: token,
    PULUMI_BACKEND_URL: `file://${backend()}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
  });
}

/** The lines of the first block under a heading, or of the nth. */
function lines(page: string, heading: string, nth = 0): string[] {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', page), 'utf8');
  const [, section = ''] = text.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [, block = ''] = [...section.matchAll(/^ *```sh\n(.*?)^ *```$/gms)][nth] ?? [];
  const commands = block.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  if (!commands.some(Boolean)) throw new Error(`${page}: no block under "${heading}"`);
  return commands.filter(Boolean);
}

/** Types each of them in the checkout, all in one shell. `pulumi` asks nothing, as there is no terminal. */
function type(commands: readonly string[], place = checkout): Promise<string> {
  const script = commands
    .map((line) => line.replace(/recovery-kit-prod-….age/, kit()))
    .map((line) => line.replace(/^pulumi up$/, 'pulumi up --yes'))
    // There is no terminal to ask for a passphrase on.
    .map((line) => line.replace(/^bin\/mastodon (recovery|adopt)-kit/, `$& --identity ${key()}`))
    .map((line) => line.replace(/^bin\/mastodon recovery-kit/, `$& --recipients-file ${key()}.pub`));
  expect(script.join('\n')).not.toContain('…');
  return success(place.run('bash', ['-ec', script.join('\n')]));
}

async function outputsOf(place: Checkout): Promise<Outputs> {
  const flags = ['stack', 'output', '--json', '--show-secrets', '--stack', 'prod'];
  return JSON.parse(await success(place.run('pulumi', flags))) as Outputs;
}

async function loseState(): Promise<void> {
  rmSync(join(backend(), '.pulumi', 'stacks', 'mastodon-on-civo', 'prod.json'));
  expect(await success(checkout.run('pulumi', ['stack', 'ls']))).not.toContain('prod');
}

const changes = ['preview', '--stack', 'prod', '--expect-no-changes', '--non-interactive'];

beforeAll(async () => {
  await ensureHostPackages(['age', 'openssh-client']);
  toolchain = await ensureToolchain();
  folder = mkdtempSync(join(tmpdir(), 'runbooks-'));
  for (const name of ['backend', 'elsewhere', join('home', '.ssh')])
    mkdirSync(join(folder, name), { recursive: true });
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice@laptop', '-f', key()]);
  civo = await TestCivo.start();
  checkout = newCheckout('checkout');
  const { smtp, ...settings } = programSettings(civo.api.url) as { smtp: object };
  checkout.changeSettings({ ...settings, smtp, protect: true });
  await type(['pulumi stack init prod', 'pulumi up', `bin/mastodon recovery-kit --file ${kit()}`]);
  outputs = await outputsOf(checkout);
}, 1_800_000);

afterAll(async () => {
  await civo.stop();
  rmSync(folder, { recursive: true });
});

test('what the stack has forgotten: the previous state is restored', async () => {
  civo.api.fault({ on: ['GET /v2/instances/*'], times: 1_000, effect: PRESETS.unavailable });
  await success(checkout.run('pulumi', ['refresh', '--stack', 'prod', '--yes', '--non-interactive']));
  civo.api.liftFaults();
  expect((await checkout.run('pulumi', changes)).code).not.toBe(0);

  const [enter = '', list = '', copy = ''] = lines(
    'forgotten.md',
    'When the stack has forgotten what Civo has',
    1,
  );
  const pulumi = enter.replace('…', backend());
  const copies = (await type([pulumi, list])).trim().split('\n');
  // The newest is that of the refresh.
  await type([pulumi, copy.replace(/history\S+…\S+/, copies[1] ?? '')]);
  await success(checkout.run('pulumi', changes));
});

test('the state is lost: a new stack adopts the kit', async () => {
  await loseState();
  const [remove = '', ...others] = lines('recovery.md', 'The state is lost');
  expect(remove).toMatch(/^pulumi stack rm prod/); // only if one is left: none is
  await type(others);
  expect(await outputsOf(checkout)).toEqual(outputs);
  await success(checkout.run('pulumi', changes));
});

test('the state and the computer are lost: the same on another one', async () => {
  await loseState();
  const other = newCheckout('another-checkout');
  const [clone = '', away = '', login = '', ...others] = lines(
    'recovery.md',
    'The state and the computer are lost',
  );
  expect([clone, login]).toEqual(['git clone … && cd … && npm ci', 'pulumi login … && export CIVO_TOKEN=…']);
  const vpn = others.findIndex((line) => line.includes('vpnCidrs'));
  await type([away, ...others.slice(0, vpn + 1)], other);
  await type(others.slice(vpn + 1), other);
  const now = await outputsOf(other);
  expect(now.instanceId).toBe(outputs.instanceId);
  expect(now.recovery).toMatchObject(
    Object.fromEntries(STACK_SECRETS.map((name) => [name, outputs.recovery[name]])),
  );
  const opens = civo.state.firewalls.flatMap(({ rules }) => rules).filter(({ ports }) => ports === '22');
  expect(opens.map(({ cidr }) => cidr)).toEqual([['203.0.113.0/24']]);
  checkout = other;
});

test('the machine is lost: a new one comes', async () => {
  await type(lines('recovery.md', 'The machine is lost'));
  const now = await outputsOf(checkout);
  expect(now.instanceId).not.toBe(outputs.instanceId);
  expect(now.publicAddress).toBe(outputs.publicAddress);
});

test('the account is gone: everything is made again in another one, with the old secrets', async () => {
  await loseState();
  const account = await TestCivo.start();
  try {
    const other = newCheckout('checkout-of-another-account', account.api.token);
    const { smtp, ...settings } = programSettings(account.api.url) as { smtp: object };
    other.changeSettings({ ...settings, smtp });
    const [token = '', ...others] = lines('recovery.md', 'The Civo account is gone');
    expect(token).toBe('export CIVO_TOKEN=…');
    // The empty server is there then; its data come by what needs a machine.
    const [init = '', adopt = '', up = '', restore = '', media = ''] = others;
    expect([restore, media]).toEqual([
      expect.stringMatching(/^bin\/mastodon restore/),
      expect.stringMatching(/^bin\/mastodon import/),
    ]);
    await type([init, adopt, up], other);
    const { recovery } = await outputsOf(other);
    for (const name of STACK_SECRETS) expect(recovery[name]).toBe(outputs.recovery[name]);
  } finally {
    await account.stop();
  }
});
