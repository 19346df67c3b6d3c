import { filesOfArea, needToolchain, patternOf } from '../support/suite/areas';
import { testFiles } from '../support/suite/files';

const FILES = [
  ...['unit/civo-account', 'unit/civo-volumes', 'unit/civofaults', 'unit/cost'],
  ...['engine/cost', 'engine/civo-kinds', 'machine/restore', 'machine/day2'],
];

describe('an area of the tests', () => {
  test.each([
    ['a project', 'unit', ['unit/civo-account', 'unit/civo-volumes', 'unit/civofaults', 'unit/cost']],
    ['a file', 'restore', ['machine/restore']],
    ['a name in two projects', 'cost', ['unit/cost', 'engine/cost']],
    ['a name in one of them', 'engine/cost', ['engine/cost']],
    ['a beginning up to a dash', 'civo', ['unit/civo-account', 'unit/civo-volumes', 'engine/civo-kinds']],
    ['a beginning in one project', 'unit/civo', ['unit/civo-account', 'unit/civo-volumes']],
    ['a whole name with a dash', 'civo-kinds', ['engine/civo-kinds']],
  ])('may be %s', (_, area, files) => {
    expect(filesOfArea(area, FILES)).toEqual(files);
  });

  test.each([
    ['restor', 'did you mean restore?'],
    ['machine/restroe', 'did you mean machine/restore?'],
    ['civ', 'did you mean civo?'],
    ['something else', 'there is no such area.'],
    ['.*', 'there is no such area.'],
  ])('is refused where there is none such as %s, with what may be meant', (area, told) => {
    expect(() => filesOfArea(area, FILES)).toThrow(told);
    expect(() => filesOfArea(area, FILES)).toThrow(`ONLY=${area}: `);
    expect(() => filesOfArea(area, FILES)).toThrow('  machine: restore, day2');
  });

  test('is given to Jest as a pattern that matches its files alone', () => {
    const pattern = new RegExp(patternOf(['unit/cost', 'machine/restore']));
    const matched = FILES.filter((file) => pattern.test(`/checkout/__tests__/${file}.test.ts`));
    expect(matched).toEqual(['unit/cost', 'machine/restore']);
    expect('/checkout/__tests__/unit/costs.test.ts').not.toMatch(pattern);
  });

  test('needs the toolchain unless all of it are unit tests', () => {
    expect(needToolchain(['unit/cost'])).toBe(false);
    expect(needToolchain(['unit/cost', 'engine/cost'])).toBe(true);
  });

  test('is looked for among the files that there are', () => {
    expect(testFiles()).toContain('unit/suite-areas');
    expect(filesOfArea('suite', testFiles())).toContain('unit/suite-areas');
  });
});
