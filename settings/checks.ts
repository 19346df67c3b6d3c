/** Old names, for changes that were begun before settings/formats.ts. */
export * from './formats';
export { minutesBetween, windowProblem } from './maintenanceWindow';
export { versionProblem } from './mastodonReleases';
