import { version } from '@pulumi/random/package.json';
import { serveProvider } from '../provider';
import { randomBytesResource, randomId } from './bytes';
import { randomPassword, randomString } from './text';

serveProvider({
  name: 'random',
  version,
  resources: [randomPassword, randomString, randomId, randomBytesResource],
});
