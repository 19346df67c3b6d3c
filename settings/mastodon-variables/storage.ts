/** Variables of files: where media lie, and what keeps copies of them. */
import { choice, HOST, TEXT, URL_KIND, URLS, whole, YES_NO } from './kinds';
import { group, open, owned, refused, setting } from './variable';

const OWN_BUCKET = 'media are in the bucket that the program makes at Civo';
const NO_LOCAL_FILES = 'media are in the bucket at Civo, not on the disk of the machine';
const NO_SWIFT = 'media are in the bucket at Civo, which speaks S3';
const OWN_CLIENT = "the program proved Civo's store with its own value";

export const STORAGE = group('Files', {
  CDN_HOST: open(URL_KIND, 'Address that serves styles, scripts and pictures of the site itself. It must send Access-Control-Allow-Origin.'),
  EXTRA_MEDIA_HOSTS: open(URLS, 'Further addresses that browsers may load media from.'),
  PAPERCLIP_ROOT_PATH: refused(NO_LOCAL_FILES, TEXT, 'Folder of media.'),
  PAPERCLIP_ROOT_URL: refused(NO_LOCAL_FILES, TEXT, 'Path of media in addresses.'),
  S3_ENABLED: owned(OWN_BUCKET, YES_NO, 'Whether media are in an object store that speaks S3.', { default: 'false' }),
  S3_REGION: owned(OWN_BUCKET, TEXT, 'Region of the store.', { default: 'us-east-1' }),
  S3_ENDPOINT: owned(OWN_BUCKET, URL_KIND, 'Address of the store.'),
  S3_BUCKET: owned(OWN_BUCKET, TEXT, 'Name of the bucket.'),
  S3_PROTOCOL: owned(OWN_BUCKET, choice('https', 'http'), 'How browsers reach media.', { default: 'https' }),
  S3_HOSTNAME: owned(OWN_BUCKET, HOST, 'Host of media in addresses.'),
  S3_ALIAS_HOST: setting('mediaDomain', HOST, 'Host of media in addresses, in place of the bucket.'),
  S3_CLOUDFRONT_HOST: refused('it is another name of S3_ALIAS_HOST: use mediaDomain', HOST, 'Another name of S3_ALIAS_HOST.', { unlisted: true }),
  S3_KEY_PREFIX: refused('media are at the top of the bucket, where nginx, backups and imports look for them', TEXT, 'Folder of media in the bucket.', { unlisted: true }),
  AWS_ACCESS_KEY_ID: owned(OWN_BUCKET, TEXT, 'Access key of the bucket.'),
  AWS_SECRET_ACCESS_KEY: owned(OWN_BUCKET, TEXT, 'Secret half of the access key.', { secret: true }),
  AWS_REQUEST_CHECKSUM_CALCULATION: owned(OWN_CLIENT, TEXT, 'When uploads carry a checksum.', { unlisted: true }),
  AWS_RESPONSE_CHECKSUM_VALIDATION: owned(OWN_CLIENT, TEXT, 'When checksums of downloads are compared.', { unlisted: true }),
  S3_SIGNATURE_VERSION: owned(OWN_CLIENT, choice('v4', 's3'), 'How requests are signed.', { default: 'v4' }),
  S3_OVERRIDE_PATH_STYLE: owned(OWN_CLIENT, YES_NO, 'Whether the name of the bucket is part of the host.', { default: 'false' }),
  S3_PERMISSION: owned("the bucket's policy says who may read, not each object", TEXT, 'Access list of each object.', { default: 'public-read' }),
  S3_READ_TIMEOUT: owned(OWN_CLIENT, whole(1, 3600, 'seconds'), 'How long an answer of the store is awaited.', { default: '5' }),
  S3_RETRY_LIMIT: owned(OWN_CLIENT, whole(0, 100), 'How often a request is repeated.', { default: '0' }),
  S3_OPEN_TIMEOUT: open(whole(1, 600, 'seconds'), 'How long a connection to the store is awaited.', { default: '5' }),
  S3_FORCE_SINGLE_REQUEST: open(YES_NO, 'Whether large files are uploaded in one request.', { default: 'false' }),
  S3_ENABLE_CHECKSUM_MODE: open(YES_NO, 'Whether the store is asked for checksums.', { default: 'false' }),
  S3_STORAGE_CLASS: refused("Civo's store has one class", TEXT, 'Storage class of media.'),
  S3_MULTIPART_THRESHOLD: open(whole(5_242_880, 5_368_709_120, 'bytes'), 'Size above which a file is uploaded in parts.', { default: '15728640' }),
  S3_BATCH_DELETE_LIMIT: open(whole(1, 1000), 'Most files that one request deletes.', { default: '1000' }),
  S3_BATCH_DELETE_RETRY: open(whole(0, 100), 'How often such a request is repeated.', { default: '3' }),
}); // prettier-ignore

export const SWIFT = group('OpenStack Swift', {
  SWIFT_ENABLED: refused(NO_SWIFT, YES_NO, 'Whether media are in Swift.', { default: 'false' }),
  SWIFT_USERNAME: refused(NO_SWIFT, TEXT, 'User at Swift.'),
  SWIFT_TENANT: refused(NO_SWIFT, TEXT, 'Tenant at Swift.'),
  SWIFT_PASSWORD: refused(NO_SWIFT, TEXT, 'Password at Swift.', { secret: true }),
  SWIFT_PROJECT_ID: refused(NO_SWIFT, TEXT, 'Project at Swift.'),
  SWIFT_AUTH_URL: refused(NO_SWIFT, URL_KIND, 'Address of the login at Swift.'),
  SWIFT_CONTAINER: refused(NO_SWIFT, TEXT, 'Container of media.'),
  SWIFT_OBJECT_URL: refused(NO_SWIFT, URL_KIND, 'Address of media.'),
  SWIFT_REGION: refused(NO_SWIFT, TEXT, 'Region of Swift.'),
  SWIFT_DOMAIN_NAME: refused(NO_SWIFT, TEXT, 'Domain of the user.', { default: 'default' }),
  SWIFT_CACHE_TTL: refused(NO_SWIFT, whole(0, 86_400, 'seconds'), 'How long a login is kept.', { default: '60' }),
}); // prettier-ignore

export const CACHE_BUSTER = group('Cache buster', {
  CACHE_BUSTER_ENABLED: open(YES_NO, 'Whether the address of a deleted file is requested, so that a cache before it forgets it. nginx of this machine needs none.', { default: 'false' }),
  CACHE_BUSTER_HTTP_METHOD: open(choice('GET', 'POST', 'PURGE', 'DELETE'), 'Method of that request.', { default: 'GET' }),
  CACHE_BUSTER_SECRET_HEADER: open(TEXT, 'Header of that request that carries a secret.'),
  CACHE_BUSTER_SECRET: open(TEXT, 'That secret.', { secret: true }),
}); // prettier-ignore
