/** Encryption by age (https://age-encryption.org): plain text goes through pipes only, passphrases through the terminal. */
import type { StdioOptions } from 'node:child_process';
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { OperationError } from './pulumi-cli';
import { spawned } from './spawned';

/** The beginning of what is meant as a key, right or wrong. */
const KEY_LIKE = /^(age|ssh-|ecdsa-|sk-|AAAA)/i;

/**
 * Public keys out of one text: `age1…`, or `ssh-ed25519 …` and `ssh-rsa …` with or without a comment.
 * @throws OperationError naming what is not a recipient: its owner could not open the file
 */
export function recipientsIn(text: string): string[] {
  const words = text.split(/[\s,]+/).filter(Boolean);
  const recipients: string[] = [];
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (/^age1[a-z0-9]+$/.test(word)) recipients.push(word);
    else if (/^ssh-(ed25519|rsa)$/.test(word) && /^AAAA/.test(words[0] ?? '')) {
      recipients.push(`${word} ${words.shift() ?? ''}`);
      // The key's comment.
      while (words[0] !== undefined && !KEY_LIKE.test(words[0])) words.shift();
    } else {
      throw new OperationError(
        `--recipients has "${word}"; expected public keys: age1… (age-keygen), or ssh-ed25519 AAAA… and ssh-rsa AAAA…`,
      );
    }
  }
  return recipients;
}

/**
 * Encrypts to recipients, or to a passphrase that age asks for, into a new file that only its owner can read.
 * @throws OperationError if the file is there already, or age fails; then there is no file
 */
export async function encrypt(text: string, file: string, recipients: readonly string[]): Promise<void> {
  const output = create(file);
  try {
    const to = recipients.length === 0 ? ['--passphrase'] : recipients.flatMap((one) => ['--recipient', one]);
    await age(['--encrypt', ...to], ['pipe', output, 'inherit'], text);
  } catch (error) {
    rmSync(file);
    throw error;
  } finally {
    closeSync(output);
  }
}

function create(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new OperationError(`${file} can't be written: ${message}`);
    throw new OperationError(
      `${file} is there already. It was left as it is: give another name: --file FILE.`,
    );
  }
}

/** The plain text of a file, by the private key in `identity` or by a passphrase that age asks for. */
export function decrypt(file: string, identity?: string): Promise<string> {
  const key = identity === undefined ? [] : ['--identity', identity];
  return age(['--decrypt', ...key, file], ['inherit', 'pipe', 'inherit']);
}

/** How a file is encrypted: the kinds of its recipients, such as `X25519`, `ssh-ed25519` or `scrypt` (a passphrase). */
export function recipientKinds(file: string): string[] {
  const head = Buffer.alloc(65_536);
  const input = openSync(file, 'r');
  const length = readSync(input, head);
  closeSync(input);
  const text = head.toString('latin1', 0, length);
  if (!text.startsWith('age-encryption.org/v1\n')) {
    throw new OperationError(`${file} is not encrypted by age: it does not begin as such a file does.`);
  }
  const [header = ''] = text.split('\n---');
  return [...header.matchAll(/^-> (\S+)/gm)]
    .map(([, kind = '']) => kind)
    .filter((kind) => !kind.endsWith('-grease'));
}

async function age(args: readonly string[], stdio: StdioOptions, input?: string): Promise<string> {
  const missing = 'There is no age on the PATH: apt-get install age, or brew install age.';
  const { code, stdout } = await spawned('age', args, { stdio, input }, new OperationError(missing));
  if (code !== 0) throw new OperationError('age failed: see above what it says.');
  return stdout;
}
