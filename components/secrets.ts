import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import * as tls from '@pulumi/tls';
import sshpk from 'sshpk';
import type { KnownSecrets } from '../settings/types';
import { vapidKeys } from './vapid';

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

/** All are secret but `vapidPublicKey`. */
export interface MastodonSecrets {
  /** 128 hexadecimal characters. */
  readonly secretKeyBase: pulumi.Output<string>;
  /** Active Record encryption, 32 alphanumeric characters each. A change of any makes encrypted columns unreadable. */
  readonly encryptionPrimaryKey: pulumi.Output<string>;
  readonly encryptionDeterministicKey: pulumi.Output<string>;
  readonly encryptionKeyDerivationSalt: pulumi.Output<string>;
  /** Web push; a change drops every push subscription. */
  readonly vapidPrivateKey: pulumi.Output<string>;
  readonly vapidPublicKey: pulumi.Output<string>;
  /** What an imported server had before Mastodon 4.4; other servers have none. */
  readonly otpSecret?: pulumi.Output<string>;
  readonly databasePassword: pulumi.Output<string>;
  /** The passphrase of the backups. */
  readonly backupCipher: pulumi.Output<string>;
  /** The owner's first password, to be changed at the first login. */
  readonly ownerPassword: pulumi.Output<string>;
}

/**
 * Every secret, made or adopted once for the life of the stack.
 *
 * @example
 * ```ts
 * import { Secrets } from 'mastodon-on-civo/components';
 *
 * const secrets = new Secrets('blog-secrets', { keep: true });
 * export const { databasePassword } = secrets.mastodon;
 * export const hostKey = secrets.hostKey.publicKeyOpenssh;
 * ```
 */
export class Secrets extends pulumi.ComponentResource {
  /** What Mastodon, its database and its backups need, by the names that the files of `cloud-init/handover` use. */
  readonly mastodon: MastodonSecrets;
  /** The key that `pulumi up` logs in to the machine with. */
  readonly deployKey: SshKeyPair;
  /** The machine's SSH host key, the same for every machine of this stack. */
  readonly hostKey: SshKeyPair;

  constructor(
    private readonly name: string,
    private readonly args: SecretsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('mastodon:civo:Secrets', name, {}, opts);
    const { adopted = {} as Partial<KnownSecrets> } = args;
    const vapid = this.vapid();

    this.mastodon = {
      secretKeyBase: adopted.secretKeyBase ?? this.hexadecimal('secret-key-base', 128),
      encryptionPrimaryKey: adopted.encryptionPrimaryKey ?? this.password('encryption-primary-key', 32),
      encryptionDeterministicKey:
        adopted.encryptionDeterministicKey ?? this.password('encryption-deterministic-key', 32),
      encryptionKeyDerivationSalt:
        adopted.encryptionKeyDerivationSalt ?? this.password('encryption-key-derivation-salt', 32),
      vapidPrivateKey: pulumi.secret(vapid.privateKey),
      vapidPublicKey: pulumi.unsecret(vapid.publicKey),
      ...(adopted.otpSecret && { otpSecret: adopted.otpSecret }),
      databasePassword: adopted.databasePassword ?? this.password('database-password', 32),
      backupCipher: adopted.backupCipher ?? this.password('backup-cipher', 48),
      ownerPassword: adopted.ownerPassword ?? this.password('owner-password', 24),
    };
    this.deployKey = this.sshKey('deploy-key', adopted.deployKey);
    this.hostKey = this.sshKey('host-key', adopted.hostKey);
    if (args.adopted) this.refuseToForget();
    this.registerOutputs({ mastodon: this.mastodon, deployKey: this.deployKey, hostKey: this.hostKey });
  }

  private password(purpose: string, length: number): pulumi.Output<string> {
    return new random.RandomPassword(`${this.name}-${purpose}`, { length, special: false }, this.kept).result;
  }

  /** Not RandomBytes or RandomId: their ids are the secret itself, in plain text. */
  private hexadecimal(purpose: string, length: number): pulumi.Output<string> {
    const digits = { upper: false, lower: false, numeric: false, overrideSpecial: '0123456789abcdef' };
    return new random.RandomPassword(`${this.name}-${purpose}`, { length, ...digits }, this.kept).result;
  }

  private vapid(): { privateKey: pulumi.Output<string>; publicKey: pulumi.Output<string> } {
    const { adopted } = this.args;
    if (adopted) return { privateKey: adopted.vapidPrivateKey, publicKey: adopted.vapidPublicKey };
    const curve = { algorithm: 'ECDSA', ecdsaCurve: 'P256' };
    const pair = new tls.PrivateKey(`${this.name}-vapid`, curve, this.kept).privateKeyPem.apply(vapidKeys);
    return { privateKey: pair.privateKey, publicKey: pair.publicKey };
  }

  private sshKey(purpose: string, adopted?: pulumi.Output<string>): SshKeyPair {
    if (adopted) {
      return { privateKeyOpenssh: adopted, publicKeyOpenssh: pulumi.unsecret(adopted.apply(publicHalf)) };
    }
    const key = new tls.PrivateKey(`${this.name}-${purpose}`, { algorithm: 'ED25519' }, this.kept);
    return { privateKeyOpenssh: key.privateKeyOpenssh, publicKeyOpenssh: key.publicKeyOpenssh };
  }

  /** Without the setting, new secrets would be made beside data that only the old ones open: a preview stops at this. */
  private refuseToForget(): void {
    new pulumi.Stash(
      `${this.name}-are-in-the-setting-adopted`,
      { input: 'mastodon-on-civo:adopted' },
      this.kept,
    );
  }

  private get kept(): pulumi.CustomResourceOptions {
    return { parent: this, protect: this.args.keep };
  }
}

/** As `tls.PrivateKey` writes it. */
function publicHalf(privateKey: string): string {
  const [type, key] = sshpk.parsePrivateKey(privateKey, 'ssh').toPublic().toString('ssh').split(' ');
  return `${type ?? ''} ${key ?? ''}\n`;
}
