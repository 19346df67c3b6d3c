import { z } from 'zod';
import { isPast } from '../moment';
import { lengthOf } from '../text';
import * as fields from './fields';
import type { ListKind } from './list-kind';

/** Invite::COMMENT_SIZE_LIMIT */
const LONGEST_COMMENT = 420;

const schema = z.strictObject({
  name: fields.name,
  user: fields.username,
  max_uses: fields.count('expected how many people may use it').optional(),
  expires_at: fields.moment.optional(),
  autofollow: fields.yesOrNo.default(false),
  comment: fields.text('expected a comment').optional(),
});

/** Links by which people may join, of people of the team. Mastodon makes the link; it stays when the rest is changed. */
export const invites: ListKind<z.output<typeof schema>> = {
  kind: 'invite',
  list: 'invites',
  file: 'invites.yaml',
  title: 'invites',
  schema,
  key: ({ name }) => name,
  check(entries, { team, now, problems }) {
    for (const { value, at } of entries) {
      if (team.length > 0 && !team.includes(value.user)) {
        problems.refuse(at('user'), `${value.user} is not in team.yaml, whose people can invite`);
      }
      if (lengthOf(value.comment ?? '') > LONGEST_COMMENT) {
        problems.refuse(at('comment'), `has more than ${String(LONGEST_COMMENT)} characters`);
      }
      if (isPast(value.expires_at, now)) {
        problems.warn(at('expires_at'), 'has expired and lets no account in any more; take it out');
      }
    }
  },
  words: ({ name, user, max_uses: uses, expires_at: expires, comment }) => [
    `invite ${name} of ${user}`,
    [uses ? `for ${String(uses)} people` : 'for everybody', expires && `until ${expires}`, comment]
      .filter(Boolean)
      .join(', '),
  ],
};
