import { nearest } from '../../../lib/nearest';
import { PROJECTS } from './files';

/** A name that is no area. The message lists the areas, and the one that may be meant. */
export class UnknownArea extends Error {}

/**
 * The test files of an area: a project (`unit`), the name of a file (`takeover`), or the beginning of names up to a dash
 * or a dot (`civo` for `civo-account` and others). With the project before it (`machine/restore`) only the files of that
 * one; without, those of every project.
 *
 * @param files as `testFiles` returns them
 * @throws UnknownArea
 */
export function filesOfArea(area: string, files: readonly string[]): string[] {
  const chosen = files.filter((file) => areasOf(file).includes(area));
  if (chosen.length > 0) return chosen;
  const known = [...new Set(files.flatMap(areasOf))];
  const meant = nearest(area, known);
  throw new UnknownArea(
    `ONLY=${area}: there is no such area${meant === undefined ? '.' : `; did you mean ${meant}?`}\n${listAreas(files)}`,
  );
}

/** All areas that a file belongs to. */
function areasOf(file: string): string[] {
  const [, project = '', name = ''] = /^([^/]+)\/(.*)$/.exec(file) ?? [];
  const names = [...name.matchAll(/(?=[-.])|$/g)].map(({ index }) => name.slice(0, index));
  return [project, ...names, ...names.map((part) => `${project}/${part}`)];
}

function listAreas(files: readonly string[]): string {
  const rows = PROJECTS.map((project) => {
    const names = files.filter((file) => file.startsWith(`${project}/`)).map((file) => file.slice(project.length + 1)); // prettier-ignore
    return `  ${project}: ${names.join(', ')}`;
  });
  return [
    'Areas are the projects, the names of their test files, and beginnings of these up to a dash:',
    ...rows,
  ].join('\n');
}

/** A pattern for Jest that only these files match. */
export const patternOf = (files: readonly string[]) =>
  `__tests__/(${files.map((file) => file.replaceAll('.', String.raw`\.`)).join('|')})\\.test\\.ts$`;

/** Unit tests run no Pulumi and no service: they need nothing built. */
export const needToolchain = (files: readonly string[]) => files.some((file) => !file.startsWith('unit/'));
