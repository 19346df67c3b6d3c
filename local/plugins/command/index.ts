import { version } from '@pulumi/command/package.json';
import { serveProvider } from '../provider';
import { localCommand } from './local';
import { remoteCommand } from './remote';

serveProvider({ name: 'command', version, resources: [localCommand, remoteCommand] });
