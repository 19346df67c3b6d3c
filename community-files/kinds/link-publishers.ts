import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  domain: fields.domain,
  trendable: fields.yesOrNo,
});

/** Sites whose links may trend, or may not, without anybody looking at each. Who is not named is looked at when a link trends. */
export const linkPublishers: ListKind<z.output<typeof schema>> = {
  kind: 'linkPublisher',
  list: 'link_publishers',
  file: 'link-publishers.yaml',
  title: 'link publishers',
  schema,
  key: ({ domain }) => domain,
  words: ({ domain, trendable }) => [`links to ${domain}`, trendable ? 'may trend' : 'never trend'],
};
