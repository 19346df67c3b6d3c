import { randomBytes, randomInt } from 'node:crypto';
import type { Inputs } from '../inputs';
import type { PlainProperties } from '../values';

/** The inputs that RandomPassword and RandomString share. */
export const characterInputs: Inputs = {
  length: { kind: 'integer', required: true, min: 1 },
  upper: { kind: 'boolean', default: true },
  lower: { kind: 'boolean', default: true },
  numeric: { kind: 'boolean', default: true },
  special: { kind: 'boolean', default: true },
  minUpper: { kind: 'integer', default: 0, min: 0 },
  minLower: { kind: 'integer', default: 0, min: 0 },
  minNumeric: { kind: 'integer', default: 0, min: 0 },
  minSpecial: { kind: 'integer', default: 0, min: 0 },
  overrideSpecial: { kind: 'string' },
  keepers: { kind: 'map' },
  number: { kind: 'boolean', refused: "deprecated, use 'numeric'" },
};

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const NUMERIC = '0123456789';
const SPECIAL = '!@#$%&*()-_=+[]{}<>:?';

/** A class of characters: whether it may be used, and how many of it there are at least. */
interface CharacterClass {
  characters: string;
  used: boolean;
  least: number;
}

function characterClasses(inputs: PlainProperties): CharacterClass[] {
  const special = (inputs.overrideSpecial as string | undefined) ?? '';
  return [
    { characters: UPPER, used: inputs.upper === true, least: inputs.minUpper as number },
    { characters: LOWER, used: inputs.lower === true, least: inputs.minLower as number },
    { characters: NUMERIC, used: inputs.numeric === true, least: inputs.minNumeric as number },
    {
      characters: special === '' ? SPECIAL : special,
      used: inputs.special === true,
      least: inputs.minSpecial as number,
    },
  ];
}

/** Says what is wrong with the combination of inputs, if anything is. */
export function validateCharacters(inputs: PlainProperties): string | undefined {
  const classes = characterClasses(inputs);
  const least = classes.reduce((sum, { least }) => sum + least, 0);
  const length = inputs.length as number;
  if (length < least) {
    const sum = `minUpper + minLower + minNumeric + minSpecial (${least.toString()})`;
    return `length (${length.toString()}) must be at least ${sum}`;
  }
  return classes.some(({ used }) => used)
    ? undefined
    : 'at least one of upper, lower, numeric and special must be true';
}

/** Draws the characters: first the least number of each class, then from all; in random order. */
export function drawCharacters(inputs: PlainProperties): string {
  const classes = characterClasses(inputs);
  const required = classes.map(({ characters, least }) => draw(characters, least)).join('');
  const all = classes.map(({ characters, used }) => (used ? characters : '')).join('');
  return shuffle(required + draw(all, (inputs.length as number) - required.length));
}

function draw(characters: string, count: number): string {
  return Array.from({ length: count }, () => characters[randomInt(characters.length)]).join('');
}

function shuffle(text: string): string {
  return Array.from(text)
    .map((character) => ({ character, order: randomBytes(8).readBigUInt64BE() }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ character }) => character)
    .join('');
}
