/** What settings may say reaches the machine as it is. */
import fc from 'fast-check';
import { shellArchive } from '../../cloud-init/shell-archive';
import { render } from '../../cloud-init/template';
import { validate } from '../../settings/validate';
import { programSettings } from '../support/program-settings';
import { LocalServer } from '../support/machine/local-server';

jest.setTimeout(600_000);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

test('every text that the settings accept reaches a container as it was given, by bundle, SSH and environment file', async () => {
  const awkward = fc.constantFrom(
    "'",
    '"',
    '$',
    '`',
    '\\',
    '%n',
    '#',
    '=',
    '~',
    '{{',
    '}}',
    ' ',
    '\t',
    '\n',
    '$HOME',
    'é',
    '雪',
    '\u2028',
    '👩‍🚀',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(awkward, { maxLength: 20 }).map((parts) => parts.join('')),
  );
  const { smtp } = await server.settings();
  const accepted = fc.sample(text, { numRuns: 600, seed: 7 }).filter((password) => {
    const settings = { ...programSettings('http://127.0.0.1:9'), smtp: { ...smtp, password } };
    return 'settings' in validate(settings);
  });
  expect(accepted.length).toBeGreaterThan(100);
  const values = Object.fromEntries(accepted.map((text, i) => [`v${String(i)}`, text]));
  const template = accepted.map((_, i) => `V${String(i)}={{v${String(i)}}}\n`).join('');
  const content = render('values.env', template, values, new Set());
  const archive = shellArchive([{ path: 'tried/values.env', mode: '600', content }]);
  const print =
    'source /usr/local/lib/mastodon/bundle/settings.sh && podman run --rm --network none --pull never --env-file tried/values.env "$web_image" env --null';
  const printed = await server.root(`cd "$(mktemp -d)"\n${archive}\n${print}`);
  const arrived = printed.split('\0').filter((line) => /^V\d+=/.test(line));
  expect(arrived.sort()).toEqual(accepted.map((text, i) => `V${String(i)}=${text}`).sort());
});
