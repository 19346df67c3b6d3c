import type { HandoverValues } from '../../cloud-init/bundle';

export const DEPLOY_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfQHdnAKTs/wjLH/dTwGSFgVTlVGQRmJt39XmSsRm0S deploy';
export const HOST_KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nbG9jYWw=\n-----END OPENSSH PRIVATE KEY-----\n';

/** What only a deployment knows, the secrets among it. */
export const exampleValues: HandoverValues = {
  hostKey: HOST_KEY,
  publicAddress: '192.0.2.7',
  secretKeyBase: 'value-secretKeyBase',
  encryptionPrimaryKey: 'value-encryptionPrimaryKey',
  encryptionDeterministicKey: 'value-encryptionDeterministicKey',
  encryptionKeyDerivationSalt: 'value-encryptionKeyDerivationSalt',
  vapidPrivateKey: 'value-vapidPrivateKey',
  vapidPublicKey: 'value-vapidPublicKey',
  databasePassword: 'value-databasePassword',
  ownerPassword: 'value-ownerPassword',
  smtpPassword: 'value-smtpPassword',
  mediaEndpoint: 'objectstore.lon1.civo.com',
  mediaBucket: 'media',
  mediaAccessKey: 'value-mediaAccessKey',
  mediaSecretKey: 'value-mediaSecretKey',
  backupEndpoint: 'objectstore.lon1.civo.com',
  backupBucket: 'backups',
  backupAccessKey: 'value-backupAccessKey',
  backupSecretKey: 'value-backupSecretKey',
  backupCipher: 'value-backupCipher',
  vpnPrivateKey: '',
  vpnPeers: '',
  secondarySecretKey: 'value-secondarySecretKey',
};
