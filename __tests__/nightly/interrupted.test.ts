/** An `up` killed at each single call to Civo, and at moments between; `engine/interrupted.test.ts` has each kind of object once. */
import { ensureToolchain } from '../../local/toolchain';
import { killable, type Moment, objectsOf } from '../support/killed-up';

jest.setTimeout(1_800_000);

let wanted: ReturnType<typeof objectsOf>;
let calls = 0;
let milliseconds = 0;

beforeAll(async () => {
  await ensureToolchain();
  const undisturbed = await killable();
  const start = Date.now();
  await undisturbed.killed(() => undisturbed.stack.up(), { at: (_, nth) => (calls = nth) < 0 });
  milliseconds = Date.now() - start;
  wanted = objectsOf(undisturbed);
  await undisturbed.remove();
}, 1_800_000);

/** From nothing: killed, and run again. @returns where it was killed */
async function killedAndRunAgain(moment: Moment): Promise<string | undefined> {
  const it = await killable();
  try {
    const where = await it.killed(() => it.stack.up(), moment);
    await it.up();
    expect({ where, ...objectsOf(it) }).toEqual({ where, ...wanted });
    await it.stack.preview({ expectNoChanges: true });
    return where;
  } finally {
    await it.remove();
  }
}

test('killed at each call: the next run has all, as an undisturbed one', async () => {
  const kinds = new Set<string>();
  for (let call = 1; call <= calls; call += 1) {
    const where = await killedAndRunAgain({ at: (_, nth) => nth === call });
    if (where !== undefined) kinds.add(where);
  }
  // Those that nothing is made by are there, too.
  expect([...kinds]).toEqual(
    expect.arrayContaining(['GET /v2/regions', 'POST /v2/instances', 'POST /v2/dns']),
  );
});

test('killed at 20 moments: the next run has all, as an undisturbed one', async () => {
  for (let nth = 0; nth < 20; nth += 1) {
    // One in each twentieth of the time, at random.
    const after = Math.round(((nth + Math.random()) / 20) * milliseconds);
    await killedAndRunAgain({ after });
  }
});
