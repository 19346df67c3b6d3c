import { createECDH } from 'node:crypto';
import sshpk from 'sshpk';
import { type Check, type Findings, join } from './findings';
import type { Adopted, KnownSecrets } from './types';

type Raw = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
type Secret = keyof KnownSecrets;

/** Adopted secrets that are still plain. */
export type JudgedAdopted = Omit<Adopted, 'secrets'> & {
  readonly secrets: Readonly<Partial<Record<Secret, string>>>;
};

/** What the data of every Mastodon server depends on. */
export const SERVER_SECRETS = [
  'secretKeyBase', 'encryptionPrimaryKey', 'encryptionDeterministicKey', 'encryptionKeyDerivationSalt', 'vapidPrivateKey',
  'vapidPublicKey',
] as const satisfies readonly Secret[]; // prettier-ignore

/** What a stack of ours depends on. */
export const STACK_SECRETS = [
  ...SERVER_SECRETS, 'databasePassword', 'backupCipher', 'ownerPassword', 'deployKey', 'hostKey',
] as const satisfies readonly Secret[]; // prettier-ignore

/** Objects that hold data, or that others know: a lost stack's are found again, or said to be gone. */
export const KEPT_OBJECTS = [
  'mediaStore', 'mediaCredential', 'backupStore', 'backupCredential', 'reservedIp', 'zone',
] as const; // prettier-ignore

/** What stands in the place of an id for an object that is really gone: a new one is made. */
export const GONE = 'gone';

const SSH_KEYS: readonly Secret[] = ['deployKey', 'hostKey'];
const REMEDY = {
  kit: 'nothing is made up in its place: bring the whole kit in by make adopt-kit',
  server: "nothing is made up in its place: bring the server's file in by make import ENV=.env.production",
};

/** Judges what the stack takes over instead of making it. It is refused unless all is there that data depends on. */
export function judgeAdopted(findings: Findings, raw: Raw, dns: string): JudgedAdopted | undefined {
  if (raw.adopted === undefined || JSON.stringify(raw.adopted) === '{}') return undefined;
  const fields = findings.object(raw, '', 'adopted', ['from', 'secrets', 'objects']);
  const { from } = fields;
  if (from !== 'kit' && from !== 'server') {
    findings.refuse(
      'adopted.from',
      undefined,
      'expected kit or server, as make adopt-kit and make import write it',
    );
    return undefined;
  }
  const secrets = judgeSecrets(findings, fields, from);
  const objects = from === 'kit' ? judgeObjects(findings, fields, dns) : {};
  return { from, secrets, objects };
}

function judgeSecrets(findings: Findings, fields: Raw, from: Adopted['from']): JudgedAdopted['secrets'] {
  const path = 'adopted.secrets';
  const needed: readonly Secret[] = from === 'kit' ? STACK_SECRETS : SERVER_SECRETS;
  const given = findings.object(fields, 'adopted', 'secrets', [...needed, 'otpSecret']);
  for (const name of [...needed, 'otpSecret'] as const) {
    const value = given[name];
    if (value === undefined && name === 'otpSecret') continue;
    const problem = !isText(value) ? `is missing; ${REMEDY[from]}` : secretProblem(name)(value);
    // A secret is never repeated.
    if (problem) findings.refuse(join(path, name), undefined, problem);
  }
  const { vapidPrivateKey: scalar, vapidPublicKey: point } = given;
  if (isText(scalar) && isText(point) && !isVapidPair(scalar, point)) {
    findings.refuse(join(path, 'vapidPublicKey'), undefined, 'is not the public half of vapidPrivateKey');
  }
  return given;
}

function judgeObjects(findings: Findings, fields: Raw, dns: string): Adopted['objects'] {
  const path = 'adopted.objects';
  const optional = ['network', 'firewall', 'instance', 'generation', 'records'];
  const given = findings.object(fields, 'adopted', 'objects', [...KEPT_OBJECTS, ...optional]);
  const needed = KEPT_OBJECTS.filter((name) => name !== 'zone' || dns === 'civo');
  for (const name of needed) {
    if (isText(given[name])) continue;
    findings.refuse(
      join(path, name),
      undefined,
      `is missing; ${REMEDY.kit}, which also says what is gone at Civo`,
    );
  }
  const found = Object.entries(given).filter(([, id]) => id !== GONE);
  return Object.fromEntries(found);
}

function secretProblem(name: Secret): Check<string> {
  if (SSH_KEYS.includes(name))
    return (text) => (isPrivateKey(text) ? undefined : 'expected an OpenSSH private key');
  // They end in files of several formats, and the database's in a statement.
  return (text) => (/^[^\s'"\\]+$/.test(text) ? undefined : 'expected one word without quotes');
}

function isPrivateKey(text: string): boolean {
  try {
    return sshpk.parsePrivateKey(text, 'ssh').type === 'ed25519';
  } catch {
    return false;
  }
}

function isVapidPair(scalar: string, point: string): boolean {
  try {
    const curve = createECDH('prime256v1');
    curve.setPrivateKey(Buffer.from(scalar, 'base64url'));
    return curve.getPublicKey().equals(Buffer.from(point, 'base64url'));
  } catch {
    return false;
  }
}
