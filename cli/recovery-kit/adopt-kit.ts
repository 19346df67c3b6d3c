/**
 * Brings a recovery kit into a new stack, so that `pulumi up` continues with the secrets, buckets, address and machine of
 * the lost one.
 */
import { existsSync } from 'node:fs';
import { messageOf } from '../../lib/message-of';
import { NAMESPACE } from '../../settings/namespace';
import type { PlainSettings } from '../../settings/types';
import { type Validation, validate } from '../../settings/validate';
import { decrypt, recipientKinds } from '../lib/age';
import { readConfig, type Setting, writeConfig } from '../lib/stack-config';
import { mergeSettings } from './merge-settings';
import { missingParts, parseKit, type RecoveryKit } from './format';
import { findExisting, type Existing } from './find-existing';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

export interface AdoptKit {
  /** The kit's file. */
  readonly kit: string | undefined;
  /** The private key that opens it. */
  readonly identity: string | undefined;
  /** Objects that are really gone at Civo, or `all`: new ones are created then. */
  readonly gone: string | undefined;
}

export async function adoptKit(pulumi: PulumiCli, options: AdoptKit): Promise<void> {
  const stack = await pulumi.stackName();
  const resources = await pulumi.resourceCount();
  if (resources > 0) {
    throw new OperationError(
      `The stack ${stack} has ${String(resources)} resources. A kit is for a new stack, made by: pulumi stack init NAME`,
    );
  }
  const kit = await openKit(options);
  if (kit.stack !== stack) {
    throw new OperationError(
      `The kit is of the stack ${kit.stack}, and what it has at Civo is named after that; this stack is ${stack}. ` +
        `Give the new one that name: pulumi stack init ${kit.stack}`,
    );
  }

  const config = await readConfig(pulumi);
  config.delete('adopted');
  requireSameDomain(kit, config);
  const { added, merged } = mergeSettings(kit, config);
  const existing = await findExisting(kit, valid(validate(merged)));
  refuseUnlessConfirmed(existing, options.gone);

  const adopted = { from: 'kit', secrets: kit.secrets, objects: existing.objects };
  if (existing.generation !== undefined) added.generation = { value: existing.generation, secret: false };
  valid(validate({ ...merged, adopted }));
  await writeConfig(pulumi, added);
  await pulumi.output(['config', 'set', '--secret', `${NAMESPACE}adopted`], JSON.stringify(adopted));
  console.log(report(kit, existing, Object.keys(added)));
}

async function openKit({ kit: file, identity }: AdoptKit): Promise<RecoveryKit> {
  if (file === undefined) throw new OperationError('Which kit? bin/mastodon adopt-kit recovery-kit-….age');
  if (!existsSync(file)) throw new OperationError(`${file}: there is no such file.`);
  const kinds = recipientKinds(file);
  if (!kinds.includes('scrypt') && identity === undefined) {
    throw new OperationError(
      `${file} is encrypted to keys (${kinds.join(', ')}). Give the private half of one: --identity ~/.ssh/id_ed25519`,
    );
  }
  const text = await decrypt(file, identity);
  const kit = asMistake(() => parseKit(text));
  const missing = missingParts(kit);
  if (missing.length > 0) {
    throw new OperationError(
      `${file} is not complete, and nothing is made up in the place of what is missing: ${missing.join(', ')}. ` +
        'Use another kit, or add them: decrypt it into memory (/dev/shm), edit it, encrypt it again.',
    );
  }
  return kit;
}

function asMistake<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new OperationError(messageOf(error));
  }
}

function requireSameDomain({ server, stack }: RecoveryKit, config: ReadonlyMap<string, Setting>): void {
  const domain = config.get('domain')?.value ?? server.domain;
  if (domain === server.domain) return;
  throw new OperationError(
    `The kit is of ${server.domain}; Pulumi.${stack}.yaml is of ${JSON.stringify(domain)}. Put that file away, make the stack ` +
      `again (pulumi stack rm ${stack}, pulumi stack init ${stack}), and run this again: the kit has all settings.`,
  );
}

function valid(validation: Validation): PlainSettings {
  if ('settings' in validation) return validation.settings;
  throw new OperationError(
    `These settings can't be used; correct them and run this again:\n${validation.problems.map((one) => `  ${one}`).join('\n')}`,
  );
}

/** Making a new bucket in the place of one that is only out of sight would be the worst outcome. */
function refuseUnlessConfirmed({ gone }: Existing, names: string | undefined): void {
  const confirmed = names?.split(/[\s,]+/) ?? [];
  const open = confirmed.includes('all') ? [] : gone.filter((name) => !confirmed.includes(name));
  if (open.length === 0) return;
  throw new OperationError(
    `Civo does not have what the kit names: ${open.join(', ')}. If that is so (look at Civo's dashboard, in the right ` +
      `account and region), run this again with --gone '${gone.join(' ')}': new ones are made then, and empty. Nothing was changed.`,
  );
}

function report(
  kit: RecoveryKit,
  { objects, gone, generation, leftovers }: Existing,
  added: readonly string[],
): string {
  const notes = [...gone, 'generation'] as string[];
  const found = Object.entries(objects).filter(([name, id]) => id !== undefined && !notes.includes(name));
  const machine =
    generation === undefined
      ? 'a new one is made, and restores the database from the backup bucket'
      : `generation ${String(generation)} is still there and taken over; should it be dead, raise the setting generation afterwards`;
  const settings = added.filter((key) => key !== 'generation');
  return [
    `The stack ${kit.stack} continues with the secrets of ${kit.server.url}, from the kit of ${kit.made}.`,
    `  taken over   ${found.map(([name]) => name).join(', ') || 'nothing'}`,
    ...(gone.length > 0 ? [`  made again   ${gone.join(', ')}: gone at Civo`] : []),
    `  the machine  ${machine}`,
    ...leftovers.map(
      (host) => `  left over    ${host}: see what it is, then remove it: civo instance remove ${host}`,
    ),
    ...(settings.length > 0
      ? [`  settings     from the kit, as this stack had none: ${settings.join(', ')}`]
      : []),
    '',
    'Connect to the VPN and run: pulumi up',
    'Then make a new kit: bin/mastodon recovery-kit',
  ].join('\n');
}
