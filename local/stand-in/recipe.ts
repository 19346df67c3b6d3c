/** What the stand-in images are made of. Every value here is the contract of the official images, or serves it. */
import type { ImageConfig } from './oci';

/** Debian packages of both images: they share this layer. */
export const PACKAGES = [
  'ca-certificates',
  'curl',
  'file',
  'libjemalloc2',
  'procps',
  'tini',
  'tzdata',
  // web, sidekiq, rails and tootctl: the gems of web/Gemfile
  'bundler',
  'puma',
  'ruby',
  'ruby-actionmailer',
  'ruby-actionpack',
  'ruby-activerecord',
  'ruby-addressable',
  'ruby-aws-sdk-s3',
  'ruby-bcrypt',
  'ruby-connection-pool',
  'ruby-doorkeeper',
  'ruby-fastimage',
  'ruby-pg',
  'ruby-railties',
  'ruby-redis',
  'ruby-sidekiq',
  'ruby-thor',
  // streaming
  'node-pg',
  'node-redis',
  'node-ws',
  'nodejs',
];

/** Files of packages that no container reads. */
export const LEFT_OUT = ['doc', 'info', 'lintian', 'locale', 'man', 'bash-completion'].map(
  (folder) => `/usr/share/${folder}/*`,
);

/** The user of the official images, by number in host mounts. */
export const UID = 991;
export const HOME = '/opt/mastodon';

const sharedEnv = [
  `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${HOME}/bin`,
  'LANG=C.UTF-8',
  'TZ=Etc/UTC',
  'NODE_ENV=production',
  // A trap of the official images: with host networking, BIND=127.0.0.1 has to be set.
  'BIND=0.0.0.0',
];

const sharedConfig = { User: 'mastodon', WorkingDir: HOME };

/**
 * Processor seconds that each start of Ruby costs on top of its own, in `STANDIN_START_SECONDS`: real Mastodon takes about ten.
 * Default: none, which keeps the tests short.
 */
const START_SECONDS = 'STANDIN_START_SECONDS';

export const webConfig: ImageConfig = {
  ...sharedConfig,
  Env: [
    ...sharedEnv,
    'RAILS_ENV=production',
    'RAILS_SERVE_STATIC_FILES=true',
    'RUBY_YJIT_ENABLE=1',
    'LD_PRELOAD=libjemalloc.so.2',
    'MALLOC_CONF=narenas:2,background_thread:true,thp:never,dirty_decay_ms:1000,muzzy_decay_ms:0',
    'MASTODON_SIDEKIQ_READY_FILENAME=sidekiq_process_has_started_and_will_begin_processing_jobs',
    // Only the stand-in's: its gems are Debian's, its home is read-only.
    'BUNDLE_FROZEN=true',
    'BUNDLE_USER_HOME=/tmp/bundle',
    ...(process.env[START_SECONDS] ? [`${START_SECONDS}=${process.env[START_SECONDS]}`] : []),
  ],
  Entrypoint: ['/usr/bin/tini', '--'],
  ExposedPorts: { '3000/tcp': {} },
  Labels: labels('web, sidekiq, rails and tootctl'),
};

export const streamingConfig: ImageConfig = {
  ...sharedConfig,
  Env: sharedEnv,
  Cmd: ['node', './streaming/index.js'],
  ExposedPorts: { '4000/tcp': {} },
  Labels: labels('streaming'),
};

function labels(part: string) {
  return {
    'org.opencontainers.image.title': 'Stand-in for Mastodon',
    'org.opencontainers.image.description': `Not Mastodon: a stand-in for its official image (${part}), for trying out the server around it`,
  };
}
