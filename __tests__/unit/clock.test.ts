import { clock } from '../../cli/doctor/clock';
import type { Outside } from '../../cli/doctor/probe';
import { exampleSettings } from '../support/example-settings';

/** What `bin/mastodon doctor` says of a server whose clock is so many seconds ahead of this computer's. */
function examine(ahead: number) {
  const date = new Date(Date.now() + ahead * 1000).toUTCString();
  const outside = { get: () => Promise.resolve({ status: 200, headers: { date }, body: '' }) };
  return clock({ settings: exampleSettings(), outside: outside as unknown as Outside });
}

test.each([0, 30, -30])('a clock that is %i s away is well', async (ahead) => {
  expect((await examine(ahead)).verdict).toBe('ok');
});

test.each([
  [360, /^3(59|60|61) s ahead of this computer’s$/],
  [-360, /^3(58|59|60|61) s behind this computer’s$/],
])('a clock that is %i s away is reported', async (ahead, text) => {
  expect(await examine(ahead)).toMatchObject({ verdict: 'bad', text: expect.stringMatching(text) as string });
});
