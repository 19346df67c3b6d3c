import { z } from 'zod';
import { remedy } from '../../lib/nearest';
import { PERMISSIONS } from '../permissions';
import * as fields from './fields';
import type { ListKind } from './list-kind';

const schema = z.strictObject({
  name: fields.oneOf('Owner', 'Admin', 'Moderator', 'Everyone'),
  permissions: fields.someOf(PERMISSIONS, 'expected a list such as [manage_reports, view_dashboard]'),
  color: fields.color.optional(),
  highlighted: fields.yesOrNo.optional(),
  require_2fa: fields.yesOrNo.default(false),
});

/** UserRole::Flags::SAFE: the most that Mastodon gives to accounts without a role. */
const FOR_EVERYONE: readonly string[] = ['invite_users', 'invite_bypass_approval'];

/** Mastodon's own roles. They are always there: one that the file doesn't name is the web interface's. */
export const builtInRoles: ListKind<z.output<typeof schema>> = {
  kind: 'builtInRole',
  list: 'built_in_roles',
  file: 'built-in-roles.yaml',
  title: 'built-in roles',
  schema,
  key: ({ name }) => name,
  complete: (role) => ({ ...role, highlighted: role.highlighted ?? role.name !== 'Everyone' }),
  check(entries, { problems }) {
    for (const { value, at } of entries) {
      const { name, permissions } = value;
      if (name === 'Owner' && !permissions.includes('administrator')) {
        problems.refuse(at('permissions'), 'Owner has to be administrator, or no account could revert this');
      }
      const dangerous = permissions.filter((one) => name === 'Everyone' && !FOR_EVERYONE.includes(one));
      for (const one of dangerous) problems.refuse(at('permissions'), `${one} is not for everyone; ${remedy(one, FOR_EVERYONE)}`); // prettier-ignore
    }
  },
  words: ({ name, permissions, require_2fa: secondFactor, highlighted }) => [
    `role ${name}`,
    [...permissions, highlighted && 'highlighted', secondFactor && 'with a second factor']
      .filter(Boolean)
      .join(', '),
  ],
};
