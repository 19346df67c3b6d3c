import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  name: fields.name,
  text: fields.text('expected what is announced'),
  starts_at: fields.moment.optional(),
  ends_at: fields.moment.optional(),
  all_day: fields.yesOrNo.default(false),
  published: fields.yesOrNo.default(true),
  scheduled_at: fields.moment.optional(),
});

/** What everybody sees above the timelines. Mastodon publishes at the scheduled moment by itself. */
export const announcements: ListKind<z.output<typeof schema>> = {
  kind: 'announcement',
  list: 'announcements',
  file: 'announcements.yaml',
  title: 'announcements',
  schema,
  key: ({ name }) => name,
  check(entries, { problems }) {
    for (const { value, at } of entries) {
      const { starts_at: start, ends_at: end, published, scheduled_at: scheduled } = value;
      if ((start === undefined) !== (end === undefined)) {
        problems.refuse(at(start === undefined ? 'ends_at' : 'starts_at'), 'starts_at and ends_at: expected both or none'); // prettier-ignore
      } else if (start !== undefined && end !== undefined && end < start) {
        problems.warn(at('ends_at'), `ends_at ${end} is before starts_at ${start}`);
      }
      if (!published && scheduled !== undefined) {
        problems.refuse(at('scheduled_at'), 'scheduled_at and published: false contradict each other; take one of the two out'); // prettier-ignore
      }
    }
  },
  words: ({ name, text, published, scheduled_at: scheduled, starts_at: start, ends_at: end }) => [
    `announcement ${name} (${published ? (scheduled ? `published at ${scheduled}` : 'published') : 'not published'})`,
    [text, start && `${start} to ${String(end)}`].filter(Boolean).join(', '),
  ],
};
