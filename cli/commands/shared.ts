/** Options that several commands have. */

/** Of a command that first repairs what a killed run left. */
export const lockOf = {
  value: 'USER@HOST',
  meaning: 'whose lock is broken, as its run is known to be over',
  variable: 'LOCK_OF',
} as const;

export const yes = { meaning: 'asks nothing' } as const;

export const json = { meaning: 'prints JSON, for a program' } as const;

/** Of the commands on the community's files. */
export const community = {
  value: 'FOLDER',
  type: 'file',
  meaning: "the folder of the community's files; default: as the setting community says",
  variable: 'COMMUNITY',
} as const;

/** Behind `--`. */
export const pulumiFlags = {
  meaning: "more flags of Pulumi's, behind --",
  optional: true,
  many: true,
} as const;

/** Where the state is exported to before it is changed. */
export const states = { STATES: 'the folder that keeps each state before a change; default: .local/states' };
