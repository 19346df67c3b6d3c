import fc from 'fast-check';
import { KEYS } from '../../settings/schema';
import { validate } from '../../settings/validate';
import { mistakes, WRONG, withMistakes } from '../support/invalid-settings';

test('each of 300 wrong configurations is refused, and every mistake in it is named', () => {
  fc.assert(
    fc.property(mistakes, (made) => {
      const validation = validate(withMistakes(made));
      const problems = 'problems' in validation ? validation.problems : [];
      // A mistake in a list may be named by its place in the list.
      const named = (path: string) => problems.some((problem) => problem.startsWith(path));
      expect(made.filter(({ path }) => !named(path))).toEqual([]);
    }),
    { numRuns: 300, seed: 20261123 },
  );
});

test('there is a mistake for every setting', () => {
  const known = new Set(Object.keys(WRONG).map((path) => path.split(/[.[]/)[0]));
  expect(KEYS.filter((key) => !known.has(key))).toEqual([]);
});
