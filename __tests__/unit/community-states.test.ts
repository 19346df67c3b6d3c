/** Whatever Mastodon accepted, a pull writes, the check accepts, and the next up finds nothing to do. */
import fc from 'fast-check';
import { type Folder, folderOf } from '../../community-files/folder';
import { pulled } from '../../community-files/pull';
import type { Read } from '../../community-files/read';
import type { Terms } from '../../community-files/types';
import { written } from '../../community-files/write';
import { folder, sound, SURROUNDINGS } from '../support/community/files';
import { decisions, driftOf, type Ledger, valuesOf } from '../support/community/machine';
import { NOTHING, type State, STATES } from '../support/community/states';

const RUNS = Number(process.env.COMMUNITY_STATES ?? 500);
jest.setTimeout(Math.max(120_000, RUNS * 200));

const SETTINGS = `site_title: Toot # short
site_short_description: Ours
site_contact_username: alice
site_contact_email: alice@toot.example
registrations_mode: approved
closed_registrations_message: No
require_invite_text: true
min_age: 16
bootstrap_timeline_accounts: alice
landing_page: about
trends: true
media_cache_retention_period: 7
backups_retention_period: 7
status_page_url: https://status.toot.example/
email_footer_text: Bye
custom_css: ''
`;
const FILES: Readonly<Record<string, string>> = {
  'server.yaml': SETTINGS,
  'privacy-policy.md': '---\nchangelog: New.\n---\n\nWe keep little.\n',
  'about.md': 'About us.\n',
};

const known = new WeakMap<Folder, Read>();

/**
 * What the files say; each folder is read once.
 * @throws with what the check refuses
 */
function checked(files: Folder): Read {
  const read = known.get(files) ?? sound(files);
  known.set(files, read);
  return read;
}

/** The folder after a pull of a server where `applied` was applied last, and what a pull can't take over. */
function pull(files: Folder, applied: Ledger, state: State): Folder {
  const read = checked(files);
  const managed = Object.fromEntries(
    Object.entries(applied).map(([kind, values]) => [kind, [...(values?.keys() ?? [])]]),
  );
  const server = { community: state, managed, drift: driftOf(applied, valuesOf(state)) };
  const { community } = pulled(read.community, server, SURROUNDINGS.own, SURROUNDINGS.now);
  const texts = written(files, read, community);
  const all = files.files.map((file): [string, string] => [file, files.text(file) ?? '']);
  return folderOf({ ...Object.fromEntries(all), ...Object.fromEntries(texts) });
}

const READ_ONLY = ['adopt', 'forget'];

/** What an up would do to the server besides noting what is there. */
function done(files: Folder, applied: Ledger, state: State): string[] {
  const wanted = checked(files).community;
  return [...decisions(valuesOf(wanted), applied, valuesOf(state))]
    .filter(([, action]) => !READ_ONLY.includes(action))
    .map(([name, action]) => `${action} ${name}`);
}

/** Terms that were published stay. */
const later = (one: Terms, other: Terms | null | undefined) => ({
  terms: other && other.effectiveDate >= one.effectiveDate ? other : one,
});

describe.each(Object.keys(STATES))('the %s of any server', (kind) => {
  const states = STATES[kind] as fc.Arbitrary<Partial<State>>;
  // The others need no more than a team: to read the settings takes as long as all the rest.
  const start = folder(kind === 'settings' ? FILES : {});
  const base = checked(start).community;
  const server = (state: Partial<State>): State => ({
    ...NOTHING,
    team: base.team,
    settings: base.settings,
    ...state,
  });

  test('are pulled into files that the next up finds nothing to do for, also after another change', () => {
    fc.assert(
      fc.property(states, states, (one, other) => {
        const first = server(one);
        const before = valuesOf(base);
        const files = pull(start, before, first);
        expect(done(files, before, first)).toEqual([]);
        const applied = valuesOf(checked(files).community);
        const second = server({ ...other, ...(one.terms && later(one.terms, other.terms)) });
        const again = pull(files, applied, second);
        expect(done(again, applied, second)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
