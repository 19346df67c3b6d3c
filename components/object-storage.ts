import * as civo from '@pulumi/civo';
import * as pulumi from '@pulumi/pulumi';

export interface ObjectStorageArgs {
  /** Capacity in GB: a multiple of 500, Civo's step. */
  sizeGb: number;
  /** Whether the store outlives mistakes: it can't be deleted, and leaving the program doesn't delete it. */
  keep: boolean;
  /** Ids of a bucket and a credential to import. Default: both are made. */
  adopted?: { store?: string; credential?: string };
}

/**
 * A bucket and the one credential that opens it, and nothing else.
 *
 * @example
 * ```ts
 * import { ObjectStorage } from 'mastodon-on-civo/components';
 *
 * const photos = new ObjectStorage('photos', { sizeGb: 500, keep: true });
 * export const { bucket, endpoint, accessKeyId, secretAccessKey } = photos;
 * ```
 */
export class ObjectStorage extends pulumi.ComponentResource {
  /** Name of the bucket. */
  readonly bucket: pulumi.Output<string>;
  /** Host name of the S3 endpoint, without a scheme; buckets are addressed by path. */
  readonly endpoint: pulumi.Output<string>;
  /** The credential's id for S3 clients. */
  readonly accessKeyId: pulumi.Output<string>;
  /** The credential's key. Secret. */
  readonly secretAccessKey: pulumi.Output<string>;
  /** Civo's ids, for a recovery. */
  readonly ids: { readonly store: pulumi.Output<string>; readonly credential: pulumi.Output<string> };

  constructor(name: string, args: ObjectStorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:ObjectStorage', name, {}, opts);
    const kept = { parent: this, protect: args.keep, retainOnDelete: args.keep };

    const credential = new civo.ObjectStoreCredential(
      name,
      { name },
      // The provider does not mark the key as a secret.
      { ...kept, additionalSecretOutputs: ['secretAccessKey'], import: args.adopted?.credential },
    );
    // Without a credential named here, Civo makes one that no resource tracks.
    const store = new civo.ObjectStore(
      name,
      { name, maxSizeGb: args.sizeGb, accessKeyId: credential.accessKeyId },
      { ...kept, import: args.adopted?.store },
    );

    this.bucket = store.name;
    this.endpoint = store.bucketUrl.apply((url) => url.replace(/^https?:\/\//, '').replace(/\/.*$/, ''));
    this.accessKeyId = credential.accessKeyId;
    this.secretAccessKey = pulumi.secret(credential.secretAccessKey);
    this.ids = { store: store.id, credential: credential.id };
    this.registerOutputs({
      bucket: this.bucket,
      endpoint: this.endpoint,
      accessKeyId: this.accessKeyId,
      secretAccessKey: this.secretAccessKey,
      ids: this.ids,
    });
  }
}
