import { execFileSync } from 'node:child_process';
import type { History } from './documents';

/** When a file of a folder was changed: today if that isn't committed, then the days of its commits. */
export function gitHistory(folder: string, now: Date): History {
  return (file) => {
    const git = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    try {
      // A copy that was cut off (as CI may make it) shows all as new on the day of its first commit.
      if (git('rev-parse', '--is-shallow-repository') === 'true') return [];
      const changed = git('status', '--porcelain', '--', file) !== '';
      const days = git('log', '--format=%cs', '--', file).split('\n').filter(Boolean);
      return changed ? [now.toISOString().slice(0, 10), ...days] : days;
    } catch {
      return []; // no git, or no repository
    }
  };
}
