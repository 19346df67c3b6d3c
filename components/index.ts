/** What other programs import: `mastodon-on-civo`. docs/components.md shows each, examples/ whole programs. */
export { Address, type AddressArgs } from './address';
export { AppliedCommunity, type AppliedCommunityArgs } from './community/apply';
export { communityOf } from './community/community';
export { Decisions, type DecisionsArgs } from './community/decisions';
export { Convergence, type ConvergenceArgs } from './convergence';
export { Machine, type MachineArgs } from './machine';
export { MastodonServer, type MastodonServerArgs } from './mastodon-server';
export { ObjectStorage, type ObjectStorageArgs } from './object-storage';
export { Perimeter, type PerimeterArgs } from './perimeter';
export { Secrets, type SecretsArgs } from './secrets';
export { Vpn, type VpnArgs } from './vpn';
export { OUTPUTS_VERSION, type ServerOutputs, ServerReference } from './outputs';
export { readSettings, type Settings } from '../settings';
