/** What editors, spreadsheets and people make of the community's files: it is read as it is meant, or refused with file and line. */
import { KINDS } from '../../community-files/kinds';
import { momentOf } from '../../community-files/moment';
import { written } from '../../community-files/write';
import { folder, problems, sound } from '../support/community/files';

const H = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate';
const BLOCKS = `${H}\nbücher.example,silence,true,false,"Noise, größer",false\n`;
const EXPECTED = [{ domain: 'xn--bcher-kva.example', severity: 'silence', rejectMedia: true, publicComment: 'Noise, größer' }]; // prettier-ignore
const YAML = ['team.yaml', 'server.yaml', 'follow.yaml', ...KINDS.map(({ file }) => file)];
/** The first field of each file in YAML. */
const FIELDS: Readonly<Record<string, string>> = {
  ...{ 'team.yaml': 'people', 'server.yaml': 'site_title', 'follow.yaml': 'lists' },
  ...Object.fromEntries(KINDS.map(({ file, list }) => [file, list])),
};

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

test.each([
  ['CRLF and a byte order mark', `\ufeff${BLOCKS.replaceAll('\n', '\r\n')}`],
  ['CR alone', BLOCKS.replaceAll('\n', '\r')],
  ['blank lines', `\n \n${BLOCKS}\n\n`],
  ['rows of commas', `${BLOCKS},,,,,\n , ,,,,\n`],
  ['a comma at each end', BLOCKS.replaceAll('\n', ',\n')],
  ['blanks that break no line', BLOCKS.replace('bücher.example', '\u00a0bücher.example\u00a0')],
  ['a name of several codes', BLOCKS.replace('bücher', 'bu\u0308cher')],
])('takes domain blocks with %s', (_, text) => {
  expect(sound(folder({ 'domain-blocks.csv': text })).community.domainBlocks).toMatchObject(EXPECTED);
});

test.each<[string, string | Buffer, string[]]>([
  ['Latin-1', Buffer.from(BLOCKS, 'latin1'), ['domain-blocks.csv:2: is no text in UTF-8; save it as UTF-8']],
  ['UTF-16', utf16(BLOCKS), ['domain-blocks.csv:1: is in UTF-16, or no text; save it as UTF-8']],
  ['UTF-16 of big ends', utf16(BLOCKS).swap16(), ['domain-blocks.csv:1: is in UTF-16, or no text; save it as UTF-8']],
  ['UTF-16 without a mark', utf16(BLOCKS).subarray(2), ['domain-blocks.csv:1: is in UTF-16, or no text; save it as UTF-8']],
  ['a NUL', `${BLOCKS}x.example,silence,,,a\0b,\n`, ['domain-blocks.csv:3: is no text in UTF-8; save it as UTF-8']],
  ['semicolons', BLOCKS.replaceAll(',', ';'), [`domain-blocks.csv:1: names no column; expected this as the first line: ${H},#reason_url, with commas between them`]],
  ['tabs', BLOCKS.replaceAll(',', '\t'), [`domain-blocks.csv:1: names no column; expected this as the first line: ${H},#reason_url, with commas between them`]],
  ['a comment', `${BLOCKS}# since 2024\n`, ['domain-blocks.csv:3: begins with #, as the first line alone may; put a comment into README.md']],
  ['a second header', `${BLOCKS}${H}\n`, ['domain-blocks.csv:3: begins with #, as the first line alone may; put a comment into README.md']],
])('refuses domain blocks with %s, and says where', (_, text, expected) => {
  expect(problems({ 'domain-blocks.csv': text })).toEqual(expected);
}); // prettier-ignore

test.each(['rules.md', 'about.md', 'server.yaml', 'announcements.yaml'])(
  'refuses %s in Latin-1: its letters would be published as others',
  (file) => {
    expect(problems({ [file]: Buffer.from('# a\n# größer\n', 'latin1') })).toEqual([
      `${file}:2: is no text in UTF-8; save it as UTF-8`,
    ]);
  },
);

describe.each(YAML)('%s', (file) => {
  const field = FIELDS[file] ?? '';
  test.each<[string, string, number]>([
    ['a list at the top', '# ours\n- a\n', 2],
    ['a text', '# ours\nhello\n', 2],
    ['a number in place of what it lists', `# ours\n${field}: 7\n`, 2],
    ['a key twice', `${field}: []\n${field}: []\n`, 2],
    ['a second document', `${field}: []\n---\n${field}: []\n`, 2],
    ['a tab', `${field}:\n\t- a\n`, 2],
    ['a name that nothing has', `# ours\n${field}: *nothing\n`, 2],
    ['what repeats itself for ever', `a: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\n${field}: [*c,*c,*c,*c]\n`, 1],
    ['a NUL', `# ours\n${field}: "a\\0b"\n`, 2],
    ['half of a pair', `# ours\n${field}: "\\ud800"\n`, 2],
    ['a list that is not closed', `${field}: [\n`, 2],
    ['a conflict of Git', `<<<<<<< HEAD\n${field}: []\n=======\n${field}: []\n>>>>>>> x\n`, 1],
    ['a page', '<!doctype html>\n<html lang="en">\n', 1],
  ])('is refused with %s, in plain words and with its line', (_, text, line) => {
    const found = problems({ [file]: text }).filter((problem) => problem.startsWith(`${file}:`));
    expect(found.join('\n')).toMatch(new RegExp(`^${file}:${String(line)}: `));
    expect(found.join('\n')).not.toMatch(/Invalid input|YAML\.|Map keys/);
  }); // prettier-ignore
});

test('names the fields of an invalid entry', () => {
  expect(problems({ 'relays.yaml': 'relays:\n  - https://relay.example/inbox\n' })).toEqual([
    'relays.yaml:2: relays: expected url: …, enabled: …',
  ]);
  expect(problems({ 'team.yaml': '- alice\n' })).toContain('team.yaml:1: expected people: …, roles: …');
});

test('writes out what & and * repeat, where a pull takes its first place out', () => {
  const text = `announcements:
  - &first { name: one, text: &text Hello }
  - { name: two, text: *text } # ours
`;
  const files = folder({ 'announcements.yaml': text });
  const read = sound(files);
  const kept = (read.community.lists?.announcements ?? []).slice(1);
  const texts = written(files, read, { ...read.community, lists: { announcements: kept } });
  expect(texts.get('announcements.yaml')).toBe('announcements:\n  - {name: two, text: Hello} # ours\n');

  const team = 'people:\n  - &a { username: alice, email: alice@toot.example, role: &r Owner }\n  - { username: bob, email: bob@toot.example, role: *r }\n  - { username: carol, email: c@toot.example, role: *r }\n';
  const other = folder({ 'team.yaml': team });
  const staff = sound(other);
  const gone = written(other, staff, { ...staff.community, team: staff.community.team.slice(1) });
  expect(sound(folder({ 'team.yaml': gone.get('team.yaml') ?? '' })).community.team.map(({ username, role }) => `${username} ${role}`)).toEqual(['bob Owner', 'carol Owner']);
}); // prettier-ignore

describe('a moment', () => {
  test.each([
    ['2027-01-31', '2027-01-31T00:00:00Z'],
    ['2027-01-31T12:30', '2027-01-31T12:30:00Z'],
    ['2027-01-31 12:30:15', '2027-01-31T12:30:15Z'],
    ['2027-01-31T12:30:15.9z', '2027-01-31T12:30:15Z'],
    ['2027-01-31 12:30 +02:00', '2027-01-31T10:30:00Z'],
    ['2028-02-29', '2028-02-29T00:00:00Z'],
    // A year with a digit too many, which the web interface takes.
    ['20277-01-31T00:00:00Z', '20277-01-31T00:00:00Z'],
  ])('%s is %s, wherever it is read', (given, expected) => {
    expect(momentOf(given)).toBe(expected);
    expect(momentOf(expected)).toBe(expected);
  });

  test.each(['2027-02-29', '2027-02-30', '2027-13-01', '31.12.2027', '2027-1-1', 'soon', '', '2027-01-31T25:00', '999999-01-01'])(
    '%s is not one',
    (given) => { expect(momentOf(given)).toBeUndefined(); },
  ); // prettier-ignore

  test('that does not exist is refused with its line, in each kind of file', () => {
    const text = 'announcements:\n  - { name: a, text: b, scheduled_at: 2027-02-30 }\n';
    const ips = '#ip,#severity,#comment,#expires_at\n192.0.2.7,no_access,,2027-02-30\n';
    expect(problems({ 'announcements.yaml': text, 'ip-blocks.csv': ips })).toEqual([
      expect.stringMatching(/^announcements\.yaml:2: scheduled_at: expected a day or moment/),
      expect.stringMatching(/^ip-blocks\.csv:2: expires_at "2027-02-30": expected a day or moment/),
    ]);
  });

  test('of a far year has not passed', () => {
    const ips = '#ip,#severity,#comment,#expires_at\n192.0.2.7,no_access,,20277-01-31\n';
    expect(sound(folder({ 'ip-blocks.csv': ips })).community.ipBlocks).toHaveLength(1);
  });
});
