import { announcements } from './announcements';
import { hashtags } from './hashtags';
import type { ListKind } from './listKind';
import { usernameBlocks } from './usernameBlocks';

/** Every kind that is a list in a file of its own. */
export const KINDS: readonly ListKind[] = [announcements, hashtags, usernameBlocks];
