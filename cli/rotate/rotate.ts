/**
 * Replaces secrets that the stack made, and brings them to the machine: several by one `up`, which restarts each service once.
 * Cut short at any point, the same command continues.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confirm } from '@inquirer/prompts';
import { call } from '../../components/civo/api';
import { remedy } from '../../lib/nearest';
import type { Rotation } from '../../settings/secrets-table';
import { readConfig } from '../lib/stack-config';
import { RemoteMachine } from '../lib/ssh';
import { mend } from '../deploy/mend';
import { OperationError, type Outputs, type PulumiCli } from '../lib/pulumi-cli';
import { nameOfResource, rotationNames, rotationOf } from './rotations';
import { keepState, resourcesIn, statesFolder } from '../lib/state-backups';

/** Kinds of resources that are, or hold, a secret. */
const KINDS =
  /::(?:.*\$)?(?:random:index\/randomPassword:RandomPassword|tls:index\/privateKey:PrivateKey|civo:index\/objectStoreCredential:ObjectStoreCredential)::(.+)$/;

interface Secret {
  readonly name: string;
  readonly rotation: Exclude<Rotation, { readonly refused: string }>;
  readonly urn: string;
  readonly protect: boolean;
}

export interface Rotate {
  /** Names, each of which may be several with commas between them. Without any it lists all. */
  readonly secrets: readonly string[];
  /** Asks nothing. */
  readonly yes: boolean;
  /** `user@host` of a lock whose run is known to be over. */
  readonly lockOf: string | undefined;
}

export async function rotate(pulumi: PulumiCli, { secrets: wanted, yes, lockOf }: Rotate): Promise<void> {
  const names = [...new Set(wanted.flatMap((one) => one.split(/[\s,]+/)).filter(Boolean))];
  if (names.length === 0) {
    console.log(list());
    return;
  }
  const rotations = names.map((name) => ({ name, rotation: requireRotation(name) }));
  await mend(pulumi, lockOf);
  const state = await keepState(pulumi);
  const stack = await pulumi.stackName();
  const secrets = rotations.map((secret) => ({ ...secret, ...resourceOf(state, secret.name, stack) }));
  for (const { name, rotation } of secrets)
    console.log(secrets.length > 1 ? `${name}: ${rotation.effect}` : rotation.effect);
  if (names.some((name) => name.endsWith('wireguard-key'))) await requireAnotherWayIn(pulumi);
  // An `up` that has the rest asks for itself.
  const prepared = secrets.some(({ rotation }) => rotation.by !== 'replace');
  if (!yes && prepared && !(await agreed(names))) return;

  for (const secret of secrets) await prepare(pulumi, secret);
  const replaced = secrets.filter(({ rotation }) => rotation.by === 'replace');
  const replace = replaced.flatMap(({ urn }) => ['--replace', urn]);
  process.exitCode = await pulumi.shown(['up', ...replace, ...(yes || prepared ? ['--yes'] : [])]);
  if (process.exitCode !== 0) return;
  const rotated = `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} rotated.`;
  console.log(`${rotated} Make a new recovery kit: bin/mastodon recovery-kit`);
}

function requireRotation(name: string): Secret['rotation'] {
  const rotation = rotationOf(name);
  if (rotation === undefined) {
    const meant = remedy(name, rotationNames());
    throw new OperationError(
      `${name} is not a secret of the stack; ${meant} "bin/mastodon rotate" lists them.`,
    );
  }
  if ('refused' in rotation) throw new OperationError(`${name} can't be rotated: ${rotation.refused}`);
  return rotation;
}

/** All but the `up` that brings the new secret to the machine: several secrets share that one, and its restarts. */
async function prepare(pulumi: PulumiCli, { name, rotation, urn, protect }: Secret): Promise<void> {
  if (rotation.by === 'bucket') await changeBucketKey(pulumi, name as 'media' | 'backups', urn);
  else if (protect) await pulumi.output(['state', 'unprotect', urn, '--yes']);
  if (rotation.by === 'deploy-key') await bringDeployKey(pulumi, urn);
  if (rotation.by === 'host-key') await bringHostKey(pulumi, urn);
}

function list(): string {
  const lines = rotationNames().map((name) => {
    const rotation = rotationOf(name);
    if (rotation === undefined) return '';
    const text = 'refused' in rotation ? `can't be rotated: ${rotation.refused}` : rotation.effect;
    return `  ${name.padEnd(31)} ${text}`;
  });
  return ['bin/mastodon rotate NAME, or several names (media backups):', ...lines].join('\n');
}

function resourceOf(state: string, name: string, stack: string): { urn: string; protect: boolean } {
  const found = resourcesIn(state).find(({ urn }) => {
    const resource = KINDS.exec(urn)?.[1];
    return resource !== undefined && nameOfResource(resource, `mastodon-${stack}`) === name;
  });
  if (found) return { urn: found.urn, protect: found.protect ?? false };
  throw new OperationError(
    `The stack ${stack} did not make ${name} itself. What it has adopted (setting adopted) stays as it is: it came with data that depends on it.`,
  );
}

async function agreed(names: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new OperationError(
      `There is no terminal to ask on. Add --yes: bin/mastodon rotate ${names.join(' ')} --yes`,
    );
  }
  return confirm({ message: `Rotate ${names.join(', ')} now?`, default: false });
}

/** The tunnel ends in the middle of the `up` that changes its keys. */
async function requireAnotherWayIn(pulumi: PulumiCli): Promise<void> {
  const ranges = (await readConfig(pulumi)).get('vpnCidrs')?.value;
  if (Array.isArray(ranges) && ranges.length > 0) return;
  throw new OperationError(
    'SSH leads through the tunnel whose key is to change. Let yourself in by your address, and close that again afterwards: ' +
      `pulumi config set --path 'vpnCidrs[0]' "$(curl -4s https://api.ipify.org)/32" && pulumi up`,
  );
}

/** Replaces only this resource; all that depends on it follows with the `up` behind it. */
async function replaceAlone(pulumi: PulumiCli, urn: string): Promise<void> {
  const code = await pulumi.shown(['up', '--yes', '--skip-preview', '--target', urn, '--replace', urn]);
  if (code !== 0) throw new OperationError('Nothing was brought to the machine. Run the same command again.');
}

/** `pulumi up` logs in with the new key, so the machine must know it before: an administrator brings it. */
async function bringDeployKey(pulumi: PulumiCli, urn: string): Promise<void> {
  const machine = RemoteMachine.of(await pulumi.outputs(), pulumi.login);
  await machine.run(['sudo', 'true'], { input: 'ignore' });
  await replaceAlone(pulumi, urn);
  const key = secretIn(await pulumi.outputs(), 'deployKey');
  const add = 'ssh-keygen -y -f /dev/stdin | sudo tee --append /etc/ssh/authorized_keys.d/deploy >/dev/null';
  await withText(key, (input) =>
    // ssh-keygen reads no key that others might read.
    machine.run(
      [
        'bash',
        '-c',
        `umask 077; f=$(mktemp); trap 'rm -f "$f"' EXIT; cat >"$f"; ${add.replace('/dev/stdin', '"$f"')}`,
      ],
      {
        input,
      },
    ),
  );
}

/** The connection that brings the new key is verified by the old one, which is kept for a second attempt. */
async function bringHostKey(pulumi: PulumiCli, urn: string): Promise<void> {
  const outputs = await pulumi.outputs();
  const kept = join(statesFolder(), `${await pulumi.stackName()}-host-key-before`);
  if (existsSync(kept))
    console.log('An earlier attempt was cut short: continuing with the previous host key.');
  else writeFileSync(kept, outputs.sshHostKey ?? '', { mode: 0o600 });
  const machine = RemoteMachine.of({ ...outputs, sshHostKey: readFileSync(kept, 'utf8') }, pulumi.login);
  await machine.run(['sudo', 'true'], { input: 'ignore' });
  await replaceAlone(pulumi, urn);
  const install =
    'install -m 600 /dev/stdin /etc/ssh/ssh_host_ed25519_key && ' +
    'ssh-keygen -yf /etc/ssh/ssh_host_ed25519_key >/etc/ssh/ssh_host_ed25519_key.pub && systemctl reload-or-restart ssh';
  await withText(secretIn(await pulumi.outputs(), 'hostKey'), (input) =>
    machine.run(['sudo', 'bash', '-c', install], { input }),
  );
  rmSync(kept);
}

/** Civo lets a credential have another secret key; the name and the access key stay. */
async function changeBucketKey(pulumi: PulumiCli, bucket: 'media' | 'backups', urn: string): Promise<void> {
  const state = await pulumi.output(['stack', 'export']);
  const config = await readConfig(pulumi);
  const region = (config.get('region')?.value ?? 'LON1') as string;
  const endpoint = config.get('apiEndpoint')?.value as string | undefined;
  const { credential } = (await pulumi.outputs()).recovery?.[bucket] as { credential: string };
  await call('PUT', `objectstore/credentials/${credential}`, { region, endpoint }, '', {
    access_key_id: null,
    // As long as those that Civo makes.
    secret_access_key_id: randomBytes(20).toString('hex'),
    region,
  });
  await pulumi.output(['refresh', '--yes', '--skip-preview', '--non-interactive', '--target', urn]);
  if (resourcesIn(await pulumi.output(['stack', 'export'])).some((resource) => resource.urn === urn)) return;
  await pulumi.output(['stack', 'import'], state);
  throw new OperationError(
    `Civo did not show the credential of ${bucket} when its new key was to be read. Run: bin/mastodon refresh && pulumi up`,
  );
}

function secretIn({ recovery }: Outputs, name: string): string {
  const key = recovery?.[name];
  if (typeof key !== 'string')
    throw new OperationError(`The stack does not tell ${name}; run "pulumi up", then this again.`);
  return key.endsWith('\n') ? key : `${key}\n`;
}

/** Gives a text as a file descriptor to read from; its file is gone before anybody could look. */
async function withText<T>(text: string, use: (input: number) => Promise<T>): Promise<T> {
  const file = join(tmpdir(), `rotate-${randomBytes(8).toString('hex')}`);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  const input = openSync(file, 'r');
  rmSync(file);
  try {
    return await use(input);
  } finally {
    closeSync(input);
  }
}
