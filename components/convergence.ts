import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { local, remote, types } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { type Effects, type EffectSettings, effectsOf, versionIn } from '../cloud-init/effects';
import { shellArchive } from '../cloud-init/shell-archive';
import type { BundleFile } from '../cloud-init/template';
import { lastEffects, reportEffects } from './preview-effects';
import { DEPLOY_USER } from './machine';
import { possibleUpgrade } from './mastodon-upgrade';
import type { SshKeyPair } from './secrets';

export interface ConvergenceArgs {
  /** Files for the machine, by their paths in a folder there; `converge` is run in it. They may contain secrets. */
  files: pulumi.Input<readonly BundleFile[]>;
  /** Settings whose changes a preview explains besides those of the files. An impossible upgrade of Mastodon is refused. */
  settings: EffectSettings;
  /** Civo's id of the machine. */
  instanceId: pulumi.Input<string>;
  /** Host name that the server answers at over HTTPS. */
  webDomain: string;
  /** Root certificate of a private authority, in PEM. Default: the authorities that this computer trusts. */
  trust?: string;
  /** The address that people reach the machine at. */
  ip: pulumi.Input<string>;
  /** The address that SSH reaches it at. Default: the same. */
  sshAddress?: pulumi.Input<string>;
  /** IPv4 ranges that SSH is open to, for the message to a computer outside of them. */
  sshCidrs: readonly string[];
  /** The key that `pulumi up` logs in with. */
  deployKey: SshKeyPair;
  /** The machine's lasting SSH host key. */
  hostKey: SshKeyPair;
  /** Public half of the host key that verifies the first connection, in OpenSSH's format. */
  bootHostKey: pulumi.Input<string>;
}

/** A connection of `@pulumi/command`. */
export type Connection = types.input.remote.ConnectionArgs;

/** Unpacks what comes on standard input and runs it: the bundle brings its own converge. (Nothing may be executed in `/run`.) */
const CONVERGE = `sudo bash -c 'set -e; d=$(mktemp -d -p /run); trap "rm -rf $d" EXIT; cd "$d"; bash -s; bash ./converge'`;

const FIND_SSH = readFileSync(join(__dirname, 'find-ssh.sh'), 'utf8');

/**
 * Brings the machine to the state that its files describe, on day 1 and on every day after, over SSH.
 *
 * @example
 * ```ts
 * import { Convergence, Secrets } from 'mastodon-on-civo/components';
 *
 * const { deployKey, hostKey } = new Secrets('blog-secrets', { keep: true });
 * const convergence = new Convergence('blog', {
 *   files: [{ path: 'converge', mode: '755', content: '#!/bin/sh\nsystemctl enable --now nginx\n' }],
 *   settings: { generation: 1, size: 'g3.small', image: 'debian-13', mastodon: { version: '4.6.5' } },
 *   instanceId: '69a23478-a89e-41d2-97b1-6f4c341cee70',
 *   webDomain: 'blog.example',
 *   ip: '203.0.113.7',
 *   sshCidrs: ['10.8.0.0/24'],
 *   deployKey,
 *   hostKey,
 *   bootHostKey: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY=',
 * });
 * export const { effects } = convergence;
 * ```
 */
export class Convergence extends pulumi.ComponentResource {
  /** The server's answer over HTTPS. */
  readonly done: pulumi.Output<string>;
  /** The connection to the machine once it has its lasting host key. Secret. */
  readonly connection: pulumi.Output<pulumi.Unwrap<Connection>>;
  /** What changes do on the machine, with the digests of what is there once this is done: the next preview reports by them. */
  readonly effects: pulumi.Output<Effects>;

  constructor(name: string, args: ConvergenceArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:Convergence', name, {}, opts);
    const { settings, sshAddress = args.ip } = args;
    const connection = {
      host: sshAddress,
      user: DEPLOY_USER,
      privateKey: args.deployKey.privateKeyOpenssh,
      perDialTimeout: 10,
    };

    const files = pulumi.output(args.files) as pulumi.Output<readonly BundleFile[]>;
    const bundle = files.apply(shellArchive);
    const effects = pulumi.unsecret(files.apply((all) => effectsOf(settings, all)));
    const before = lastEffects();
    reportEffects(before, effects);
    const upgrade = possibleUpgrade(name, before.then(versionIn), settings.mastodon.version);

    // A user outside the VPN gets this error before SSH's own patience, which is made for machines that boot, is tried.
    const reach = new local.Command(
      `${name}-reach`,
      {
        create: pulumi.interpolate`sh -s ${sshAddress} ${args.sshCidrs.join(' ')}`,
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

    this.connection = pulumi.output({
      ...connection,
      hostKey: args.hostKey.publicKeyOpenssh.apply((key) => key.trim()),
      dialErrorLimit: 10,
    });
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
          .apply((ip) => askForHealth(args.webDomain, ip, args.trust !== undefined)),
        stdin: args.trust,
        // Asked again after each run of converge.
        environment: { CONVERGED: converge.stdout },
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: [converge] },
    );

    this.done = answer.stdout;
    this.effects = pulumi.all([effects, answer.id]).apply(([reached]) => reached);
    this.registerOutputs({ done: this.done, connection: this.connection, effects: this.effects });
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
