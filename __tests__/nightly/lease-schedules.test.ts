/** The rules of the lease, in fifty times as many schedules as a change has to pass. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(4 * 3_600_000);

test('a million schedules have no two writers, and lose nothing that was acknowledged', () => {
  const { status, stdout, stderr } = spawnSync(
    '.ci/python',
    ['pytest', '--quiet', '__tests__/python/lease_test.py', '-k', 'no_schedule'],
    {
      cwd: join(__dirname, '../..'),
      encoding: 'utf8',
      env: { ...process.env, LEASE_SCHEDULES: '1000000' },
    },
  );
  expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
});
