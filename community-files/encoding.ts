import { isUtf8 } from 'node:buffer';
import type { Place } from './problems';

const UTF_16 = /^(?:\xff\xfe|\xfe\xff)|\0/;
const SAVE = 'save it as UTF-8';

/** Where a file is no text in UTF-8, and why; undefined if it is. Read nevertheless, its letters would be others. */
export function encodingProblem(file: string, bytes: Buffer): (Place & { message: string }) | undefined {
  if (UTF_16.test(bytes.subarray(0, 4).toString('latin1'))) {
    return { file, line: 1, message: `is in UTF-16, or no text; ${SAVE}` };
  }
  const isSound = (row: Buffer) => isUtf8(row) && !row.includes(0);
  if (isSound(bytes)) return undefined;
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf('\n', start);
    if (end < 0 || !isSound(bytes.subarray(start, end))) {
      return { file, line, message: `is no text in UTF-8; ${SAVE}` };
    }
    start = end + 1;
  }
}

/** Whether PostgreSQL keeps a text: without NUL, and without half of a pair of UTF-16. */
export const isKept = (text: string) => !/\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text); // prettier-ignore
