/** Where something stands: `team.yaml`, line 4. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Something that was read, and where. */
export interface Entry<T> {
  readonly value: T;
  readonly place: Place;
}

/** Notes all that is wrong in the files, instead of stopping at the first. */
export class Problems {
  private readonly found: (Place & { message: string; warning: boolean })[] = [];

  refuse({ file, line }: Place, message: string): void {
    this.found.push({ file, line, message, warning: false });
  }

  warn({ file, line }: Place, message: string): void {
    this.found.push({ file, line, message, warning: true });
  }

  /** As editors and CI understand it: `team.yaml:4: message`. */
  lines(kind: 'errors' | 'warnings'): readonly string[] {
    return this.found
      .filter(({ warning }) => warning === (kind === 'warnings'))
      .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
      .map(({ file, line, message }) => `${file}:${String(line)}: ${message}`);
  }
}

/** Refuses what is there twice; `key` of nothing is not compared. */
export function refuseTwins<T>(
  problems: Problems,
  entries: readonly Entry<T>[],
  key: (value: T) => string,
  told: (value: T) => string = key,
): void {
  const first = new Map<string, Place>();
  for (const { value, place } of entries) {
    const earlier = first.get(key(value));
    if (earlier === undefined) first.set(key(value), place);
    else problems.refuse(place, `${told(value)} is already in ${placeName(earlier)}; keep one of the two`);
  }
}

export const placeName = ({ file, line }: Place): string => `${file}, line ${String(line)}`;
