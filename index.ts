import * as pulumi from '@pulumi/pulumi';
import { MastodonServer } from './components/mastodonServer';
import { readSettings } from './settings';

const settings = readSettings(new pulumi.Config());
for (const warning of settings.warnings) void pulumi.log.warn(warning);

const server = new MastodonServer(`mastodon-${pulumi.getStack()}`, { settings });

export = server.outputs;
