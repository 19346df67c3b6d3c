import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import * as tls from '@pulumi/tls';
import { vapidKeys } from './vapid';

export interface SecretsArgs {
  /** Whether the secrets are protected: data can't be read without some of them. */
  keep: boolean;
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
  readonly databasePassword: pulumi.Output<string>;
  /** The passphrase of the backups. */
  readonly backupCipher: pulumi.Output<string>;
  /** The owner's first password, to be changed at the first login. */
  readonly ownerPassword: pulumi.Output<string>;
}

/** Every secret that is generated, once for the life of the stack. */
export class Secrets extends pulumi.ComponentResource {
  /** What Mastodon, its database and its backups need, by the names that the files of `cloud-init/handover` use. */
  readonly mastodon: MastodonSecrets;
  /** The key that `pulumi up` logs in to the machine with. */
  readonly deployKey: tls.PrivateKey;
  /** The machine's SSH host key, the same for every machine of this stack. */
  readonly hostKey: tls.PrivateKey;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Secrets', name, {}, opts);
    const kept = { parent: this, protect: args.keep };
    const password = (purpose: string, length: number) =>
      new random.RandomPassword(`${name}-${purpose}`, { length, special: false }, kept).result;

    // Not RandomBytes or RandomId: their ids are the secret itself, in plain text.
    const secretKeyBase = new random.RandomPassword(
      `${name}-secret-key-base`,
      { length: 128, upper: false, lower: false, numeric: false, overrideSpecial: '0123456789abcdef' },
      kept,
    );
    const vapidKey = new tls.PrivateKey(`${name}-vapid`, { algorithm: 'ECDSA', ecdsaCurve: 'P256' }, kept);
    const vapid = vapidKey.privateKeyPem.apply(vapidKeys);

    this.mastodon = {
      secretKeyBase: secretKeyBase.result,
      encryptionPrimaryKey: password('encryption-primary-key', 32),
      encryptionDeterministicKey: password('encryption-deterministic-key', 32),
      encryptionKeyDerivationSalt: password('encryption-key-derivation-salt', 32),
      vapidPrivateKey: pulumi.secret(vapid.privateKey),
      vapidPublicKey: pulumi.unsecret(vapid.publicKey),
      databasePassword: password('database-password', 32),
      backupCipher: password('backup-cipher', 48),
      ownerPassword: password('owner-password', 24),
    };
    this.deployKey = new tls.PrivateKey(`${name}-deploy-key`, { algorithm: 'ED25519' }, kept);
    this.hostKey = new tls.PrivateKey(`${name}-host-key`, { algorithm: 'ED25519' }, kept);
    this.registerOutputs({});
  }
}
