import { remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Connection } from '../convergence';
import type { Community } from '../../community-files/types';

export interface AppliedCommunityArgs {
  /** The community, as {@link communityOf} reads it. */
  community: Community;
  /** Things that were changed both in the files and in the web interface, and take the files' text: `kind/key`. Default: none. */
  take?: readonly string[];
  /** Civo's id of the machine. */
  instanceId: pulumi.Input<string>;
  /** The connection to the machine, where Mastodon runs. */
  connection: pulumi.Input<Connection>;
  /** What must exist before, such as a {@link Decisions}, which stops an `up` that decides too much at once. */
  after: readonly pulumi.Resource[];
}

/**
 * Has Mastodon carry out what the community decided, in one process.
 *
 * @example
 * ```ts
 * import { AppliedCommunity, communityOf, Decisions } from 'mastodon-on-civo/components';
 *
 * const server = { domain: 'example.social', webDomain: 'example.social', mastodon: { version: '4.6.5' } };
 * const read = communityOf({ community: 'community', ...server });
 * if (read) {
 *   new AppliedCommunity('social', {
 *     community: read.community,
 *     instanceId: '69a23478-a89e-41d2-97b1-6f4c341cee70',
 *     connection: { host: '203.0.113.7', user: 'deploy', privateKey: process.env.DEPLOY_KEY },
 *     after: [new Decisions('social', read)],
 *   });
 * }
 * ```
 */
export class AppliedCommunity extends pulumi.ComponentResource {
  /** What Mastodon changed, a line each. */
  readonly report: pulumi.Output<string>;

  constructor(name: string, args: AppliedCommunityArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:AppliedCommunity', name, {}, opts);
    const { community, take = [], after } = args;
    const { stdout } = new remote.Command(
      `${name}-community`,
      {
        connection: args.connection,
        create: 'sudo /usr/local/lib/mastodon/community apply',
        // A secret: the team's addresses are in it.
        stdin: pulumi.secret(JSON.stringify({ desired: community, take })),
        triggers: [args.instanceId],
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: [...after],
        customTimeouts: { create: '30m', update: '30m' },
      },
    );
    this.report = stdout;
    this.registerOutputs({ report: this.report });
  }
}

/** What `TAKE='domainBlock/spam.example rule/kindness' pulumi up` names. */
export function overridesFrom(environment: NodeJS.ProcessEnv): readonly string[] {
  return (environment.TAKE ?? '').split(/[\s,]+/).filter(Boolean);
}
