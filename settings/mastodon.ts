/** The settings of Mastodon itself: its version, its images, its environment. */
import { z } from 'zod';
import { group, matching, oneOf, text, type Variables, yesOrNo } from './kinds';
import { environment, extraEnvironment } from './mastodon-environment';
import { NEWEST_KNOWN, versionProblem } from './mastodon-releases';
import { LOCALE } from './mastodon-variables/kinds';
import { cacheBuster, captcha, search, traces, translation } from './outside-services';
import { sso } from './sso';

const imageName = matching(
  /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/,
  'expected the name of an image with its registry and without tag, such as ghcr.io/mastodon/mastodon',
);

const digest = matching(
  /^sha256:[0-9a-f]{64}$/,
  'expected sha256: and 64 hexadecimal digits, as "skopeo inspect docker://IMAGE:vVERSION" prints it',
);

export const mastodon = group({
  version: text(versionProblem).meta({
    description:
      'Version of Mastodon. A higher one is an upgrade (docs/upgrades.md): one minor version at a time, and no downgrade.',
    examples: [NEWEST_KNOWN],
    prompt: "Mastodon's version",
  }),
  webImage: imageName.default('ghcr.io/mastodon/mastodon').meta({
    description: 'Name of the image of web and Sidekiq, without tag.',
    examples: ['registry.example.net/mastodon'],
  }),
  webDigest: digest.meta({
    description: 'Digest of that image.',
    prompt: 'Digest of the web image',
    examples: [`sha256:${'1a'.repeat(32)}`],
  }),
  streamingImage: imageName.default('ghcr.io/mastodon/mastodon-streaming').meta({
    description: 'Name of the streaming image, without tag.',
    examples: ['registry.example.net/streaming'],
  }),
  streamingDigest: digest.meta({
    description: 'Digest of the streaming image.',
    prompt: 'Digest of the streaming image',
    examples: [`sha256:${'2b'.repeat(32)}`],
  }),
  tasks: z
    .array(text(), 'expected a list of commands')
    .default([])
    .meta({
      description:
        "Commands that the release's notes ask for after an upgrade: shell commands in the web image, each run once for a version.",
      examples: [['tootctl cache recount accounts']],
      derived: 'none',
    }),
  federation: oneOf(['open', 'limited']).optional().meta({
    description:
      'Who the server federates with: `open`, all servers that are not blocked; `limited`, those alone that are allowed (domain-allows.csv), and visitors see nothing. What others received before stays with them.',
    derived: '`open`; a server that moved in has to say it',
  }),
  sso,
  search,
  translation,
  captcha,
  defaultLocale: LOCALE.schema.optional().meta({
    description: "Language for visitors whose browser's is not known.",
    examples: ['de'],
    derived: '`en`',
    variable: 'DEFAULT_LOCALE',
  }),
  singleUser: yesOrNo.default(false).meta({
    description: 'Whether the front page is the first profile, and sign-up is closed.',
    variables: { SINGLE_USER_MODE: (single) => (single ? 'true' : undefined) } satisfies Variables<boolean>,
  }),
  cacheBuster,
  traces,
  environment,
  extraEnvironment,
}).meta({
  description: 'The version of Mastodon, its images, each pinned by digest, and its environment.',
});
