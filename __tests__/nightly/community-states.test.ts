/** The round trips of the community's files, in a hundred times as many states as a change has to pass. By hand: `COMMUNITY_STATES=100`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(4 * 3_600_000);

const TESTS = ['community-states', 'kinds-roundtrip'];

test.each(TESTS)(
  '%s: 50,000 states of each kind are pulled into files that the next up finds nothing to do for',
  (name) => {
    const { status, stdout, stderr } = spawnSync(
      'npx',
      ['jest', '--selectProjects', 'unit', '--testPathPatterns', `unit/${name}\\.`],
      {
        cwd: join(__dirname, '../..'),
        encoding: 'utf8',
        env: { ...process.env, NIGHTLY: '', COMMUNITY_STATES: process.env.COMMUNITY_STATES ?? '50000' },
      },
    );
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  },
);
