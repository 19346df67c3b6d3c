import type { HandoverValues } from '../../cloud-init/bundle';
import { DELIVERED_SECRETS, STACK_SECRETS } from '../../settings/secret-names';
import type { DeliveredSecrets } from '../../settings/secrets-table';

export const DEPLOY_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfQHdnAKTs/wjLH/dTwGSFgVTlVGQRmJt39XmSsRm0S deploy';
export const HOST_KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nbG9jYWw=\n-----END OPENSSH PRIVATE KEY-----\n';

/** What only a deployment knows, the secrets among it. */
export const exampleValues: HandoverValues = {
  ...deliveredSecrets(),
  hostKey: HOST_KEY,
  publicAddress: '192.0.2.7',
  smtpPassword: 'value-smtpPassword',
  mediaEndpoint: 'objectstore.lon1.civo.com',
  mediaBucket: 'media',
  mediaAccessKey: 'value-mediaAccessKey',
  mediaSecretKey: 'value-mediaSecretKey',
  backupEndpoint: 'objectstore.lon1.civo.com',
  backupBucket: 'backups',
  backupAccessKey: 'value-backupAccessKey',
  backupSecretKey: 'value-backupSecretKey',
  environment: { DEEPL_API_KEY: 'value-deeplKey' },
  vpnPrivateKey: '',
  vpnPeers: '',
  secondarySecretKey: 'value-secondarySecretKey',
};

/** Those that the stack makes and the machine gets. */
function deliveredSecrets(): DeliveredSecrets<string> {
  const delivered = DELIVERED_SECRETS.filter((name) => STACK_SECRETS.includes(name));
  const values = delivered.map((name) => [name, `value-${name}`]);
  return Object.fromEntries(values) as DeliveredSecrets<string>;
}
