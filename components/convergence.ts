import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { local, remote, types } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { handoverFiles, HandoverValues } from '../cloud-init/bundle';
import { Effects, effectsOf, versionIn } from '../cloud-init/effects';
import { shellArchive } from '../cloud-init/shellArchive';
import { Settings } from '../settings';
import { sshRanges } from '../settings/firewallRules';
import { foretell, lastEffects } from './foretell';
import { DEPLOY_USER } from './machine';
import { possibleUpgrade } from './mastodonUpgrade';
import type { SshKeyPair } from './secrets';

export interface ConvergenceArgs {
  settings: Settings;
  instanceId: pulumi.Input<string>;
  /** The address that people reach the machine at. */
  ip: pulumi.Input<string>;
  /** The address that SSH reaches it at. */
  sshAddress: pulumi.Input<string>;
  deployKey: SshKeyPair;
  hostKey: SshKeyPair;
  /** Public half of the one-time host key in the machine's user data, in OpenSSH's format. */
  bootHostKey: pulumi.Input<string>;
  /** What the files of `cloud-init/handover` are made of. */
  values: pulumi.Input<Omit<HandoverValues, 'hostKey' | 'publicAddress'>>;
}

type Connection = types.input.remote.ConnectionArgs;

/** Unpacks what comes on standard input and runs it: the bundle brings its own converge. (Nothing may be executed in `/run`.) */
const CONVERGE = `sudo bash -c 'set -e; d=$(mktemp -d -p /run); trap "rm -rf $d" EXIT; cd "$d"; bash -s; bash ./converge'`;

const FIND_SSH = readFileSync(join(__dirname, 'find-ssh.sh'), 'utf8');

/** Brings the machine to the state that the settings describe, on day 1 and on every day after, over SSH. */
export class Convergence extends pulumi.ComponentResource {
  /** Done when the server answers over HTTPS. */
  readonly done: pulumi.Output<string>;
  /** How the machine is reached once it has its lasting host key. */
  readonly connection: pulumi.Input<Connection>;
  /** What changes do on the machine, with the digests of what is there once this is done: the next preview reports by them. */
  readonly effects: pulumi.Output<Effects>;

  constructor(name: string, args: ConvergenceArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Convergence', name, {}, opts);
    const { settings } = args;
    const connection = {
      host: args.sshAddress,
      user: DEPLOY_USER,
      privateKey: args.deployKey.privateKeyOpenssh,
      perDialTimeout: 10,
    };

    const files = pulumi
      .all([args.deployKey.publicKeyOpenssh, args.values, args.hostKey.privateKeyOpenssh, args.ip])
      .apply(([deployPublicKey, values, hostKey, publicAddress]) =>
        handoverFiles(settings, deployPublicKey, { ...values, hostKey, publicAddress }),
      );
    const bundle = files.apply(shellArchive);
    const effects = pulumi.unsecret(files.apply((all) => effectsOf(settings, all)));
    const before = lastEffects();
    foretell(before, effects);
    const upgrade = possibleUpgrade(name, before.then(versionIn), settings.mastodon.version);

    // A user outside the VPN gets this error before SSH's own patience, which is made for machines that boot, is tried.
    const reach = new local.Command(
      `${name}-reach`,
      {
        create: pulumi.interpolate`sh -s ${args.sshAddress} ${sshRanges(settings).join(' ')}`,
        stdin: FIND_SSH,
        // Tried again whenever there is something to bring.
        environment: { BUNDLE: bundle.apply(digest) },
        addPreviousOutputInEnv: false,
      },
      { parent: this, hooks: { beforeUpdate: [upgrade] } },
    );

    // The first connection is verified with the one-time key, and replaces it by the lasting one. The one-time key
    // works until converge has run, so that a handover that was cut short can be repeated.
    const hostKey = new remote.Command(
      `${name}-host-key`,
      {
        connection: { ...connection, hostKey: args.bootHostKey, dialErrorLimit: 90 },
        create:
          'sudo install -m 600 /dev/stdin /etc/ssh/ssh_host_ed25519_key && ' +
          'sudo ssh-keygen -yf /etc/ssh/ssh_host_ed25519_key | sudo tee /etc/ssh/ssh_host_ed25519_key.pub >/dev/null && ' +
          'sudo systemctl reload-or-restart ssh',
        stdin: args.hostKey.privateKeyOpenssh,
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: [reach],
        ignoreChanges: ['connection', 'create', 'stdin'],
        replacementTrigger: args.instanceId,
      },
    );

    this.connection = {
      ...connection,
      hostKey: args.hostKey.publicKeyOpenssh.apply((key) => key.trim()),
      dialErrorLimit: 10,
    };
    const converge = new remote.Command(
      `${name}-converge`,
      {
        connection: this.connection,
        create: CONVERGE,
        stdin: bundle,
        triggers: [args.instanceId],
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: [hostKey], // The notes of Mastodon 4.7.0 announce unusually long migrations.
        customTimeouts: { create: '60m', update: '4h' },
      },
    );

    const answer = new local.Command(
      `${name}-answer`,
      {
        create: pulumi
          .output(args.ip)
          .apply((ip) => askForHealth(settings.webDomain, ip, Boolean(settings.acme.trust))),
        stdin: settings.acme.trust,
        // Asked again after each run of converge.
        environment: { CONVERGED: converge.stdout },
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: [converge] },
    );

    this.done = answer.stdout;
    this.effects = pulumi.all([effects, answer.id]).apply(([reached]) => reached);
    this.registerOutputs({});
  }
}

/** The shell command that waits, for a minute, until the server answers over HTTPS. A CA may come on its standard input. */
function askForHealth(host: string, ip: string, withCa: boolean): string {
  const curl =
    'curl --silent --show-error --fail --max-time 20 --retry 30 --retry-delay 2 --retry-all-errors ' +
    `--resolve ${host}:443:${ip} https://${host}/health`;
  return withCa ? `ca=$(mktemp) && trap 'rm -f "$ca"' EXIT && cat >"$ca" && ${curl} --cacert "$ca"` : curl;
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
