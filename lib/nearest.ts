import { closest, distance } from 'fastest-levenshtein';

const plain = (word: string) => word.toLowerCase().replaceAll(/[-_]/g, '');

/**
 * The known word that was probably meant: `webDomain` for `web-domain`, `domain` for `domian`. Undefined if more than a third of
 * the letters differ.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const names = known.map(plain);
  if (names.length === 0) return undefined;
  const best = closest(plain(word), names);
  const isNear = distance(plain(word), best) <= Math.max(1, word.length / 3);
  return isNear ? known[names.indexOf(best)] : undefined;
}

/** The remedy for an unknown word: the one that was probably meant, or all of them. */
export function remedy(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${meant}?`;
}
