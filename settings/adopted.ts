/** The setting `adopted`: secrets and objects that a stack takes over instead of making them. */
import { createECDH } from 'node:crypto';
import sshpk from 'sshpk';
import { z } from 'zod';
import { unlessEmpty } from './kinds';
import type { Problem } from './problem';
import { IMPORTED_SECRETS, secretEntries, SERVER_SECRETS, STACK_SECRETS } from './secret-names';
import { type SecretName, type StackSecret } from './secrets-table';

/** Replaces the id of an object that no longer exists: the stack makes a new one. */
export const GONE = 'gone';

const confidential = true;
const word = (description: string) =>
  // Files of several formats contain it, and the database's is in a statement.
  unlessEmpty(z.string('expected one word without quotes').regex(/^[^\s'"\\]+$/, 'expected one word without quotes').brand<'secret'>()).meta({ description, secret: true, confidential }); // prettier-ignore
const sshKey = (description: string) =>
  unlessEmpty(z.string('expected an OpenSSH private key').refine(isPrivateKey, 'expected an OpenSSH private key').brand<'secret'>()).meta({ description, secret: true, confidential }); // prettier-ignore
const id = (description: string) => unlessEmpty(z.string()).meta({ description, confidential });

/** The schema of a secret. Its description says how the setting gets it: from another server's environment, or from a kit. */
const secretField = ({ description, variable, made, imported }: StackSecret) => {
  const text = imported ? `\`${variable ?? ''}\`: ${description}` : `From a kit: ${description}`;
  return made && 'ssh' in made ? sshKey(text) : word(text);
};
const secretFields = Object.fromEntries(
  secretEntries().map(([name, secret]) => [name, secretField(secret)]),
) as Record<SecretName, ReturnType<typeof word>>;
const keptObjects = {
  mediaStore: id('Id of the media bucket.'),
  mediaCredential: id('Id of its credential.'),
  backupStore: id('Id of the backup bucket.'),
  backupCredential: id('Id of its credential.'),
  reservedIp: id('Id of the reserved IP.'),
  zone: id('Name of the DNS zone.'),
};

/** Objects that hold data, or whose address others use: each must be adopted from a lost stack or declared `gone`. */
export const KEPT_OBJECTS = Object.keys(keptObjects) as (keyof typeof keptObjects)[];

export const adopted = z
  .strictObject({
    from: z
      .enum(
        ['kit', 'server'],
        'expected kit or server, as bin/mastodon adopt-kit and bin/mastodon import write it',
      )
      .meta({
        description:
          '`kit`: a lost stack of this program, with everything. `server`: the secrets of another Mastodon server.',
        confidential,
      }),
    secrets: z
      .strictObject(secretFields)
      .prefault({})
      .meta({ description: 'Secrets that data depends on.', confidential }),
    objects: z
      .strictObject({
        ...keptObjects,
        records: z.record(z.string(), z.string()).optional().meta({
          description: 'Ids of the DNS records, `ZONE:RECORD`, by host name.',
        }),
        network: id('Id of the network.'),
        firewall: id('Id of the firewall.'),
        instance: id('Id of the machine, if it still runs.'),
        generation: z.int().optional().meta({ description: 'The generation of this machine.' }),
      })
      .prefault({})
      .meta({
        description:
          "Ids of the lost stack's objects that still exist at Civo; `gone` in place of a lost object's id.",
      }),
  })
  .optional()
  .meta({
    description:
      "Secrets and objects that this stack takes over instead of making them: one secret JSON text, which `bin/mastodon adopt-kit` or `bin/mastodon import` writes. It stays for ever: the data can't be read without it.",
    confidential,
  });

type Given = NonNullable<z.output<typeof adopted>>;
type Objects = Omit<Given['objects'], 'records'> & {
  records?: Readonly<Partial<Record<string, string>>>;
};

/** As the program uses it: objects that are gone are left out. */
export function living({ from, secrets, objects }: Given) {
  const found = Object.entries(from === 'kit' ? objects : {}).filter(([, one]) => one !== GONE);
  return { from, secrets, objects: Object.fromEntries(found) as Objects };
}

const REMEDY = {
  kit: 'nothing is made up in its place: bring the whole kit in by bin/mastodon adopt-kit',
  server:
    "nothing is made up in its place: bring the server's file in by bin/mastodon import --env .env.production",
};

/** Nothing is adopted in part: every secret and object that data depends on must be there. */
export function adoptedProblems(given: Given | undefined, dns: string): Problem[] {
  // An invalid `from` is read as an empty one.
  if (given === undefined || !(given.from in REMEDY)) return [];
  const { from, secrets, objects } = given;
  const needed = from === 'kit' ? STACK_SECRETS : SERVER_SECRETS;
  const expected = from === 'kit' ? secretEntries().map(([name]) => name) : IMPORTED_SECRETS;
  const missing = needed
    .filter((name) => secrets[name] === undefined)
    .map((name) => ({ path: `adopted.secrets.${name}`, text: `is missing; ${REMEDY[from]}` }));
  const foreign = (Object.keys(secrets) as SecretName[])
    .filter((name) => secrets[name] !== undefined && !expected.includes(name))
    .map((name) => ({
      path: `adopted.secrets.${name}`,
      text: `is no setting; expected one of ${expected.join(', ')}`,
    }));
  const lost = KEPT_OBJECTS.filter((name) => from === 'kit' && (name !== 'zone' || dns === 'civo'))
    .filter((name) => objects[name] === undefined)
    .map((name) => ({
      path: `adopted.objects.${name}`,
      text: `is missing; ${REMEDY.kit}, which also says what is gone at Civo`,
    }));
  const { vapidPrivateKey: scalar, vapidPublicKey: point } = secrets;
  const pair = scalar === undefined || point === undefined || isVapidPair(scalar, point);
  const torn = { path: 'adopted.secrets.vapidPublicKey', text: 'is not the public half of vapidPrivateKey' };
  return [...missing, ...foreign, ...(pair ? [] : [torn]), ...lost];
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
