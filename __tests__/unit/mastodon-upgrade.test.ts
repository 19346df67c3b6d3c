import fc from 'fast-check';
import { upgradeProblem } from '../../components/mastodon-upgrade';

test.each([
  ['the same', '4.6.5', '4.6.5'],
  ['a patch', '4.6.5', '4.6.6'],
  ['a lower patch, which the machine looks at', '4.6.5', '4.6.4'],
  ['the next minor version', '4.6.5', '4.7.0'],
  ['the next major version', '4.9.2', '5.0.1'],
])('%s is possible', (_, from, to) => {
  expect(upgradeProblem(from, to)).toBeUndefined();
});

test('a skipped version is refused with the next one as the way, and a lower one with the restore', () => {
  expect(upgradeProblem('4.6.5', '4.8.1')).toContain('First go to the newest 4.7.x');
  expect(upgradeProblem('4.10.0', '4.9.9')).toContain("migrations can't be undone");
  expect(upgradeProblem('5.0.0', '4.6.5')).toContain('docs/upgrades.md');
  expect(upgradeProblem('4.6.5', '6.0.0')).toContain('may not be skipped');
});

test('every way that is refused can be gone in steps that are not, unless it leads back', () => {
  const minor = fc.integer({ min: 6, max: 20 });
  fc.assert(
    fc.property(minor, minor, (from, to) => {
      fc.pre(from < to);
      for (let at = from; at < to; at += 1)
        expect(upgradeProblem(`4.${String(at)}.9`, `4.${String(at + 1)}.0`)).toBeUndefined();
    }),
  );
});
