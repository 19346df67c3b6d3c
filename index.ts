import * as pulumi from '@pulumi/pulumi';
import { communityOf } from './components/community/community';
import { MastodonServer } from './components/mastodon-server';
import { readSettings } from './settings';

const settings = readSettings(new pulumi.Config());
const community = communityOf(settings);
const warnings = [...settings.warnings, ...(community?.warnings ?? [])];
for (const warning of warnings) void pulumi.log.warn(warning);

const server = new MastodonServer(`mastodon-${pulumi.getStack()}`, { settings, community });

export = server.outputs;
