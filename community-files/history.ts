import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History, Version } from './documents';

/** The versions of a folder's file: the one that isn't committed, as of today, then those of its commits. */
export function gitHistory(folder: string, now: Date): History {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return function* versions(file): Generator<Version> {
    try {
      // A copy that was cut off (as CI may make it) shows all as new on the day of its first commit.
      if (git('rev-parse', '--is-shallow-repository').trim() === 'true') return;
      if (git('status', '--porcelain', '--', file).trim() !== '') {
        yield { since: now.toISOString().slice(0, 10), text: readFileSync(join(folder, file), 'utf8') };
      }
      // The author's day: a rebase doesn't change it.
      const commits = git('log', '--format=%H %as', '--', file).split('\n').filter(Boolean);
      for (const commit of commits) {
        const [hash = '', since = ''] = commit.split(' ');
        yield { since, text: git('show', `${hash}:./${file}`) };
      }
    } catch {
      return; // no git, no repository, or a commit that removed the file
    }
  };
}
