import { version } from '@pulumi/tls/package.json';
import { serveProvider } from '../provider';
import { privateKey } from './private-key';

serveProvider({ name: 'tls', version, resources: [privateKey] });
