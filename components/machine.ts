import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as civo from '@pulumi/civo';
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import { userData } from '../cloud-init/bundle';
import { imageIn } from '../cloud-init/effects';
import { Settings } from '../settings';
import { lastEffects } from './foretell';
import { imageProblem } from './postgresql';
import type { SshKeyPair } from './secrets';

/** The account that `pulumi up` deploys with. */
export const DEPLOY_USER = 'deploy';

export interface MachineArgs {
  settings: Settings;
  networkId: pulumi.Input<string>;
  firewallId: pulumi.Input<string>;
  /** What `pulumi up` logs in with. */
  deployKey: SshKeyPair;
  /** Public half of the machine's lasting SSH host key. */
  hostPublicKey: pulumi.Output<string>;
}

/** Standard input is taken: the deploy key comes on it. */
const AWAIT_WITH = 'sh -c "$AWAIT_FIRST_BOOT" await-first-boot';
const AWAIT_FIRST_BOOT = readFileSync(join(__dirname, 'await-first-boot.sh'), 'utf8');

/** The virtual machine. It holds nothing that can't be brought back, and is replaced only on purpose. */
export class Machine extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  /** What the first connection is verified with: the one-time host key's public half, or an adopted machine's own. */
  readonly bootHostKey: pulumi.Output<string>;
  /** Once these are there the machine is ready to be given people's requests. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Machine', name, {}, opts);
    const { settings } = args;
    const generation = `${name}-${String(settings.generation)}`;
    const adopted = adoptedInstance(settings);

    // Civo knows a name and a key once, so the old one goes first.
    const sshKey = new civo.SshKey(
      name,
      { name, publicKey: args.deployKey.publicKeyOpenssh },
      { parent: this, deleteBeforeReplace: true },
    );
    const image = civo
      .getDiskImage({ filters: [{ key: 'name', values: [settings.image] }] }, { parent: this })
      .then(({ diskimages }) => imageId(settings, diskimages), refuseSilence)
      .then((id) => restorable(settings, id));
    const bootHostKey = new tls.PrivateKey(
      `${generation}-boot-host-key`,
      // Another algorithm than the lasting key's, so that a client can ask for the one or the other.
      { algorithm: 'ECDSA', ecdsaCurve: 'P256' },
      { parent: this },
    );
    const instance = new civo.Instance(
      name,
      {
        hostname: generation,
        size: settings.size,
        diskImage: image,
        networkId: args.networkId,
        firewallId: args.firewallId,
        sshkeyId: sshKey.id,
        initialUser: DEPLOY_USER,
        publicIpRequired: 'create',
        script: pulumi
          .all([args.deployKey.publicKeyOpenssh, bootHostKey.privateKeyOpenssh])
          .apply(([deployPublicKey, key]) => userData(settings, deployPublicKey, key)),
      },
      {
        parent: this,
        // Civo refuses a new script, an image's name may lead to a new one any day, the key of the first login
        // can't change, the volume type is Civo's choice, and the public address of its own is read as "none" if it
        // comes late: none of it is worth a new machine, or a difference for ever.
        ignoreChanges: ['script', 'diskImage', 'sshkeyId', 'initialUser', 'volumeType', 'publicIpRequired'],
        replacementTrigger: settings.generation,
        customTimeouts: { create: '20m', update: '20m', delete: '10m' },
        import: adopted,
        hooks: { beforeCreate: [letsUsIn(name, settings)] },
      },
    );

    this.instanceId = instance.id;
    this.bootHostKey = adopted ? args.hostPublicKey : bootHostKey.publicKeyOpenssh;
    this.ready = settings.converge ? [this.firstBoot(name, instance, args.deployKey)] : [];
    this.registerOutputs({ instanceId: this.instanceId });
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

/** A new machine has no keys of a VPN of ours before the first handover: that needs another way in. */
function letsUsIn(name: string, { vpn, vpnCidrs }: Settings): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    `${name}-lets-us-in`,
    () => {
      if (vpn === 'own' || vpnCidrs.length > 0) return;
      throw new Error(
        'A new machine has no VPN keys yet, and its script never changes: this "pulumi up" must be let in by its address. ' +
          'Give it, and take it away again when the machine is there: ' +
          `pulumi config set --path 'vpnCidrs[0]' "$(curl -4s https://api.ipify.org)/32"`,
      );
    },
    { onDryRun: true },
  );
}

/** The machine of a lost stack that still runs, until it is replaced on purpose. */
function adoptedInstance({ adopted, generation }: Settings): string | undefined {
  return adopted?.objects.generation === generation ? adopted.objects.instance : undefined;
}

function imageId(settings: Settings, images: readonly { id?: string; name?: string }[]): string {
  const id = images.find(({ name }) => name === settings.image)?.id;
  if (id) return id;
  throw new pulumi.RunError(
    `mastodon-on-civo:image is "${settings.image}", which Civo does not offer in ${settings.region}. ` +
      `See the names with "civo diskimage ls", then: pulumi config set image NAME`,
  );
}

/** Refuses, in a preview too, an image whose PostgreSQL could not restore what there is. The machine looks again, at the backups. */
async function restorable({ image }: Settings, id: string): Promise<string> {
  const problem = imageProblem(imageIn(await lastEffects()) ?? image, image);
  if (problem) throw new pulumi.RunError(problem);
  return id;
}

/** The look-up of the image is the first question to Civo: what is wrong with the access shows here. */
function refuseSilence(): never {
  throw new pulumi.RunError(
    "Civo does not answer as it should (see the provider's message). Check that CIVO_TOKEN holds a valid API key, " +
      'and that the API can be reached from here.',
  );
}
