import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as civo from '@pulumi/civo';
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import { NAMESPACE } from '../settings/namespace';
import { imageIn } from '../cloud-init/effects';
import type { AdoptedObjects } from '../settings/types';
import { lastEffects } from './preview-effects';
import { imageProblem } from './postgresql';
import type { SshKeyPair } from './secrets';

/** The account that `pulumi up` deploys with. */
export const DEPLOY_USER = 'deploy';

export interface MachineArgs {
  /** Civo instance size, such as `g3.medium`. */
  size: string;
  /** Name of Civo's disk image, such as `ubuntu-noble`. A change waits for the next generation. */
  image: string;
  /** Civo region, such as `LON1`: messages name it. */
  region: string;
  /** A change replaces the machine with a new one. Default: 1. */
  generation?: number;
  /** Civo's id of the network. */
  networkId: pulumi.Input<string>;
  /** Civo's id of the firewall. */
  firewallId: pulumi.Input<string>;
  /** The key that `pulumi up` logs in with. */
  deployKey: SshKeyPair;
  /** Public half of the SSH host key that an adopted machine has. Default: none is adopted. */
  hostPublicKey?: pulumi.Output<string>;
  /**
   * The script of the first boot, from the public half of the deploy key and the private half of the one-time host key. Both are
   * in OpenSSH's format. It installs the two, and its last step makes port 80 lead to HTTPS.
   */
  script: (deployPublicKey: string, bootHostKey: string) => string;
  /** IPv4 ranges that SSH is open to from the first boot on. A machine is made only if there is one. */
  sshCidrs: readonly string[];
  /** Whether to wait until the first boot is over. Default: true. */
  awaitFirstBoot?: boolean;
  /** A machine of this generation to import. Default: one is made. */
  adopted?: Pick<AdoptedObjects, 'instance' | 'generation'>;
}

/** Standard input is taken: the deploy key comes on it. */
const AWAIT_WITH = 'sh -c "$AWAIT_FIRST_BOOT" await-first-boot';
const AWAIT_FIRST_BOOT = readFileSync(join(__dirname, 'await-first-boot.sh'), 'utf8');

/**
 * The virtual machine. It holds nothing that can't be brought back, and is replaced only on purpose.
 *
 * @example
 * ```ts
 * import { Machine, Perimeter, Secrets } from 'mastodon-on-civo/components';
 *
 * const vpnCidrs = ['10.8.0.0/24'];
 * const { networkId, firewallId } = new Perimeter('blog', { vpnCidrs });
 * const { deployKey } = new Secrets('blog-secrets', { keep: false });
 * const machine = new Machine('blog', {
 *   size: 'g3.small',
 *   image: 'debian-13',
 *   region: 'LON1',
 *   networkId,
 *   firewallId,
 *   deployKey,
 *   script: () => '#!/bin/sh\napt-get update && apt-get install --yes nginx\n',
 *   sshCidrs: vpnCidrs,
 *   awaitFirstBoot: false,
 * });
 * export const { instanceId } = machine;
 * ```
 */
export class Machine extends pulumi.ComponentResource {
  /** Civo's id of the machine; another one after the machine was replaced. */
  readonly instanceId: pulumi.Output<string>;
  /** Public half of the host key that verifies the first connection: the one-time key, or the lasting one of an adopted machine. */
  readonly bootHostKey: pulumi.Output<string>;
  /** Once these are there the machine is ready to be given people's requests. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Machine', name, {}, opts);
    const { size, image, region, generation = 1 } = args;
    const hostname = `${name}-${String(generation)}`;
    // The machine of a lost stack that still runs, until it is replaced on purpose.
    const adopted = args.adopted?.generation === generation ? args.adopted.instance : undefined;

    // Civo knows a name and a key once, so the old one goes first.
    const sshKey = new civo.SshKey(
      name,
      { name, publicKey: args.deployKey.publicKeyOpenssh },
      { parent: this, deleteBeforeReplace: true },
    );
    const diskImage = civo
      .getDiskImage({ filters: [{ key: 'name', values: [image] }] }, { parent: this })
      .then(({ diskimages }) => imageId(image, region, diskimages), refuseWithoutAnswer)
      .then((id) => restorable(image, id));
    const bootHostKey = new tls.PrivateKey(
      `${hostname}-boot-host-key`,
      // Another algorithm than the lasting key's, so that a client can ask for the one or the other.
      { algorithm: 'ECDSA', ecdsaCurve: 'P256' },
      { parent: this },
    );
    const instance = new civo.Instance(
      name,
      {
        hostname,
        size,
        diskImage,
        networkId: args.networkId,
        firewallId: args.firewallId,
        sshkeyId: sshKey.id,
        initialUser: DEPLOY_USER,
        publicIpRequired: 'create',
        script: pulumi
          .all([args.deployKey.publicKeyOpenssh, bootHostKey.privateKeyOpenssh])
          .apply(([deployPublicKey, key]) => args.script(deployPublicKey, key)),
      },
      {
        parent: this,
        // Civo refuses a new script, an image's name may lead to a new one any day, the key of the first login
        // can't change, the volume type is Civo's choice, and the public address of its own is read as "none" if it
        // comes late: none of it is worth a new machine, or a difference for ever.
        ignoreChanges: ['script', 'diskImage', 'sshkeyId', 'initialUser', 'volumeType', 'publicIpRequired'],
        replacementTrigger: generation,
        customTimeouts: { create: '20m', update: '20m', delete: '10m' },
        import: adopted,
        hooks: { beforeCreate: [openToUs(name, args.sshCidrs)] },
      },
    );

    this.instanceId = instance.id;
    this.bootHostKey =
      (adopted === undefined ? undefined : args.hostPublicKey) ?? bootHostKey.publicKeyOpenssh;
    this.ready = (args.awaitFirstBoot ?? true) ? [this.firstBoot(name, instance, args.deployKey)] : [];
    this.registerOutputs({ instanceId: this.instanceId, bootHostKey: this.bootHostKey });
  }

  /**
   * Installing packages and pulling images takes minutes; meanwhile the machine before keeps the address and serves. A boot
   * that failed ends the run with the end of its log, and the address stays where it is.
   */
  private firstBoot(name: string, instance: civo.Instance, deployKey: SshKeyPair): pulumi.Resource {
    return new local.Command(
      `${name}-first-boot`,
      {
        create: pulumi.interpolate`${AWAIT_WITH} ${instance.publicIp}`,
        stdin: deployKey.privateKeyOpenssh,
        environment: { AWAIT_FIRST_BOOT, HOST_KEY: this.bootHostKey.apply((key) => key.trim()) },
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        ignoreChanges: ['create', 'stdin', 'environment'],
        replacementTrigger: instance.id,
      },
    );
  }
}

/** Refuses a machine that its first handover can't reach: one that runs a VPN has no keys of it before. */
function openToUs(name: string, sshCidrs: readonly string[]): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    `${name}-lets-us-in`,
    () => {
      if (sshCidrs.length > 0) return;
      throw new Error(
        'A new machine has no VPN keys yet, and its script never changes: this "pulumi up" must be let in by its address. ' +
          'Give it, and take it away again when the machine is there: ' +
          `pulumi config set --path 'vpnCidrs[0]' "$(curl -4s https://api.ipify.org)/32"`,
      );
    },
    { onDryRun: true },
  );
}

function imageId(image: string, region: string, images: readonly { id?: string; name?: string }[]): string {
  const id = images.find(({ name }) => name === image)?.id;
  if (id) return id;
  throw new pulumi.RunError(
    `${NAMESPACE}image is "${image}", which Civo does not offer in ${region}. ` +
      `See the names with "civo diskimage ls", then: pulumi config set image NAME`,
  );
}

/** Refuses, in a preview too, an image whose PostgreSQL could not restore what there is. The machine looks again, at the backups. */
async function restorable(image: string, id: string): Promise<string> {
  const problem = imageProblem(imageIn(await lastEffects()) ?? image, image);
  if (problem) throw new pulumi.RunError(problem);
  return id;
}

/** The look-up of the image is the first question to Civo: what is wrong with the access shows here. */
function refuseWithoutAnswer(): never {
  throw new pulumi.RunError(
    "Civo does not answer as it should (see the provider's message). Check that CIVO_TOKEN holds a valid API key, " +
      'and that the API can be reached from here.',
  );
}
