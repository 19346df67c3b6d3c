import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const PROJECTS = ['unit', 'engine', 'machine'] as const;

const tests = join(__dirname, '..', '..');
const ENDING = '.test.ts';

/** Every test file, as `unit/cost`: its project and its name. */
export function testFiles(): string[] {
  return PROJECTS.flatMap((project) =>
    readdirSync(join(tests, project), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith(ENDING))
      .map((path) => `${project}/${path.slice(0, -ENDING.length)}`)
      .sort(),
  );
}

/** The same form, from the path of a test file. */
export function fileName(path: string): string {
  const [, name = path] = /__tests__\/(.*)\.test\.ts$/.exec(path) ?? [];
  return name;
}
