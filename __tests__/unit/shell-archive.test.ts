import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { shellArchive } from '../../cloud-init/shell-archive';

function unpack(archive: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  execFileSync('bash', { cwd: folder, input: archive });
  return folder;
}

describe('the shell archive', () => {
  test('brings any text through unharmed', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (texts) => {
        const files = texts.map((text, i) => ({
          path: `folder/${String(i)}`,
          mode: '644' as const,
          // No text file of ours has a NUL.
          content: `${text.replaceAll('\0', '')}\n`,
        }));
        const folder = unpack(shellArchive(files));
        try {
          for (const file of files) expect(readFileSync(join(folder, file.path), 'utf8')).toBe(file.content);
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 30 },
    );
  });

  test('sets the modes', () => {
    const folder = unpack(
      shellArchive([
        { path: 'a/run', mode: '755', content: '#!/bin/sh\n' },
        { path: 'a/secret', mode: '600', content: 'x\n' },
      ]),
    );
    expect(statSync(join(folder, 'a/run')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'a/secret')).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });

  test('refuses what would not survive', () => {
    expect(() => shellArchive([{ path: 'a', mode: '644', content: 'no line break' }])).toThrow(
      'a: the last line',
    );
    expect(() => shellArchive([{ path: 'a', mode: '644', content: '~~~ end of file ~~~\n' }])).toThrow(
      'reserved',
    );
  });
});
