/** Two whole servers from one program, each with its own settings: those of staging begin with `staging:`. */
import * as pulumi from '@pulumi/pulumi';
import { communityOf, MastodonServer, readSettings } from 'mastodon-on-civo/components';

function server(name: string): MastodonServer {
  const settings = readSettings(new pulumi.Config(name));
  for (const warning of settings.warnings) void pulumi.log.warn(`${name}: ${warning}`);
  return new MastodonServer(`mastodon-${name}`, { settings, community: communityOf(settings) });
}

const staging = server('staging');
const production = server('production');

export = { staging: staging.outputs, production: production.outputs };
