/** Writes docs/commands.md from the comments of the Makefile: `npm run docs:commands`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Targets with the comment above them; several targets may share one. */
function targets(makefile: string): readonly { names: string[]; meaning: string }[] {
  const found = [];
  let comment: string[] = [];
  for (const line of makefile.split('\n')) {
    const [, names] = /^([a-z][a-z -]*):/.exec(line) ?? [];
    if (line.startsWith('# ')) comment.push(line.slice(2));
    else if (names !== undefined && comment.length > 0)
      found.push({ names: names.split(' '), meaning: comment.join(' ') });
    if (!line.startsWith('# ')) comment = [];
  }
  return found;
}

/** The reference of all commands, as Markdown. */
export function commandsPage(): string {
  const makefile = readFileSync(join(__dirname, '..', 'Makefile'), 'utf8');
  const [, phony = ''] = /^\.PHONY: (.*)$/m.exec(makefile) ?? [];
  const rows = targets(makefile);
  const told = new Set(rows.flatMap(({ names }) => names));
  const untold = phony.split(' ').filter((name) => !told.has(name) && !['lint', 'typecheck'].includes(name));
  if (untold.length > 0) throw new Error(`Makefile: no comment above ${untold.join(', ')}`);
  return [
    '# Commands',
    '',
    'Generated from the comments of the `Makefile` by `npm run docs:commands`. What stands in capitals is given behind the name,',
    "as in `make restore TO='2026-11-23 05:00+00'`; `FLAGS='--stack prod'` says which stack, where another one is selected.",
    '',
    '| command | what it does |',
    '| --- | --- |',
    ...rows.map(({ names, meaning }) => {
      const commands = names.map((name) => `\`make ${name}\``).join(', ');
      return `| ${commands} | ${meaning.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`;
    }),
    '',
  ].join('\n');
}

if (require.main === module) writeFileSync(join(__dirname, 'commands.md'), commandsPage());
