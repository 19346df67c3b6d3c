import * as pulumi from '@pulumi/pulumi';
import { NAMESPACE } from '../../settings/namespace';
import type { Mastodon, Settings } from '../../settings/types';
import { openFolder } from '../../community-files/folder';
import { gitHistory } from '../../community-files/history';
import { type Read, readCommunity } from '../../community-files/read';

/** What moderators have to correct in their files. Pulumi shows the message of such an error without a stack trace. */
export class CommunityError extends pulumi.RunError {}

type CommunitySettings = Pick<Settings, 'domain' | 'webDomain'> & {
  /** The folder of the community's files. */
  community?: Settings['community'];
  mastodon: Pick<Mastodon, 'version'>;
};

/**
 * The community of a stack, if it has one, read and validated.
 * @throws CommunityError with every problem at once
 */
export function communityOf(settings: CommunitySettings): Read | undefined {
  const { community: name, domain, webDomain, mastodon } = settings;
  if (name === undefined) return undefined;
  const now = new Date();
  const folder = openFolder(name);
  if (folder === undefined) {
    throw new CommunityError(`${NAMESPACE}community = ${name}: there is no such folder`);
  }
  const read = readCommunity(folder, {
    own: [domain, webDomain],
    version: mastodon.version,
    now,
    history: gitHistory(name, now),
  });
  if (!('problems' in read)) return read;
  throw new CommunityError(
    `The community's files can't be used:\n${read.problems.map((line) => `  ${name}/${line}`).join('\n')}\n` +
      'Nothing was changed. docs/community.md describes how each file is written; check them with: bin/mastodon community check',
  );
}
