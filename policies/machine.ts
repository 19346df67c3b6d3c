import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import { scriptTexts } from './script';
import type { Stack } from './stack';
import { known } from './unknown';

const INSTANCE = 'civo:index/instance:Instance';
const COMMAND = 'command:remote:Command';

/** Where generated secrets are, by type, and the properties that hold them. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  'random:index/randomPassword:RandomPassword': ['result'],
  'civo:index/objectStoreCredential:ObjectStoreCredential': ['secretAccessKey'],
  'tls:index/privateKey:PrivateKey': ['privateKeyOpenssh', 'privateKeyPem', 'privateKeyPemPkcs8'],
};
/** Of these, user data may hold a part that is public. */
const KEY = 'tls:index/privateKey:PrivateKey';

/** Shorter ones are found by chance. */
const SHORTEST_SECRET = 8;

const ELSEWHERE = 'Secrets go to the machine over SSH: put the file below cloud-init/handover.';

export function machinePolicies(stack: Stack): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return [
    {
      name: 'images-are-pinned',
      description: 'Each container image is named by its digest: what was tried is what runs.',
      validateResource: [
        ({ type }, report) => {
          if (type !== INSTANCE) return;
          for (const [setting, digest] of Object.entries(stack.digests)) {
            if (!DIGEST.test(digest)) report(unpinned(setting, digest || 'not given'));
          }
        },
        ({ type, props }, report) => {
          for (const image of textsOf(type, props).flatMap(images)) {
            if (!DIGEST.test(image.split('@')[1] ?? '')) report(unpinned('The image', image));
          }
        },
      ],
    },
    {
      name: 'no-keys-in-user-data',
      description:
        'The script that Civo keeps of a machine holds no private key but the one-time host key, and no secret that people gave.',
      validateResource: ({ type, props }, report) => {
        if (type !== INSTANCE) return;
        const texts = textsOf(type, props);
        const keys = texts.join('\n').match(/BEGIN [A-Z ]*PRIVATE KEY/g)?.length ?? 0;
        if (keys > 1) {
          report(
            `The script holds ${String(keys)} private keys; expected one, the one-time host key. ${ELSEWHERE}`,
          );
        }
        for (const [setting, secret] of Object.entries(stack.secrets)) {
          if (holds(texts, secret)) report(`The script holds ${setting}; expected no secret. ${ELSEWHERE}`);
        }
      },
    },
    {
      name: 'no-secrets-in-user-data',
      description: 'The script that Civo keeps of a machine holds none of the stack’s generated secrets.',
      validateStack: ({ resources }, report) => {
        for (const instance of resources.filter(({ type }) => type === INSTANCE)) {
          for (const secret of secretsIn(instance, resources)) {
            report(`The script holds the secret ${secret}; expected none. ${ELSEWHERE}`, instance.urn);
          }
        }
      },
    },
    {
      name: 'backups-kept-a-week',
      description:
        'A backup can be gone back to for 7 days at least: the mistake of a Friday is seen on Monday.',
      validateResource: [
        ({ type }, report) => {
          if (type === INSTANCE && !(stack.retentionFull >= 2)) {
            report(tooShort('backup.retentionFull', `${String(stack.retentionFull)} weekly backups`, '2'));
          }
        },
        ({ type, props }, report) => {
          for (const text of textsOf(type, props)) {
            for (const [, where = '', count] of text.matchAll(/^(repo\d+-retention-full)\s*=\s*(\d+)/gm)) {
              const inDays = new RegExp(`^${where}-type\\s*=\\s*time`, 'm').test(text);
              const least = inDays ? 7 : 2;
              if (Number(count) < least) {
                report(
                  tooShort(where, `${String(count)} ${inDays ? 'days' : 'weekly backups'}`, String(least)),
                );
              }
            }
          }
        },
      ],
    },
  ];
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

const unpinned = (what: string, given: string) =>
  `${what} is ${given}; expected a digest, sha256: and 64 hexadecimal digits, as ` +
  '"skopeo inspect docker://IMAGE:vVERSION" prints it.';

const tooShort = (what: string, given: string, least: string) =>
  `${what} is ${given}; expected at least ${least}. Set it: pulumi config set --path backup.retentionFull 4`;

/** What lands on a machine by this resource. */
function textsOf(type: string, props: Record<string, unknown>): string[] {
  if (type === INSTANCE) return scriptTexts((props.script as string | undefined) ?? '');
  if (type === COMMAND) return scriptTexts((props.stdin as string | undefined) ?? '');
  return [];
}

/** The images that units run and that the first boot pulls. */
function images(text: string): string[] {
  return [...text.matchAll(/^(?:Image=|\w+_image=')([^'\s]+)/gm)].map(([, image = '']) => image);
}

function secretsIn(instance: PolicyResource, resources: readonly PolicyResource[]): string[] {
  const texts = known(() => textsOf(INSTANCE, instance.props));
  if (texts === undefined) return sourcesOf(instance);
  return resources
    .filter(({ name }) => !name.endsWith('-boot-host-key'))
    .filter(({ type, props }) =>
      (SECRETS[type] ?? []).some((property) => holds(texts, known(() => props[property] as string) ?? '')),
    )
    .map(({ name }) => name);
}

/** Before there is a script: the secrets that it will be made of. */
function sourcesOf({ propertyDependencies }: PolicyResource): string[] {
  return (propertyDependencies.script ?? [])
    .filter(({ type }) => type !== KEY && type in SECRETS)
    .map(({ name }) => name);
}

/** Whether a secret is in one of the texts, in whole or, of a key, its second line: in OpenSSH's format the first is the kind's. */
function holds(texts: readonly string[], secret: string): boolean {
  const [first = '', second] = secret.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  const bulk = second ?? first;
  return bulk.length >= SHORTEST_SECRET && texts.some((text) => text.includes(bulk));
}
