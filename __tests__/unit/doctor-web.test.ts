/** What `bin/mastodon doctor` says of the answers at both names of a server. */
import { CHECKS } from '../../cli/doctor/checks';
import type { Outside } from '../../cli/doctor/probe';
import { exampleSettings } from '../support/example-settings';

const HSTS = { 'strict-transport-security': 'max-age=63072000' };

/** The finding for a server that answers so, by name. */
function examine(answers: Record<string, { status?: number; headers?: Record<string, string> }>) {
  const get = (url: string) => {
    const { status = 200, headers = HSTS } = answers[new URL(url).hostname] ?? {};
    return Promise.resolve({ status, headers, body: 'OK' });
  };
  const settings = exampleSettings({ webDomain: 'social.toot.example' });
  const check = CHECKS.find(({ name }) => name === 'HTTPS');
  return check?.run({ settings, outside: { get } as unknown as Outside } as Parameters<typeof check.run>[0]);
}

test('a server whose names both answer with HSTS is well', async () => {
  expect(await examine({})).toMatchObject({ verdict: 'ok' });
});

test.each(['social.toot.example', 'toot.example'])('HSTS that is missing at %s is reported', async (name) => {
  expect(await examine({ [name]: { headers: {} } })).toMatchObject({
    verdict: 'bad',
    text: `Strict-Transport-Security is missing at ${name}`,
  });
});

test('a server that does not answer is reported first', async () => {
  expect(await examine({ 'social.toot.example': { status: 502, headers: {} } })).toMatchObject({
    verdict: 'bad',
    text: '/health answers 502',
  });
});
