import { sleep, timed } from './timing';

/** Waits until a condition holds, asking every half second. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
  seconds = 120,
): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  let obstacle = '';
  const holds = () =>
    condition().catch((error: unknown) => {
      obstacle = `; the last attempt: ${String(error)}`;
      return false;
    });
  await timed('waiting', async () => {
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`not within ${String(seconds)} s: ${what}${obstacle}`);
      await sleep(500);
    }
  });
}
