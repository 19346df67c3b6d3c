import { remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Convergence } from '../convergence';
import type { Decisions } from './decisions';
import type { Community } from './types';

export interface AppliedCommunityArgs {
  community: Community;
  /** What was changed in the files and in the web interface, and the files shall win: `kind/key`. */
  take: readonly string[];
  instanceId: pulumi.Input<string>;
  /** Mastodon is there when it is done. */
  convergence: Convergence;
  /** What stops an `up` that decides too much at once. */
  decisions: Decisions;
}

/** Has Mastodon carry out what the community decided: one process, whose output says what it did. */
export class AppliedCommunity extends pulumi.ComponentResource {
  constructor(name: string, args: AppliedCommunityArgs, opts?: pulumi.ComponentResourceOptions) {
    super('mastodon:civo:AppliedCommunity', name, {}, opts);
    new remote.Command(
      `${name}-community`,
      {
        connection: args.convergence.connection,
        create: 'sudo /usr/local/lib/mastodon/community apply',
        // A secret: the team's addresses are in it.
        stdin: pulumi.secret(JSON.stringify({ desired: args.community, take: args.take })),
        triggers: [args.instanceId],
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: [args.convergence, args.decisions],
        customTimeouts: { create: '30m', update: '30m' },
      },
    );
    this.registerOutputs({});
  }
}

/** What `TAKE='domainBlock/spam.example rule/kindness' pulumi up` names. */
export function takenFrom(environment: NodeJS.ProcessEnv): readonly string[] {
  return (environment.TAKE ?? '').split(/[\s,]+/).filter(Boolean);
}
