import {
  allowedBlocks,
  blockChanges,
  type Blocks,
  type GuardLimits,
  guardProblem,
} from '../../components/community/blocks-guard';
import { problems, sound, folder } from '../support/community/files';

const NOW = new Date('2026-11-25T12:00:00Z');
const inputs = (...blocks: string[]): Blocks =>
  Object.fromEntries(blocks.map((block) => [`block ${block}`, 'Hate'] as const));
const many = (count: number, severity = 'suspend') =>
  inputs(...Array.from({ length: count }, (_, i) => `spam-${String(i)}.example (${severity})`));
const changes = (before: Blocks, now: Blocks, others: Blocks = {}) => blockChanges(before, now, others, NOW);
const OWN: GuardLimits = { percent: 25 };
const own = (before: Blocks, now: Blocks, limits: Partial<GuardLimits> = {}) =>
  guardProblem('domain-blocks.csv', changes(before, now), { ...OWN, ...limits });
const followed = (before: Blocks, now: Blocks, newBlocks: number, limits: Partial<GuardLimits> = {}) =>
  guardProblem('followed-blocks.csv', changes(before, now), { ...OWN, newBlocks, ...limits });

test('more new blocks of lists than allowed are refused; one that becomes a suspension is new, one that becomes a silence is not', () => {
  const before = inputs('a.example (silence)', 'd.example (noop)');
  const now = inputs('a.example (suspend)', 'b.example (suspend)', 'c.example (suspend)', 'd.example (silence)'); // prettier-ignore
  expect(followed(before, now, 3)).toBeUndefined();
  expect(followed(before, now, 2)).toContain('has 3 new blocks, and 2 are allowed (max_new_blocks');
  expect(followed(before, now, 2)).toContain('NEW_BLOCKS=3 pulumi up');
  expect(followed(before, now, 2, { allowedNew: 3 })).toBeUndefined();
  expect(followed(now, before, 0, { percent: 0 })).toBeUndefined();
});

test('a first deployment takes any number of own blocks, and as many of lists as max_new_blocks says', () => {
  expect(own({}, many(1000))).toBeUndefined();
  expect(own({}, many(1000), { allowedNew: 51 })).toBeUndefined();
  expect(followed({}, many(50), 50)).toBeUndefined();
  expect(followed({}, many(51), 50)).toContain('followed-blocks.csv has 51 new blocks, and 50 are allowed');
});

test('a change that lifts more than a share of the blocks is refused, with the number, the share, the file, the limit and what to run', () => {
  expect(own(many(100), many(75))).toBeUndefined();
  const problem = own(many(100), many(74));
  expect(problem).toContain(
    'domain-blocks.csv lifts 26 of 100 blocks (26 %), and 25 may be (max_changed_percent: 25 in follow.yaml): ' +
      'spam-74.example, spam-75.example, spam-76.example, spam-77.example, spam-78.example and 21 more.',
  );
  expect(problem).toContain('LIFTED_BLOCKS=26 pulumi up');
  expect(own(many(100), many(74), { allowedLifted: 26 })).toBeUndefined();
  expect(own(many(100), many(74), { allowedLifted: 25 })).toContain('lifts 26 of 100');
  expect(own(many(100), many(74), { percent: 26 })).toBeUndefined();
  expect(followed(many(100), many(74), 50)).toContain('followed-blocks.csv lifts 26');
});

test('a change that adds more than a share of the own blocks is refused', () => {
  expect(own(many(100), many(125))).toBeUndefined();
  expect(own(many(100), many(126))).toContain(
    'domain-blocks.csv has 26 new blocks, and 25 are allowed (max_changed_percent: 25 in follow.yaml, of 100)',
  );
  expect(own(many(100), many(126), { allowedNew: 26 })).toBeUndefined();
});

test('milder is lifted, and suspended is new: severities count as blocks do', () => {
  expect(own(many(100), many(100, 'silence'))).toContain('lifts 100 of 100 blocks (100 %)');
  expect(own(many(100, 'silence'), many(100, 'noop'))).toContain('lifts 100 of 100 blocks (100 %)');
  expect(own(many(100, 'silence'), many(100))).toContain('has 100 new blocks');
  expect(own(many(100, 'noop'), many(100, 'silence'))).toBeUndefined();
});

test('a few blocks may change without a word, but a file is not emptied', () => {
  expect(own(many(12), many(2))).toBeUndefined();
  expect(own(many(12), many(1))).toContain('lifts 11 of 12');
  expect(own(many(1), {})).toContain('lifts 1 of 1 blocks (100 %), and a file is not emptied unasked');
  expect(own(many(1), {}, { allowedLifted: 1 })).toBeUndefined();
  expect(own(many(1), {}, { percent: 100 })).toBeUndefined();
  expect(own(many(30), {}, { allowedLifted: 3 })).toContain('lifts 30 of 30');
});

test('e-mail domains and addresses are guarded as well, in their own words', () => {
  const email = (word: string, count = 12): Blocks =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`block mail-${String(i)}.example`, word]));
  expect(own(email('refused'), email('may ask to join'))).toContain('lifts 12 of 12');
  expect(own(email('refused'), email('refused', 0))).toContain('is not emptied unasked');
  const ips = (word: string) =>
    inputs(...Array.from({ length: 12 }, (_, i) => `192.0.${String(i)}.0/24 (${word})`));
  expect(own(ips('no_access'), ips('sign_up_block'))).toContain('lifts 12 of 12');
  expect(own(ips('sign_up_block'), ips('no_access'))).toContain('has 12 new blocks');
  expect(own(ips('no_access'), {})).toContain('is not emptied unasked');
});

test('what has expired is not lifted: a deployment does not stop because time passes', () => {
  const ip = (until: string): Blocks => ({ 'block 192.0.2.0/24 (no_access)': `Bots, until ${until}` });
  expect(changes(ip('2026-11-24T00:00:00.000Z'), {}).lifted).toEqual([]);
  expect(own(ip('2026-11-24T00:00:00.000Z'), {})).toBeUndefined();
  expect(own(ip('2026-11-26T00:00:00.000Z'), {})).toContain('is not emptied unasked');
});

test('what another file blocks, or a domain above, is not lifted; what is said of a domain itself goes first', () => {
  const before = inputs('a.example (suspend)', 'x.b.example (suspend)', 'c.example (suspend)', 'y.d.example (suspend)'); // prettier-ignore
  const others = inputs('a.example (suspend)', 'd.example (suspend)', 'y.d.example (silence)');
  expect(changes(before, inputs('b.example (suspend)'), others).lifted).toEqual(['c.example', 'y.d.example']);
});

test('NEW_BLOCKS and LIFTED_BLOCKS are numbers or not there', () => {
  for (const word of ['NEW_BLOCKS', 'LIFTED_BLOCKS']) {
    expect(allowedBlocks(word, '120')).toBe(120);
    expect(allowedBlocks(word, undefined)).toBeUndefined();
    for (const given of ['many', '-1', '1e3', '1.5'])
      expect(() => allowedBlocks(word, given)).toThrow(`${word}=${given}: expected how many`);
  }
});

test('the share is a setting of follow.yaml, in percent', () => {
  expect(sound(folder()).maxChangedPercent).toBe(25);
  expect(sound(folder({ 'follow.yaml': 'max_changed_percent: 40\n' })).maxChangedPercent).toBe(40);
  expect(problems({ 'follow.yaml': 'max_changed_percent: 101\n' })).toEqual([
    'follow.yaml:1: max_changed_percent: expected 0 to 100',
  ]);
});
