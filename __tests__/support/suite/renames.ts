/** A test of the earlier recorded suite that has another title now, or was removed. */
export interface Rename {
  /** The file that it was in, such as `machine/day2`, under its name of today. */
  file: string;
  /** Its full title: of its groups and its own, as docs/testing.md has it. */
  before: string;
  /** The full titles of what keeps its promise now; none if it was removed. */
  now?: readonly string[];
  /** Why, and if it was removed, what keeps the promise. */
  reason: string;
}

/** Test files that have another name since the earlier suite was recorded: what they were called, and are now. */
export const RENAMED_FILES: Readonly<Record<string, string>> = {
  'engine/standin': 'engine/stand-in',
  'unit/addressRecords': 'unit/address-records',
  'unit/civoFailures': 'unit/civo-failures',
  'unit/hostFirewall': 'unit/host-firewall',
  'unit/invalidSettings': 'unit/invalid-settings',
  'unit/localNetwork': 'unit/local-network',
  'unit/mastodonUpgrade': 'unit/mastodon-upgrade',
  'unit/previewMarkdown': 'unit/preview-markdown',
  'unit/settingsFiles': 'unit/settings-files',
  'unit/shellArchive': 'unit/shell-archive',
  'unit/standin': 'unit/stand-in',
  'unit/statusPage': 'unit/status-page',
};

/** Tests that take minutes: `make nightly` runs them, under the same title. */
const nightly = (file: string, now: string, titles: readonly string[]): readonly Rename[] =>
  titles.map((before) => ({
    file,
    before,
    reason: `It takes minutes: \`make nightly\` runs it, in \`nightly/${now}\`.`,
  }));

/** What no longer has the title that it had. Without an entry here, a title that is gone is an error. */
export const RENAMES: readonly Rename[] = [
  {
    file: 'machine/hardening',
    before: 'Lynis gives the machine an index of at least 85',
    reason:
      'It takes minutes: `make nightly` runs it, in `nightly/hardening-scans`, and asks for an index of at least 88.',
  },
  {
    file: 'unit/settings',
    before: 'settings refuse a hardware-backed key',
    now: [
      'a hardware-backed key of the type ED25519 is accepted, and has the fingerprint that ssh-keygen tells',
      'a hardware-backed key of the type ECDSA is accepted, and has the fingerprint that ssh-keygen tells',
    ],
    reason:
      'Hardware-backed keys are accepted now; a certificate is what is refused as a type that nothing here can look into.',
  },
  {
    file: 'unit/civo-databases',
    before: 'database_create_invalid_version: {"software_version":"9"}',
    now: ['database_create_invalid_version: {"software_version":"16"}'],
    reason: 'The versions are those that Civo offers; 16 is one that it does not.',
  },
  {
    file: 'unit/workflows',
    before: 'only the job that writes the comment may write, and it checks nothing out',
    now: [
      'two jobs may write: one a comment, from no checkout; one starts the drift check, without a secret',
    ],
    reason: 'The drift check is started by a second job, which may start runs and has no secret.',
  },
  {
    file: 'unit/settings-files',
    before: 'Pulumi.prod.yaml lacks the password and the digests, which nobody can know, and nothing else',
    now: [
      'Pulumi.prod.yaml lacks the keys, the password and the digests, which nobody can know, and nothing else',
    ],
    reason: 'The example has no SSH keys any more, as those were somebody’s.',
  },
  ...nightly('machine/hardening', 'hardening-scans', [
    'ssh-audit has nothing against SSH, and testssl.sh nothing above low against HTTPS',
  ]),
  ...nightly('machine/import-export', 'rehearse', [
    'an upgrade is rehearsed on a copy that reaches nobody, and production is only read',
  ]),
  ...nightly('machine/takeover', 'takeover-frozen', [
    'a machine that is frozen is succeeded after 60 s without a sign, though its clock was 5 minutes slow',
    'a machine that is frozen stops serving and archiving by itself once it is thawed, and says so',
    'a machine that is frozen does not archive by hand either',
    'a machine that is frozen stays down when it is rebooted',
    'a machine whose lease nobody renews is succeeded though it is alive, and stops within a minute',
  ]),
  ...nightly('machine/upgrade', 'upgrade-back', [
    'back past a migration is refused, also where only the machine can know; what is left is to undo the upgrade',
  ]),
  {
    file: 'machine/takeover',
    before: 'a machine that has lost its power goes, like every other old one, with the next up',
    now: [
      'a machine that has lost its power goes with the up after an administrator has said that it is not needed',
    ],
    reason:
      'What it had not archived exists there only. The old title would lose it; the new one asks first, and then the machine goes as before.',
  },
  {
    file: 'machine/server',
    before:
      'a server that pulumi up has made goes on from its backup on a new machine when generation is raised',
    now: [
      'a machine that is replaced hands over every post that was acknowledged, and every job, to a smaller one, though its clock is 5 minutes fast',
    ],
    reason: 'Both raised `generation` once; what each of them expected is expected of one replacement.',
  },
  {
    file: 'machine/takeover',
    before:
      'a machine that is replaced hands over every post that was acknowledged, and every job, though its clock is 5 minutes fast',
    now: [
      'a machine that is replaced hands over every post that was acknowledged, and every job, to a smaller one, though its clock is 5 minutes fast',
    ],
    reason: 'The new machine is a smaller one, too, instead of in a replacement of its own.',
  },
  {
    file: 'unit/community-follow',
    before: 'more new blocks than allowed are refused; a known one may change its severity',
    now: [
      'more new blocks of lists than allowed are refused; one that becomes a suspension is new, one that becomes a silence is not',
    ],
    reason: 'A suspension ends follows for good, so a known block that becomes one counts as new.',
  },
  {
    file: 'unit/community-follow',
    before: 'NEW_BLOCKS is a number or not there',
    now: ['NEW_BLOCKS and LIFTED_BLOCKS are numbers or not there'],
    reason: 'There are two such words now, and both are checked.',
  },
  ...(
    [
      ['a numbered rule', 'warns of a numbered rule, with file and line, and takes it'],
      ['a long comment', 'warns of a long comment, with file and line, and takes it'],
      ['a top-level domain', 'warns of a top-level domain, with file and line, and takes it'],
      ['what a parent swallows', 'warns of what a parent covers, with file and line, and takes it'],
      [
        'what is both blocked and allowed',
        'warns of what is both blocked and allowed, with file and line, and takes it',
      ],
      ['an address of the team', 'warns of an address of the team, with file and line, and takes it'],
      ['a long description', 'warns of a long description, with file and line, and takes it'],
      ['what is never to be blocked', 'takes what is never taken from a list'],
      ['what holds one that is never to be blocked', 'takes what holds one that is never taken from a list'],
    ] as const
  ).map(([before, now]) => ({
    file: 'unit/community-checks',
    before: `refuses ${before}, with file and line`,
    now: [now],
    reason:
      'Mastodon takes it, so a moderator may have done it in the web interface: what is pulled must pass the check.',
  })),
  {
    file: 'unit/community-checks',
    before: 'terms whose day has passed are known by their commits, and by what is not committed',
    now: [
      'terms whose day has passed are known by their commits, by their authors’ days, and by what is not committed',
    ],
    reason: 'A rebase must not count as a change.',
  },
  ...(
    [
      'each make target is there, and is told what it understands',
      'each link leads to a page and a heading that are there',
    ] as const
  ).map((title) => ({
    file: 'unit/runbooks',
    before: `docs/decisions.md: ${title}`,
    now: [`docs/decisions: ${title}`],
    reason: 'Each decision is a file of docs/decisions.',
  })),
  {
    file: 'unit/cost',
    before: 'README tells the prices of operations/prices.yaml, their day and whether they are confirmed',
    now: ['docs/costs.md has the prices of cli/cost/prices.yaml, their day and whether they are confirmed'],
    reason: 'The prices have a page of their own.',
  },
  {
    file: 'unit/docs',
    before: 'docs/commands.md is what npm run docs:commands writes, every target of the Makefile in it',
    now: [
      'docs/commands.md is what npm run docs:commands writes, every target of the Makefile in it, and so is the page of each command',
    ],
    reason: 'Each command has a page; the test is with those of the commands, in unit/cli.',
  },
  {
    file: 'engine/community-apply',
    before: 'goes on where it was killed: nothing twice, and no block without its job',
    now: [
      'a run that is cut short as it is killed, has done nothing',
      'a run that is cut short as it is left by its database, has done nothing',
      'a run that is cut short is done by the next one: nothing twice, and no block without its job',
    ],
    reason: 'The run is one transaction.',
  },
];
