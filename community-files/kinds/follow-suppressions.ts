import { z } from 'zod';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({ account: fields.account });

/** Accounts that Mastodon never recommends. */
export const followSuppressions: ListKind<z.output<typeof schema>> = {
  kind: 'followSuppression',
  list: 'follow_suppressions',
  file: 'follow-suppressions.yaml',
  title: 'accounts that are not recommended',
  schema,
  key: ({ account }) => account,
  check(entries, { own, problems }) {
    for (const { value, at } of entries) {
      const [user = '', domain] = value.account.split('@');
      if (domain !== undefined && own.includes(domain))
        problems.refuse(at('account'), `is of this server; write ${user}`);
    }
  },
  words: ({ account }) => [`recommend ${account}`, 'to no account'],
};
