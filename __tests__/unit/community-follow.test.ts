import { blocksOf, followedCsv, type List, merged } from '../../components/community/follow';
import { allowedBlocks, newBlocksProblem } from '../../components/community/newBlocks';
import { folder, problems, sound } from './communityFiles';

const list = (threshold: List['threshold'], name = 'council'): List => ({
  name,
  url: 'https://lists.example/a.csv',
  threshold,
});
const PUBLISHED =
  '#domain,#severity,#public_comment\nBad.example,suspend,Hate\nloud.example,silence,\nodd.example,noop,\nb**.example,suspend,\n';
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

const inputs = (...blocks: string[]) =>
  Object.fromEntries(blocks.map((block) => [`block ${block}`, 'Hate'] as const));

test('more new blocks than allowed are refused; a known one may change its severity', () => {
  const before = inputs('a.example (silence)');
  const now = inputs('a.example (suspend)', 'b.example (suspend)', 'c.example (suspend)');
  expect(newBlocksProblem(before, now, 2)).toBeUndefined();
  expect(newBlocksProblem(before, now, 1)).toContain('has 2 new blocks, and 1 are allowed');
  expect(newBlocksProblem(before, now, 1)).toContain('NEW_BLOCKS=2 pulumi up');
  expect(newBlocksProblem(now, before, 0)).toBeUndefined();
});

test('NEW_BLOCKS is a number or not there', () => {
  expect(allowedBlocks('120')).toBe(120);
  expect(allowedBlocks(undefined)).toBeUndefined();
  for (const given of ['many', '-1', '1e3', '1.5'])
    expect(() => allowedBlocks(given)).toThrow(`NEW_BLOCKS=${given}: expected how many`);
});
