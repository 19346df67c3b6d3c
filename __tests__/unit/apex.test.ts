/** An accounts' domain that another site has: what is refused, what `doctor` asks of it, and the lines that it prints. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apex } from '../../cli/doctor/apex';
import type { Answer, Outside } from '../../cli/doctor/probe';
import { APEX_PATHS, apexLines } from '../../network/apex';
import { validate } from '../../settings/validate';
import { exampleSettings } from '../support/example-settings';
import { programSettings } from '../support/program-settings';

const settings = exampleSettings({ webDomain: 'social.toot.example', apex: 'elsewhere' });

/** What `doctor` finds where the domain answers so. */
function found(answer: (url: URL) => Partial<Answer>, changed = settings) {
  const outside = {
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection
    get: async (url: string) => ({ status: 200, headers: {}, body: '', ...answer(new URL(url)) }),
  } as unknown as Outside;
  return apex({ settings: changed, outside });
}

const site = 'https://social.toot.example';
const redirect = (location: string, status = 301) => ({ status, headers: { location } });

test('is refused where the web site would have no name that leads here', () => {
  const validation = validate({ ...programSettings('http://127.0.0.1:9'), apex: 'elsewhere' });
  expect('problems' in validation && validation.problems).toEqual([
    'apex = "elsewhere": leaves the web site without a name that leads here; expected a webDomain that is not toot.example: pulumi config set webDomain social.toot.example',
  ]);
});

test.each<[string, (url: URL) => Partial<Answer>]>([
  ['redirects', ({ pathname, search }) => redirect(`${site}${pathname}${search}`)],
  ['redirects for a while, and encodes otherwise', ({ pathname }) => redirect(`${site}${pathname}?resource=acct:alice@toot.example`, 307)],
  ['passes on', () => ({ body: `{"href":"${site}/users/alice"}` })],
])('a domain that %s is right', async (_, answer) => {
  expect(await found(answer)).toEqual({
    verdict: 'ok',
    text: `toot.example leads ${APEX_PATHS.join(', ')} to social.toot.example`,
  });
}); // prettier-ignore

test.each<[string, (url: URL) => Partial<Answer>, string]>([
  ['knows none of it', () => ({ status: 404 }), 'webfinger answers 404; expected a redirect to https://social.toot.example/.well-known/webfinger?resource='],
  ['serves its own page', () => ({ body: '<h1>Welcome</h1>' }), 'webfinger answers 200; expected a redirect'],
  ['drops who is looked for', ({ pathname }) => redirect(`${site}${pathname}`), 'webfinger leads to https://social.toot.example/.well-known/webfinger; expected https://social.toot.example/.well-known/webfinger?resource=acct%3Aalice%40toot.example'],
  ['leads to the front page', () => redirect(site), 'webfinger leads to https://social.toot.example; expected'],
  ['leads elsewhere', ({ pathname, search }) => redirect(`https://old.example${pathname}${search}`), 'leads to https://old.example'],
  ['forgets one', ({ pathname, search }) => (pathname.endsWith('nodeinfo') ? { status: 404 } : redirect(`${site}${pathname}${search}`)), 'https://toot.example/.well-known/nodeinfo answers 404'],
  ['does not answer', () => { throw new Error('connect ECONNREFUSED'); }, "webfinger can't be asked (connect ECONNREFUSED)"],
])('a domain that %s is named, with the lines for what serves it', async (_, answer, text) => {
  const finding = await found((url) => answer(url)).catch((error: unknown) => error);
  expect(finding).toMatchObject({ verdict: 'bad', text: expect.stringContaining(text) as string });
  expect(finding).toMatchObject({ remedy: expect.stringContaining('return 301 https://social.toot.example$request_uri;') as string });
}); // prettier-ignore

test('a domain of this machine is not asked', async () => {
  const answer = () => {
    throw new Error('asked');
  };
  expect(await found(answer, exampleSettings())).toMatchObject({ verdict: 'skipped' });
});

test('docs/apex.md has the lines that doctor prints', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'apex.md'), 'utf8');
  for (const lines of Object.values(apexLines('social.example.org'))) expect(page).toContain(lines);
});
