import { type Folder, folderOf } from '../../../community-files/folder';
import { type Read, readCommunity, type Surroundings } from '../../../community-files/read';

export const TEAM = `people:
  - username: alice
    email: alice@toot.example
    role: Owner
  - username: bob
    email: bob@toot.example
    role: Admin
`;
export const SURROUNDINGS: Surroundings = {
  own: ['toot.example', 'social.toot.example'],
  version: '4.6.5',
  now: new Date('2026-11-25T12:00:00Z'),
  history: () => [],
};

type Files = Readonly<Record<string, string | Buffer>>;

/** A sound community, but for these files. */
export const folder = (files: Files = {}): Folder => folderOf({ 'team.yaml': TEAM, ...files });

/** What is wrong with a sound community, but for these files. */
export function problems(files: Files, surroundings: Partial<Surroundings> = {}): readonly string[] {
  const read = readCommunity(folder(files), { ...SURROUNDINGS, ...surroundings });
  return 'problems' in read ? read.problems : [];
}

export function sound(from: Folder, surroundings: Partial<Surroundings> = {}): Read {
  const read = readCommunity(from, { ...SURROUNDINGS, ...surroundings });
  if ('problems' in read) throw new Error(read.problems.join('\n'));
  return read;
}
