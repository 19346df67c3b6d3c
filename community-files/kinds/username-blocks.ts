import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  username: fields.text('expected a username, or a part of one'),
  comparison: fields.oneOf('equals', 'contains').default('equals'),
  allow_with_approval: fields.yesOrNo.default(false),
});

/** Usernames that no one may take. Mastodon compares digits as the letters that they look like. */
export const usernameBlocks: ListKind<z.output<typeof schema>> = {
  kind: 'usernameBlock',
  list: 'username_blocks',
  file: 'username-blocks.yaml',
  title: 'username blocks',
  schema,
  key: ({ username }) => username.toLowerCase(),
  words: ({ username, comparison, allow_with_approval: approval }) => [
    `block usernames that ${comparison === 'equals' ? 'equal' : 'contain'} ${username}`,
    approval ? 'may ask to join' : 'refused',
  ],
};
