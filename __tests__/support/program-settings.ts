import { ConfigValue } from './stack';

/** The settings of a stack on a local Civo without machines: real enough for every check, at an unused address. */
export function programSettings(apiEndpoint: string): Record<string, ConfigValue> {
  return {
    domain: 'toot.example',
    region: 'LON1',
    image: 'debian-13',
    vpnCidrs: ['10.8.0.0/24'],
    administrators: [
      {
        name: 'alice',
        email: 'alice@toot.example',
        sshKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfQHdnAKTs/wjLH/dTwGSFgVTlVGQRmJt39XmSsRm0S alice',
      },
      {
        name: 'bob',
        email: 'bob@toot.example',
        sshKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuMhSYUjNjm2vVuXHwIxPyV8mA6yxzWzTVjMyETEy1X bob',
      },
    ],
    smtp: {
      host: 'smtp.example.net',
      user: 'toot',
      password: 'not-a-secret-here',
      from: 'toot@toot.example',
    },
    mastodon: {
      version: '4.6.5',
      webDigest: `sha256:${'1'.repeat(64)}`,
      streamingDigest: `sha256:${'2'.repeat(64)}`,
    },
    converge: false,
    protect: false,
    apiEndpoint,
  };
}
