import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import * as tls from '@pulumi/tls';
import sshpk from 'sshpk';
import { NAMESPACE } from '../settings/namespace';
import { DELIVERED_SECRETS, secretEntries } from '../settings/secret-names';
import {
  type DeliveredSecrets,
  type Made,
  type SecretName,
  SECRETS,
  type SecretValues,
} from '../settings/secrets-table';
import type { KnownSecrets } from '../settings/types';
import { type VapidKeys, vapidKeys } from './vapid';

/** One way in which secrets are made. */
type Making<Kind extends string> = Extract<Made, Readonly<Record<Kind, unknown>>>;

export interface SecretsArgs {
  /** Whether the secrets are protected: data can't be read without some of them. */
  keep: boolean;
  /** Known secrets, such as those of a lost stack: none of these is made. Default: all are made. */
  adopted?: KnownSecrets;
}

/** Both halves in OpenSSH's format; the private one is secret. */
export interface SshKeyPair {
  readonly privateKeyOpenssh: pulumi.Output<string>;
  readonly publicKeyOpenssh: pulumi.Output<string>;
}

/**
 * Every secret, made or adopted once for the life of the stack.
 *
 * @example
 * ```ts
 * import { Secrets } from 'mastodon-on-civo/components';
 *
 * const secrets = new Secrets('blog-secrets', { keep: true });
 * export const { databasePassword } = secrets.values;
 * export const hostKey = secrets.hostKey.publicKeyOpenssh;
 * ```
 */
export class Secrets extends pulumi.ComponentResource {
  /** All of them by their names in `settings/secrets-table.ts`; of a key pair for SSH the private half. */
  readonly values: SecretValues<pulumi.Output<string>>;
  /** Those of them that the machine gets. */
  readonly delivered: DeliveredSecrets<pulumi.Output<string>>;
  /** The key that `pulumi up` logs in to the machine with. */
  readonly deployKey: SshKeyPair;
  /** The machine's SSH host key, the same for every machine of this stack. */
  readonly hostKey: SshKeyPair;

  private readonly sshKeys = new Map<SecretName, SshKeyPair>();
  private vapid: pulumi.Output<VapidKeys> | undefined;

  constructor(
    private readonly name: string,
    private readonly args: SecretsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('mastodon:civo:Secrets', name, {}, opts);
    const values = secretEntries().flatMap(([one, { made }]) => {
      const value = this.value(one, made);
      return value === undefined ? [] : [[one, value] as const];
    });
    const delivered = values.filter(([one]) => DELIVERED_SECRETS.includes(one));
    this.values = Object.fromEntries(values) as unknown as Secrets['values'];
    this.delivered = Object.fromEntries(delivered) as unknown as Secrets['delivered'];
    this.deployKey = this.sshKey('deployKey', SECRETS.deployKey.made);
    this.hostKey = this.sshKey('hostKey', SECRETS.hostKey.made);
    if (args.adopted) this.refuseToForget();
    this.registerOutputs({
      values: this.values,
      delivered: this.delivered,
      deployKey: this.deployKey,
      hostKey: this.hostKey,
    });
  }

  /** The adopted secret, or one that is made; undefined where neither is. */
  private value(name: SecretName, made: Made | undefined): pulumi.Output<string> | undefined {
    const adopted = this.args.adopted?.[name];
    if (made === undefined) return adopted;
    if ('ssh' in made) return this.sshKey(name, made).privateKeyOpenssh;
    if ('vapid' in made) {
      const half = adopted ?? this.vapidKeys(made)[made.vapid];
      return made.vapid === 'publicKey' ? pulumi.unsecret(half) : pulumi.secret(half);
    }
    return adopted ?? ('letters' in made ? this.letters(made) : this.hexadecimal(made));
  }

  private letters({ resource, letters: length }: Making<'letters'>): pulumi.Output<string> {
    return new random.RandomPassword(`${this.name}-${resource}`, { length, special: false }, this.kept)
      .result;
  }

  /** Not RandomBytes or RandomId: their ids are the secret itself, in plain text. */
  private hexadecimal({ resource, hexadecimal: length }: Making<'hexadecimal'>): pulumi.Output<string> {
    const digits = { upper: false, lower: false, numeric: false, overrideSpecial: '0123456789abcdef' };
    return new random.RandomPassword(`${this.name}-${resource}`, { length, ...digits }, this.kept).result;
  }

  private vapidKeys({ resource }: Made): pulumi.Output<VapidKeys> {
    const curve = { algorithm: 'ECDSA', ecdsaCurve: 'P256' };
    this.vapid ??= new tls.PrivateKey(`${this.name}-${resource}`, curve, this.kept).privateKeyPem.apply(
      vapidKeys,
    );
    return this.vapid;
  }

  private sshKey(name: SecretName, { resource }: Made): SshKeyPair {
    const known = this.sshKeys.get(name) ?? adoptedPair(this.args.adopted?.[name]);
    const pair = known ?? this.newSshKey(resource);
    this.sshKeys.set(name, pair);
    return pair;
  }

  private newSshKey(resource: string): SshKeyPair {
    const key = new tls.PrivateKey(`${this.name}-${resource}`, { algorithm: 'ED25519' }, this.kept);
    return { privateKeyOpenssh: key.privateKeyOpenssh, publicKeyOpenssh: key.publicKeyOpenssh };
  }

  /** Without the setting, new secrets would be made beside data that only the old ones open: a preview stops at this. */
  private refuseToForget(): void {
    new pulumi.Stash(`${this.name}-are-in-the-setting-adopted`, { input: `${NAMESPACE}adopted` }, this.kept);
  }

  private get kept(): pulumi.CustomResourceOptions {
    return { parent: this, protect: this.args.keep };
  }
}

function adoptedPair(key: pulumi.Output<string> | undefined): SshKeyPair | undefined {
  return key && { privateKeyOpenssh: key, publicKeyOpenssh: pulumi.unsecret(key.apply(publicHalf)) };
}

/** As `tls.PrivateKey` writes it. */
function publicHalf(privateKey: string): string {
  const [type, key] = sshpk.parsePrivateKey(privateKey, 'ssh').toPublic().toString('ssh').split(' ');
  return `${type ?? ''} ${key ?? ''}\n`;
}
