import { announcements } from './announcements';
import { builtInRoles } from './builtInRoles';
import { customEmoji } from './customEmoji';
import { followSuppressions } from './followSuppressions';
import { hashtags } from './hashtags';
import { invites } from './invites';
import { linkPublishers } from './linkPublishers';
import type { ListKind } from './listKind';
import { relays } from './relays';
import { usernameBlocks } from './usernameBlocks';
import { warningPresets } from './warningPresets';
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
