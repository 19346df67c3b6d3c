/** Writes what a recovery needs when the stack's state is lost, encrypted to public keys or with a passphrase. */
import { readFileSync } from 'node:fs';
import { decrypt, encrypt, recipientKinds, recipientsIn } from '../lib/age';
import { fromCaller } from '../lib/checkout';
import { readConfig } from '../lib/stack-config';
import { kitOf, kitText, missingParts } from './format';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

export interface RecoveryKitOptions {
  /** Public keys. Without any it is a passphrase. */
  readonly recipients: string | undefined;
  /** A file of public keys. */
  readonly recipientsFile: string | undefined;
  /** A private key that the kit is read back with. */
  readonly identity: string | undefined;
  /** The file to write. */
  readonly file: string | undefined;
}

export async function recoveryKit(
  pulumi: PulumiCli,
  { identity, ...options }: RecoveryKitOptions,
): Promise<void> {
  const recipients = recipientsIn(`${options.recipients ?? ''} ${keysIn(options.recipientsFile)}`);
  const stack = await pulumi.stackName();
  const now = new Date();
  const kit = kitOf(stack, await pulumi.outputs(), await readConfig(pulumi), now);
  const missing = missingParts(kit);
  if (missing.length > 0) {
    throw new OperationError(
      `The stack ${stack} lacks what a recovery needs: ${missing.join(', ')}. Run "pulumi up" to its end, then this again.`,
    );
  }

  const file = options.file ?? fromCaller(`recovery-kit-${stack}-${now.toISOString().slice(0, 10)}.age`);
  const text = kitText(kit);
  await encrypt(text, file, recipients);
  const opens = await verify(file, text, recipients, identity);
  console.log(`${file} holds the recovery kit of ${kit.server.url}, made ${kit.made}. ${opens}

Keep it where neither this computer nor Civo is needed to get it, and make a new one after each change of settings or
version. Test that you can open it, on the computer that you would recover from:

  age --decrypt ${recipients.length > 0 ? '--identity KEY ' : ''}${file} | grep '"format"'

docs/recovery.md describes how it is used: bin/mastodon adopt-kit ${file}`);
}

function keysIn(file: string | undefined): string {
  if (file === undefined) return '';
  try {
    return readFileSync(file, 'utf8').replaceAll(/^\s*#.*$/gm, '');
  } catch (error) {
    throw new OperationError(`--recipients-file ${file} can't be read: ${String(error)}`);
  }
}

/** What can be known of the file: with a passphrase or a private key it is read back, otherwise its recipients are counted. */
async function verify(
  file: string,
  text: string,
  recipients: readonly string[],
  identity?: string,
): Promise<string> {
  const kinds = recipientKinds(file);
  if (kinds.length !== Math.max(recipients.length, 1)) {
    throw new OperationError(
      `${file} is for ${String(kinds.length)} recipients, not ${String(recipients.length)}.`,
    );
  }
  if (recipients.length > 0 && identity === undefined) {
    return `It opens with any of ${String(recipients.length)} keys (${kinds.join(', ')}); --identity FILE would have tried one.`;
  }
  if (recipients.length === 0) console.log('The passphrase once more: the kit is read back.');
  if ((await decrypt(file, identity)) !== text) {
    throw new OperationError(`${file} was read back and is not what was written. Don't rely on it.`);
  }
  return 'It was read back, and is whole.';
}
