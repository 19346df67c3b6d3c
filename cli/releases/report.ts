/** What there is to say of newer releases: to a person, and in a pull request. What others wrote is quoted. */
import { fenced } from '../../lib/fenced';
import { minorOf, TRIED_MINORS } from '../../settings/mastodon-releases';
import type { Newer, Pinned } from './compare';
import type { Release } from './github';
import { quoted, shortened } from './quoted';
import type { Change } from './settings-file';

export interface Report extends Newer {
  readonly stack: string;
  readonly pinned: Pinned;
  /** What would be written; empty where nothing is newer, or the images are not there yet. */
  readonly change: Change;
  /** Why there are no digests to write. */
  readonly missing: string | undefined;
}

/** GitHub takes 65,536 characters. */
const LONGEST_NOTES = 30_000;
const SHOWN_NOTES = 1_500;

export const fixesSecurity = ({ patches }: Pick<Report, 'patches'>): boolean =>
  patches.some(({ security }) => security);

const isRebuild = ({ change }: Report) => change.version === undefined && Object.keys(change).length > 0;

/** Of a pull request: nothing that others wrote. */
export function titleOf(report: Report): string {
  const { version } = report.pinned;
  const [newest] = report.patches;
  if (newest) return `${fixesSecurity(report) ? 'Security: ' : ''}Mastodon ${newest.version}`;
  return isRebuild(report) ? `Rebuilt images of Mastodon ${version}` : `Mastodon ${version} is up to date`;
}

const dated = ({ version, published, security }: Release) =>
  `${version} (${published.slice(0, 10)})${security ? ', fixes security problems' : ''}`;

const tried = (version: string) =>
  (TRIED_MINORS as readonly string[]).includes(minorOf(version))
    ? ''
    : ' This program was not tried with it.';

/** For a terminal. */
export function told(report: Report): string {
  const { stack, pinned, patches, minor, leftBehind, change, missing } = report;
  const lines = [`The settings of the stack ${stack} have Mastodon ${pinned.version}.`];
  if (patches.length === 0) lines.push('There is no newer release of its minor version.');
  for (const one of patches) {
    lines.push('', `${dated(one)}: ${one.url}`);
    const notes = shortened(quoted(one.notes).trim(), SHOWN_NOTES);
    if (notes !== '') lines.push(...notes.split('\n').map((line) => `  | ${line}`));
  }
  if (minor)
    lines.push('', `The newest minor version is ${minorOf(minor.version)}: ${dated(minor)}, ${minor.url}`);
  if (minor && tried(minor.version)) lines.push(tried(minor.version).trim());
  if (leftBehind) lines.push('', behind(report, leftBehind));
  if (isRebuild(report))
    lines.push('', `The images of ${pinned.version} were built again: the registry has other digests.`);
  if (missing !== undefined) lines.push('', missing);
  if (Object.keys(change).length > 0)
    lines.push('', ...Object.entries(change).map(([key, value]) => `mastodon.${key}: ${value}`));
  return lines.join('\n');
}

const behind = ({ pinned }: Report, { version, url }: Release) =>
  `${version} fixes security problems, and ${minorOf(pinned.version)} got no release with it: it is not affected, or no longer supported. ${url}`;

/** For a pull request. */
export function pullRequest(report: Report): string {
  const { stack, pinned, patches, minor, leftBehind } = report;
  const [newest] = patches;
  const what = newest
    ? `Mastodon ${pinned.version} → ${newest.version}${fixesSecurity(report) ? '. It fixes security problems.' : '.'}`
    : `The images of Mastodon ${pinned.version} were built again, so their digests are others.`;
  const room = Math.floor(LONGEST_NOTES / Math.max(1, patches.length));
  return (
    [
      `${what} This changes the settings of the stack \`${stack}\`; \`pulumi up\` carries it out (\`docs/upgrades.md\`).`,
      ...patches.map((one) => folded(one, room)),
      minor &&
        `The newest minor version is ${minorOf(minor.version)} ([${minor.version}](${minor.url})); it is not part of this.${tried(minor.version)}`,
      leftBehind && `**Look at this:** ${behind(report, leftBehind)}`,
      newest &&
        `Before it is merged: read whether the notes ask for commands (\`mastodon.tasks\`), and rehearse it. Where \`rehearsal.yml\` does not do that, its result is to be had by \`bin/mastodon rehearse ${newest.version} --dump newest\`. A comment shows the preview and the cost.`,
    ]
      .filter((part) => part !== undefined && part !== '')
      .join('\n\n') + '\n'
  );
}

function folded(release: Release, room: number): string {
  const notes = shortened(quoted(release.notes).trim(), room) || 'No notes.';
  return `<details><summary>${dated(release)}</summary>\n\n[The notes](${release.url}), as they were when this was written:\n\n${fenced(notes)}\n\n</details>`;
}

/** For a program. Notes are as others wrote them. */
export const asJson = (report: Report): string =>
  JSON.stringify(
    {
      stack: report.stack,
      version: report.pinned.version,
      security: fixesSecurity(report),
      title: titleOf(report),
      newest: report.patches[0]?.version ?? null,
      patches: report.patches,
      minor: report.minor ?? null,
      leftBehind: report.leftBehind ?? null,
      change: report.change,
      missing: report.missing ?? null,
    },
    null,
    2,
  );
