import { announcements } from './announcements';
import { builtInRoles } from './built-in-roles';
import { customEmoji } from './custom-emoji';
import { followSuppressions } from './follow-suppressions';
import { hashtags } from './hashtags';
import { invites } from './invites';
import { linkPublishers } from './link-publishers';
import type { ListKind } from './list-kind';
import { relays } from './relays';
import { usernameBlocks } from './username-blocks';
import { warningPresets } from './warning-presets';
import { webhooks } from './webhooks';

/** Every kind that is a list in a file of its own. */
export const KINDS: readonly ListKind[] = [
  announcements,
  builtInRoles,
  customEmoji,
  followSuppressions,
  hashtags,
  invites,
  linkPublishers,
  relays,
  usernameBlocks,
  warningPresets,
  webhooks,
];
