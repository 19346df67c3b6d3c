import { followedCsv, type List, reaching } from '../../community-files/follow';
import { merged } from '../../community-files/merged-lists';
import { readList } from '../../community-files/published-list';
import { folder, problems, sound } from '../support/community/files';

const list = (threshold: List['threshold'], name = 'council'): List => ({
  name,
  url: 'https://lists.example/a.csv',
  threshold,
});
const PUBLISHED =
  '#domain,#severity,#public_comment\nBad.example,suspend,Hate\nloud.example,silence,\nodd.example,noop,\nb**.example,suspend,\n';
/** What is taken of a list. */
function blocksOf({ name, threshold }: List, text: string) {
  const { blocks, unusable } = readList(name, text);
  return { blocks: reaching(threshold, blocks), unusable: unusable.length };
}
const domains = (blocks: readonly { domain: string }[]) => blocks.map(({ domain }) => domain);

test.each([
  ['suspend', ['bad.example']],
  ['silence', ['bad.example', 'loud.example']],
  ['noop', ['bad.example', 'loud.example', 'odd.example']],
] as const)('a threshold of %s takes that and what is stricter from a list', (threshold, expected) => {
  const { blocks, unusable } = blocksOf(list(threshold), PUBLISHED);
  expect(domains(blocks)).toEqual(expected);
  expect(unusable).toBe(1);
});

test('a list of domains alone is one of suspensions', () => {
  const { blocks } = blocksOf(list('suspend'), 'a.example\nb.example\n');
  expect(blocks.map(({ domain, severity }) => `${domain} ${severity}`)).toEqual([
    'a.example suspend',
    'b.example suspend',
  ]);
});

test('of two lists the stricter wins, and a parent covers what is below it', () => {
  const mild = blocksOf(list('silence', 'mild'), '#domain,#severity\na.example,silence\nx.b.example,silence\n');
  const strict = blocksOf(list('silence', 'strict'), '#domain,#severity\na.example,suspend\nb.example,suspend\n');
  for (const order of [[mild, strict], [strict, mild]]) {
    const all = merged(order.map(({ blocks }) => blocks), []);
    expect(all.map(({ domain, severity, list: from }) => `${domain} ${severity} ${from}`)).toEqual([
      'a.example suspend strict',
      'b.example suspend strict',
    ]);
  }
}); // prettier-ignore

test('the allow list always wins: on a domain, on what is below it, on what holds it', () => {
  const names = ['friend.example', 'social.friend.example', 'big.example', 'bad.example'];
  const { blocks } = blocksOf(list('suspend'), `${names.join('\n')}\n`);
  expect(domains(merged([blocks], ['friend.example', 'nice.big.example']))).toEqual(['bad.example']);
});

test('the allow list wins over what was taken over before it, too: such a line is refused', () => {
  const followed = followedCsv(blocksOf(list('suspend'), 'friend.example\n').blocks);
  const follow = 'lists:\n  - name: council\n    url: https://lists.example/a.csv\n';
  const files = { 'followed-blocks.csv': followed, 'follow.yaml': follow };
  expect(domains(sound(folder(files)).followed)).toEqual(['friend.example']);
  const found = problems({ ...files, 'follow.yaml': `${follow}never: [friend.example]\n` });
  expect(found.join()).toContain('followed-blocks.csv:2: friend.example is not to be blocked');
});

test('what was decided here goes before any list', () => {
  const { community, followed } = sound(
    folder({
      'domain-blocks.csv': '#domain,#severity\nbad.example,silence\n',
      'followed-blocks.csv': followedCsv(blocksOf(list('suspend'), 'bad.example\nother.example\n').blocks),
      'follow.yaml': 'lists:\n  - name: council\n    url: https://lists.example/a.csv\n',
    }),
  );
  expect(domains(followed)).toEqual(['other.example']);
  expect(community.domainBlocks.map(({ domain, severity }) => `${domain} ${severity}`)).toEqual([
    'bad.example silence',
    'other.example suspend',
  ]);
});

const HEADER = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n';
const taken = (name: string, rows: string) => readList(name, HEADER + rows).blocks;
const told = (blocks: ReturnType<typeof merged>) =>
  blocks.map(({ domain, severity, rejectMedia, rejectReports, obfuscate, publicComment, list: from }) =>
    [domain, severity, rejectMedia, rejectReports, publicComment, obfuscate, from].join(),
  );

test('what several lists say of a domain is combined, whatever their order: the strictest, and every flag of each', () => {
  const lists = [
    taken('a', 'loud.example,silence,false,false,Noise,false\n'),
    taken('b', 'loud.example,silence,true,true,,false\n'),
    taken('c', 'loud.example,noop,false,false,Hm,true\n'),
  ];
  const [a = [], b = [], c = []] = lists;
  for (const order of [[a, b, c], [c, b, a], [b, a, c]]) {
    expect(told(merged(order, []))).toEqual(['loud.example,silence,true,true,Noise,true,a']);
  }
}); // prettier-ignore

test('a block is covered only by what is kept: one that never blocks a friend frees no other child', () => {
  const rows = 'big.example,suspend\nbad.big.example,suspend\nother.example,suspend\n';
  expect(domains(merged([taken('a', rows)], ['nice.big.example']))).toEqual([
    'bad.big.example',
    'other.example',
  ]);
});

test('a block below another one has what is stricter there, since Mastodon asks the nearest alone', () => {
  const rows = [
    'big.example,silence,true,false,,false',
    'a.big.example,silence,false,true,,false',
    'b.big.example,noop,false,false,,false',
    'c.big.example,suspend,false,false,,false',
    'x.c.big.example,silence,true,true,,false',
  ];
  const all = merged([taken('a', `${rows.join('\n')}\n`)], []);
  expect(told(all)).toEqual([
    'a.big.example,silence,true,true,,false,a',
    'big.example,silence,true,false,,false,a',
    'c.big.example,suspend,true,false,,false,a',
  ]);
  const follow = 'lists:\n  - {name: a, url: https://lists.example/a.csv}\n';
  expect(problems({ 'followed-blocks.csv': followedCsv(all), 'follow.yaml': follow })).toEqual([]);
});

test('names the decisions of the community that a list overrules, and what to do', () => {
  const { warnings } = sound(
    folder({
      'domain-blocks.csv': '#domain,#severity\nnice.big.example,silence\nworse.loud.example,suspend\n',
      'domain-allows.csv': '#domain\nlisted.example\nfree.example\n',
      'followed-blocks.csv': followedCsv(
        taken('a', 'big.example,suspend\nlisted.example,suspend\nloud.example,silence\n'),
      ),
      'follow.yaml': 'lists:\n  - {name: a, url: https://lists.example/a.csv}\n',
    }),
  );
  expect(warnings.filter((line) => line.startsWith('domain-'))).toEqual([
    'domain-allows.csv:2: listed.example is blocked in followed-blocks.csv, line 3; to allow it, put listed.example into never of follow.yaml and run bin/mastodon community follow',
    'domain-blocks.csv:2: nice.big.example is covered by big.example (suspend) in followed-blocks.csv, line 2, so it changes nothing; to decide otherwise, put nice.big.example into never of follow.yaml and run bin/mastodon community follow',
  ]);
});

test('a list that is followed no more is named once, whatever it blocked', () => {
  const gone = followedCsv(taken('gone', 'a.example,suspend\nb.example,suspend\n'));
  expect(problems({ 'followed-blocks.csv': gone })).toEqual([
    expect.stringContaining(
      'followed-blocks.csv:2: the list gone is not followed; run bin/mastodon community follow',
    ),
  ]);
});
