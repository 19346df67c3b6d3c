import { flagOf } from '../../cli/command';
import { type Around, locksIn, proofOfDeath } from '../../cli/deploy/locks';

const REFUSAL = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  s3://states/.pulumi/locks/organization/mastodon-on-civo/prod/0d5e.json: created by alice@laptop (pid 4711) at 2026-11-29T10:00:00Z
  s3://states/.pulumi/locks/organization/mastodon-on-civo/prod/7a1b.json: created by runner@ci-7 (pid 12) at 2026-11-29T11:30:00+01:00`;

const [laptop, ci] = locksIn(REFUSAL);

test('every lock that Pulumi names is read', () => {
  expect(laptop).toEqual({ user: 'alice', host: 'laptop', pid: 4711, since: '2026-11-29T10:00:00Z' });
  expect(ci).toEqual({ user: 'runner', host: 'ci-7', pid: 12, since: '2026-11-29T11:30:00+01:00' });
  expect(locksIn('error: a stack named prod already exists')).toEqual([]);
});

const at = (time: string): Around => ({
  here: 'laptop',
  now: Date.parse(time),
  named: undefined,
  runs: () => true,
});

test.each([
  ['of this computer, its process runs', laptop, { ...at('2026-11-29T23:00Z') }, undefined],
  [
    'of this computer, its process is gone',
    laptop,
    { ...at('2026-11-29T10:01Z'), runs: () => false },
    'does not run',
  ],
  ['of another one, young', ci, { ...at('2026-11-29T13:29Z') }, undefined],
  ['of another one, old', ci, { ...at('2026-11-29T13:31Z') }, 'older than 3 hours'],
  [
    'of another one, named',
    ci,
    { ...at('2026-11-29T10:31Z'), named: 'runner@ci-7' },
    `${flagOf('lockOf')} names it`,
  ],
  ['of another one than was named', ci, { ...at('2026-11-29T10:31Z'), named: 'runner@ci-8' }, undefined],
] as const)('a lock %s', (_, lock, around, proof) => {
  const said = proofOfDeath(lock ?? { user: '', host: '', pid: 0, since: '' }, around);
  if (proof === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(proof);
});

test('a number that another program has by now is no run of Pulumi', () => {
  const mine = { user: 'alice', host: 'laptop', pid: process.pid, since: '2026-11-29T10:00:00Z' };
  expect(proofOfDeath(mine, { here: 'laptop' })).toContain('does not run');
});
