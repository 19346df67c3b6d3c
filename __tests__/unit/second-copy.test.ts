/** What `bin/mastodon doctor` says of the second copy. */
import type { RemoteMachine } from '../../cli/lib/ssh';
import { secondCopy } from '../../cli/doctor/second-copy';
import { exampleSettings } from '../support/example-settings';

const settings = {
  ...exampleSettings(),
  backup: {
    retentionFull: 4,
    secondary: {
      endpoint: 'https://s3.test',
      bucket: 'copy',
      region: 'x',
      accessKeyId: 'a',
      secretAccessKey: 's',
    },
  },
};

/** Of a machine whose `keep-versions --examine` prints this. */
const examine = (printed: object) =>
  secondCopy({ settings, machine: { run: () => Promise.resolve(JSON.stringify(printed)) } as unknown as RemoteMachine }); // prettier-ignore

test('a key that can’t delete is well', async () => {
  const found = await examine({ deletes: 'no', versioning: 'unknown', lock: 'unknown' });
  expect(found).toEqual({ verdict: 'ok', text: 'the machine can’t delete in it (versions: unknown, object lock: unknown)' }); // prettier-ignore
});

test('a key that leaves a version of what it deletes is well', async () => {
  const found = await examine({ deletes: 'versions', versioning: 'Enabled', lock: 'GOVERNANCE 30 days' });
  expect(found.verdict).toBe('ok');
  expect(found.text).toContain('object lock: GOVERNANCE 30 days');
});

test('a key that deletes for good is a warning, with the way out', async () => {
  const found = await examine({ deletes: 'yes', versioning: 'Unversioned', lock: 'none' });
  expect(found).toMatchObject({ verdict: 'warning', remedy: expect.stringContaining('only list, read and write') as string }); // prettier-ignore
});

test('no second store is no fault, and a setting that has not reached the machine is reported', async () => {
  expect(
    (await secondCopy({ settings: exampleSettings(), machine: {} as unknown as RemoteMachine })).verdict,
  ).toBe('skipped');
  expect(await examine({})).toMatchObject({ verdict: 'warning', text: 'the machine has none yet' });
});
