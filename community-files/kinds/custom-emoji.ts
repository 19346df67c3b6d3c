import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  shortcode: fields.shortcode,
  image: fields.picture.optional(),
  category: fields.text('expected the name of a category').optional(),
  visible_in_picker: fields.yesOrNo.default(true),
  disabled: fields.yesOrNo.default(false),
});

/** Pictures that people of this server write as `:shortcode:`. Other servers' emoji are not decided here. */
export const customEmoji: ListKind<z.output<typeof schema>> = {
  kind: 'customEmoji',
  list: 'custom_emoji',
  file: 'custom-emoji.yaml',
  title: 'custom emoji',
  schema,
  key: ({ shortcode }) => shortcode,
  complete: (emoji) => ({ ...emoji, image: emoji.image ?? `emoji/${emoji.shortcode}.png` }),
  // CustomEmoji::LIMIT and IMAGE_MIME_TYPES of Mastodon 4.6
  picture: { field: 'image', limit: 256 * 1024, types: ['png', 'gif', 'webp'] },
  words: ({ shortcode, image, category, visible_in_picker: visible, disabled, ...rest }) => [
    `emoji :${shortcode}: (${disabled ? 'disabled' : 'enabled'})`,
    [image, category, !visible && 'not in the picker', sha256Of(rest)].filter(Boolean).join(', '),
  ],
};

const sha256Of = (item: object) => {
  const { picture } = item as { picture?: { sha256: string } };
  return picture && `SHA-256 ${picture.sha256.slice(0, 12)}`;
};
