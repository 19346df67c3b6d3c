import * as fc from 'fast-check';
import { differences } from '../../local/plugins/diff';
import { findProblems, type Inputs } from '../../local/plugins/inputs';
import { drawCharacters, validateCharacters } from '../../local/plugins/random/characters';
import { decode, encode, hasSecret, hasUnknown, plain, Secret, UNKNOWN } from '../../local/plugins/values';

describe('property values', () => {
  test('survive the way to the engine and back', () => {
    const properties = {
      text: 'a',
      number: 1.5,
      nothing: null,
      list: [true, { deep: new Secret('s') }],
      later: UNKNOWN,
    };
    expect(decode(encode(properties))).toEqual(properties);
  });

  test('secrets and unknowns are found at any depth', () => {
    expect(hasSecret({ a: [{ b: new Secret(1) }] })).toBe(true);
    expect(hasUnknown({ a: new Secret([UNKNOWN]) })).toBe(true);
    expect(hasSecret({ a: [{ b: 1 }] })).toBe(false);
    expect(plain({ a: new Secret({ b: new Secret(1) }) })).toEqual({ a: { b: 1 } });
  });
});

describe('differences', () => {
  test('are named by their paths', () => {
    const old = { same: 1, changed: 'a', gone: true, list: ['x', 'y'], object: { inner: 1 } };
    const next = { same: 1, changed: 'b', fresh: 2, list: ['x', 'z', 'w'], object: { inner: 2 } };
    expect(differences(old, next)).toEqual([
      { path: 'changed', kind: 'update' },
      { path: 'gone', kind: 'delete' },
      { path: 'list[1]', kind: 'update' },
      { path: 'list[2]', kind: 'add' },
      { path: 'object.inner', kind: 'update' },
      { path: 'fresh', kind: 'add' },
    ]);
  });

  test('a value that became secret does not count; one that is not known yet counts', () => {
    expect(differences({ a: 'x' }, { a: new Secret('x') })).toEqual([]);
    expect(differences({ a: 'x' }, { a: UNKNOWN })).toEqual([{ path: 'a', kind: 'update' }]);
  });
});

describe('inputs', () => {
  const inputs: Inputs = {
    name: { kind: 'string', required: true },
    size: { kind: 'integer', min: 1 },
    kind: { kind: 'string', oneOf: ['a', 'b'] },
    proxy: { kind: 'object', refused: 'connect directly' },
    inner: { kind: 'object', fields: { host: { kind: 'string', required: true } } },
  };

  test('good ones, secret ones and unknown ones pass', () => {
    expect(findProblems(inputs, { name: new Secret('x'), size: UNKNOWN, inner: { host: 'h' } })).toEqual([]);
  });

  test('every problem is found, and named', () => {
    const found = findProblems(inputs, { size: 0, kind: 'c', proxy: {}, inner: {}, colour: 'red' });
    expect(found.map(({ property }) => property)).toEqual([
      'size',
      'kind',
      'proxy',
      'inner.host',
      'colour',
      'name',
    ]);
    expect(found[2]?.reason).toContain('not supported by the local stand-in: connect directly');
  });
});

describe('random characters', () => {
  const base = { upper: true, lower: true, numeric: true, special: true };
  const least = { minUpper: 0, minLower: 0, minNumeric: 0, minSpecial: 0 };

  test('have the length, and at least as many of each class as asked', () => {
    const small = fc.integer({ min: 0, max: 5 });
    const wanted = fc.record({ minUpper: small, minLower: small, minNumeric: small, minSpecial: small });
    fc.assert(
      fc.property(wanted, fc.integer({ min: 20, max: 64 }), (minimums, length) => {
        const text = drawCharacters({ ...base, ...minimums, length });
        const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
        expect(text).toHaveLength(length);
        expect(count(/[A-Z]/g)).toBeGreaterThanOrEqual(minimums.minUpper);
        expect(count(/[a-z]/g)).toBeGreaterThanOrEqual(minimums.minLower);
        expect(count(/[0-9]/g)).toBeGreaterThanOrEqual(minimums.minNumeric);
        expect(count(/[^A-Za-z0-9]/g)).toBeGreaterThanOrEqual(minimums.minSpecial);
      }),
    );
  });

  test('come from the classes that are on, the special ones from overrideSpecial', () => {
    const hexadecimal = { ...least, upper: false, lower: false, numeric: false, special: true };
    const text = drawCharacters({ ...hexadecimal, overrideSpecial: '0123456789abcdef', length: 200 });
    expect(text).toMatch(/^[0-9a-f]{200}$/);
  });

  test('no class, or more than the length, is refused', () => {
    expect(validateCharacters({ ...base, ...least, minUpper: 9, length: 8 })).toContain('at least');
    const none = { upper: false, lower: false, numeric: false, special: false };
    expect(validateCharacters({ ...none, ...least, length: 8 })).toContain('at least one of');
  });
});
