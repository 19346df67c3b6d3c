/** A stack's outputs. docs/outputs.md and docs/outputs.schema.json are made of this file: `npm run docs:outputs`. */
import * as pulumi from '@pulumi/pulumi';

/** Raised when an output goes, or changes its meaning. One that is new raises nothing. */
export const OUTPUTS_VERSION = 1;

/** The outputs of a server, as other stacks read them. */
export interface ServerOutputs {
  /** Which promise these keep: raised when one of them goes or changes its meaning. */
  readonly outputsVersion: typeof OUTPUTS_VERSION;
  /** Where the site is, such as `https://example.social`. */
  readonly url: string;
  /** The address that leads to the machine; it outlives the machine. */
  readonly publicAddress: string;
  /** Civo's id of the network that the machine is in. */
  readonly networkId: string;
  /** Civo's id of the machine's firewall. */
  readonly firewallId: string;
  /** Civo's id of the machine; another one after the machine was replaced. */
  readonly instanceId: string;
  /** The buckets, without what opens them. */
  readonly buckets: { readonly media: Bucket; readonly backups: Bucket };
  /** The records that lead to the machine, on any name server. */
  readonly dnsRecords: readonly HostRecord[];
  /** The machine's SSH host key, for `known_hosts`. */
  readonly sshHostKey: string;
  /** Where SSH answers: the machine's address, or with `vpn: wireguard` the one inside the tunnel. */
  readonly sshAddress: string;
  /** How each administrator logs in, by the administrator's name. */
  readonly sshCommands: Readonly<Record<string, string>>;
  /** For each administrator the WireGuard configuration of their computer, with `vpn: wireguard`. Secrets. */
  readonly vpnConfigurations: Readonly<Record<string, string>>;
  /** What changes do on the machine, with the digests of what is there: a preview compares them with what it would bring. Missing with `converge: false`. */
  readonly effects?: Readonly<Record<string, string>>;
  /** The first administrator's account on the server. */
  readonly owner: Owner;
  /** A secret, for `bin/mastodon recovery-kit` alone: its parts may change with any version of the program. */
  readonly recovery: Readonly<Record<string, unknown>>;
}

export interface Bucket {
  /** Name of the bucket. */
  readonly name: string;
  /** Host name of the S3 endpoint, without a scheme; buckets are addressed by path. */
  readonly endpoint: string;
}

export interface HostRecord {
  /** The whole host name, such as `files.example.social`. */
  readonly host: string;
  /** Its name inside the zone, `@` for the zone itself. */
  readonly name: string;
  /** Kind of the record. */
  readonly type: 'A';
  /** The address. */
  readonly value: string;
}

export interface Owner {
  /** Name of the account. */
  readonly username: string;
  /** The login. */
  readonly email: string;
  /** A secret: the first password. */
  readonly password: string;
}

/** The same, as a program gives them: each part may come later. */
export type Giving<T> = T extends object ? { readonly [Key in keyof T]: pulumi.Input<Giving<T[Key]>> } : T;

/** A server of another stack. */
export class ServerReference {
  private constructor(private readonly stack: pulumi.StackReference) {}

  /**
   * By the stack's name, such as `my-organization/mastodon-on-civo/prod`. Before any output is used, so that
   * the program ends with one message.
   * @throws RunError if the stack is none of ours, or of a version that this program doesn't know
   */
  static async to(name: string): Promise<ServerReference> {
    const stack = new pulumi.StackReference(name);
    const { value } = (await stack.getOutputDetails('outputsVersion')) as { value?: number };
    if (value === OUTPUTS_VERSION) return new ServerReference(stack);
    throw new pulumi.RunError(
      `The outputs of the stack ${name} are of version ${String(value ?? 'none')}; expected ${String(OUTPUTS_VERSION)}. ` +
        'Bring that stack up with the version of the program that this one imports.',
    );
  }

  /** One of its outputs; a secret stays one. */
  output<Name extends keyof ServerOutputs>(name: Name): pulumi.Output<ServerOutputs[Name]> {
    return this.stack.getOutput(name) as pulumi.Output<ServerOutputs[Name]>;
  }
}
