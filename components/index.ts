/** What other programs import: `mastodon-on-civo`. examples/ shows how. */
export { communityOf } from './community/community';
export { MastodonServer, type MastodonServerArgs } from './mastodonServer';
export { OUTPUTS_VERSION, type ServerOutputs, ServerReference } from '../outputs';
export { readSettings, type Settings } from '../settings';
