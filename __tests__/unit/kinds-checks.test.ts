import { KINDS } from '../../components/community/kinds';
import { folder, problems, sound } from './communityFiles';

const lists = (files: Readonly<Record<string, string>>) => sound(folder(files)).community.lists;

test('a kind without a file is not in the document, and an empty list is', () => {
  expect(lists({})).toBeUndefined();
  for (const { file, list } of KINDS) {
    expect(lists({ [file]: `${list}: []\n` })).toEqual({ [list]: [] });
    expect(problems({ [file]: '' })).toEqual([
      expect.stringMatching(`^${file}:1: ${list}: expected a list of `),
    ]);
    expect(problems({ [file]: `${list}x: []\n` }).join('\n')).toContain(`did you mean ${list}?`);
  }
});

test.each<[string, string, string]>([
  [
    'announcements',
    '- name: summer\n    text: |\n      Hello\n    starts_at: 2027-07-01\n    ends_at: 2027-07-02T10:30:00+02:00',
    '{"name":"summer","text":"Hello","starts_at":"2027-07-01T00:00:00Z","ends_at":"2027-07-02T08:30:00Z","all_day":false,"published":true}',
  ],
  [
    'username-blocks',
    '- username: Root\n  - username: admin\n    comparison: contains\n    allow_with_approval: true',
    '{"username":"Root","comparison":"equals","allow_with_approval":false}',
  ],
  [
    'hashtags',
    '- name: caturday\n    display_name: CaturDay\n    trendable: true',
    '{"name":"caturday","display_name":"CaturDay","usable":true,"listable":true,"trendable":true}',
  ],
])('%s.yaml is read with Mastodon’s defaults', (name, text, first) => {
  const list = name.replace('-', '_');
  expect(JSON.stringify(lists({ [`${name}.yaml`]: `${list}:\n  ${text}\n` })?.[list]?.[0])).toBe(first);
});

test.each<[string, string, string]>([
  ['announcements', '- text: Hello', 'announcements.yaml:2: name: expected a name such as summer-break'],
  ['announcements', '- name: Summer Break\n    text: x', 'announcements.yaml:2: name: expected small letters'],
  ['announcements', "- name: a\n    text: ' '", 'announcements.yaml:3: text: expected what is announced'],
  ['announcements', '- name: a\n    text: x\n    start_at: 2027-01-01', 'announcements.yaml:4: start_at is not known here; did you mean starts_at?'],
  ['announcements', '- name: a\n    text: x\n    starts_at: tomorrow', 'announcements.yaml:4: starts_at: expected a day or moment'],
  ['announcements', '- name: a\n    text: x\n    ends_at: 2027-01-01', 'announcements.yaml:4: starts_at and ends_at: expected both or none'],
  ['announcements', '- name: a\n    text: x\n    published: false\n    scheduled_at: 2027-01-01', 'announcements.yaml:5: scheduled_at and published: false contradict'],
  ['announcements', '- name: a\n    text: x\n  - name: a\n    text: y', 'announcements.yaml:4: a is already in announcements.yaml, line 2'],
  ['username_blocks', '- username: root\n  - username: Root', 'username-blocks.yaml:3: root is already in username-blocks.yaml, line 2'],
  ['username_blocks', '- username: root\n    comparison: matches', 'username-blocks.yaml:3: comparison: expected one of equals, contains'],
  ['hashtags', '- name: "#Caturday"', 'hashtags.yaml:2: name: write caturday, as Mastodon keeps it'],
  ['hashtags', '- name: café', 'hashtags.yaml:2: name: write cafe, as Mastodon keeps it'],
  ['hashtags', '- name: "2027"', 'hashtags.yaml:2: name: "2027" is no hashtag'],
  ['hashtags', '- name: caturday\n    display_name: DogDay', 'hashtags.yaml:3: display_name DogDay: expected caturday with other capitals'],
])('%s: %s', (list, text, problem) => {
  const file = `${list.replace('_', '-')}.yaml`;
  expect(problems({ [file]: `${list}:\n  ${text}\n` })).toEqual([expect.stringContaining(problem)]);
}); // prettier-ignore
