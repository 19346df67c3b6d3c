/** All commands, in the order of the documentation. */
import type { CommandSpec } from '../command';
import adoptKit from './adopt-kit';
import communityCheck from './community-check';
import communityFollow from './community-follow';
import communityPreview from './community-preview';
import communityPull from './community-pull';
import completion from './completion';
import console from './console';
import cost from './cost';
import doctor from './doctor';
import drift from './drift';
import exportServer from './export';
import importServer from './import';
import init from './init';
import logs from './logs';
import mend from './mend';
import policies from './policies';
import previewComment from './preview-comment';
import recoveryKit from './recovery-kit';
import refresh from './refresh';
import rehearse from './rehearse';
import releases from './releases';
import remoteMedia from './remote-media';
import restore from './restore';
import rotate from './rotate';
import ssh from './ssh';
import status from './status';
import tootctl from './tootctl';
import up from './up';

export interface Group {
  readonly title: string;
  readonly commands: readonly CommandSpec[];
}

export const GROUPS: readonly Group[] = [
  { title: 'Set up and change', commands: [init, up, policies, previewComment, drift, refresh, mend, cost] },
  { title: 'Look at the server', commands: [status, doctor, ssh, logs, console, tootctl, remoteMedia] },
  { title: 'Recover and upgrade', commands: [releases, restore, rehearse, rotate, recoveryKit, adoptKit] },
  { title: 'Move', commands: [importServer, exportServer] },
  {
    title: 'Community',
    commands: [communityCheck, communityPull, communityFollow, communityPreview],
  },
  { title: 'Shell', commands: [completion] },
];

export const COMMANDS: readonly CommandSpec[] = GROUPS.flatMap(({ commands }) => commands);
