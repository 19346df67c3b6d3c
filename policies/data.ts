import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import type { Stack } from './stack';
import { known } from './unknown';

const BUCKET = 'civo:index/objectStore:ObjectStore';
const CREDENTIAL = 'civo:index/objectStoreCredential:ObjectStoreCredential';
const ADDRESS = 'civo:index/reservedIp:ReservedIp';
const ZONE = 'civo:index/dnsDomainName:DnsDomainName';
const PASSWORD = 'random:index/randomPassword:RandomPassword';
const KEY = 'tls:index/privateKey:PrivateKey';

/** What can't be made again as it was, and what people call it. */
const DATA: Readonly<Record<string, string>> = {
  [BUCKET]: 'bucket',
  [CREDENTIAL]: 'credential',
  [ADDRESS]: 'address',
  [ZONE]: 'DNS zone',
  [PASSWORD]: 'secret',
  [KEY]: 'key',
};

/** Without these, what is in the database and the backups can't be read. */
const READING_SECRETS = [
  'secret-key-base',
  'encryption-primary-key',
  'encryption-deterministic-key',
  'encryption-key-derivation-salt',
  'backup-cipher',
];

/** Keys that nothing is lost with: a new one takes their place. */
const isPassing = (name: string) => /-(boot-host|wireguard)-key$/.test(name);

export function dataPolicies(stack: Stack): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return [
    {
      name: 'data-is-protected',
      description:
        'Buckets, credentials, address, zone and secrets are protected: Pulumi then neither deletes nor replaces them.',
      validateResource: ({ type, name, opts }, report) => {
        const kind = DATA[type];
        if (!kind || opts.protect || isPassing(name) || stack.throwAway) return;
        report(
          `The ${kind} ${name} is not protected; expected protect. Remove protect: false from ` +
            `Pulumi.${stack.name}.yaml. (Only a stack at a local Civo may go without; a server is given up by hand.)`,
        );
      },
    },
    {
      name: 'data-is-there',
      description:
        'The stack still has its buckets, their credentials, its address, and the secrets that its data are read with.',
      validateStack: ({ resources }, report) => {
        const there = new Set(resources.map(({ type, name }) => `${type} ${name}`));
        for (const [type, name] of expected(stack)) {
          if (there.has(`${type} ${name}`)) continue;
          report(
            `The ${DATA[type] ?? type} ${name} is not in the program any more, and would be deleted or forgotten. ` +
              'Put it back under this name; an alias keeps one that was renamed.',
          );
        }
      },
    },
    {
      name: 'backups-have-their-own-credential',
      description:
        'No two buckets open with one credential: who takes over the machine’s media key can’t reach the backups.',
      validateStack: ({ resources }, report) => {
        const owners = new Map<string, PolicyResource>();
        // They come in no certain order.
        const buckets = resources.filter(({ type }) => type === BUCKET);
        for (const bucket of buckets.sort((a, b) => a.name.localeCompare(b.name))) {
          for (const credential of credentialsOf(bucket)) {
            const other = owners.get(credential);
            if (other) {
              report(
                `The buckets ${other.name} and ${bucket.name} open with the same credential; expected one of its ` +
                  'own for each, as components/object-storage.ts makes it.',
                bucket.urn,
              );
            }
            owners.set(credential, bucket);
          }
        }
      },
    },
  ];
}

function expected({ name, adopted }: Stack): [type: string, name: string][] {
  const server = `mastodon-${name}`;
  const buckets = [`${server}-media`, `${server}-backups`];
  return [
    ...buckets.flatMap((bucket): [string, string][] => [
      [BUCKET, bucket],
      [CREDENTIAL, bucket],
    ]),
    [ADDRESS, server],
    ...(adopted ? [] : READING_SECRETS).map((secret): [string, string] => [
      PASSWORD,
      `${server}-secrets-${secret}`,
    ]),
  ];
}

/** By where the key comes from, which a preview knows, and by the key itself, where it is known. */
function credentialsOf({ props, propertyDependencies }: PolicyResource): string[] {
  const from = (propertyDependencies.accessKeyId ?? []).filter(({ type }) => type === CREDENTIAL);
  const key = known(() => props.accessKeyId as string | undefined);
  return [...new Set([...from.map(({ urn }) => urn), ...(key ? [key] : [])])];
}
