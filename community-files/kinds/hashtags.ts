import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  name: fields.hashtag,
  display_name: fields.hashtagDisplay.optional(),
  usable: fields.yesOrNo.default(true),
  listable: fields.yesOrNo.default(true),
  trendable: fields.yesOrNo.default(false),
});

/** Hashtags that were reviewed. One that is taken out has Mastodon's defaults again. */
export const hashtags: ListKind<z.output<typeof schema>> = {
  kind: 'hashtag',
  list: 'hashtags',
  file: 'hashtags.yaml',
  title: 'hashtags',
  schema,
  key: ({ name }) => name,
  complete: (tag) => ({ ...tag, display_name: tag.display_name ?? tag.name }),
  check(entries, { problems }) {
    for (const { value, at } of entries) {
      const { name, display_name: display = name } = value;
      if (fields.normalHashtag(display) !== name) {
        problems.refuse(
          at('display_name'),
          `display_name ${display}: expected ${name} with other capitals or accents`,
        );
      }
    }
  },
  words: ({ name, display_name: display, ...may }) => [
    `hashtag ${display ?? name}`,
    Object.entries(may).map(([what, holds]) => (holds ? what : `not ${what}`)).join(', '), // prettier-ignore
  ],
};
