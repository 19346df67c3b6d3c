import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  url: fields.address,
  enabled: fields.yesOrNo.default(true),
});

/** Servers to which public posts go, and from which others' come. Whether one accepts is its own decision. */
export const relays: ListKind<z.output<typeof schema>> = {
  kind: 'relay',
  list: 'relays',
  file: 'relays.yaml',
  title: 'relays',
  schema,
  key: ({ url }) => url,
  words: ({ url, enabled }) => [`relay ${url}`, enabled ? 'enabled' : 'disabled'],
};
