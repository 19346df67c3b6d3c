/** Writes the generated parts of docs/testing.md from the runs in docs/testing/: `npm run docs:testing`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Rename, RENAMED_FILES, RENAMES } from './renames';
import { countTests, type FileOfRun, recordedRuns, type Run, type Runs } from './run';
import { duration } from './summary';
import { compareTitles, type Comparison, type TitleNow } from './titles';
import { PROJECTS } from './files';
import { KINDS } from '../timing';

const PAGE = join(__dirname, '..', '..', '..', 'docs', 'testing.md');
const BEGIN = '<!-- written by npm run docs:testing: begin -->';
const END = '<!-- written by npm run docs:testing: end -->';

/**
 * The page with its generated part again; what is written by hand stays.
 * @throws Error that names each earlier test that is lost
 */
export function testingPage(runs: Runs = recordedRuns(), renames: readonly Rename[] = RENAMES): string {
  const page = readFileSync(PAGE, 'utf8');
  const [above, below] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (above < 0 || below < above) throw new Error(`${PAGE}: the markers are gone: ${BEGIN} … ${END}`);
  const titles = compareTitles(runs.before?.files ?? [], runs.now?.files ?? [], renames);
  if (runs.now && titles.problems.length > 0) throw new Error(titles.problems.join('\n'));
  const parts = [...wholes(runs), ...perFile(runs), ...renamed(titles.explained), ...perProject(titles)];
  return [page.slice(0, above) + BEGIN, '', ...parts, page.slice(below)].join('\n');
}

export function writeTestingPage(): void {
  writeFileSync(PAGE, testingPage());
}

function wholes({ before, now }: Runs): string[] {
  if (!before && !now) return ['No run is recorded yet.', ''];
  const row = (name: string, told: (run: Run) => string) =>
    `| ${name} | ${before ? told(before) : ''} | ${now ? told(now) : ''} |`;
  return [
    '## The whole',
    '',
    '|  | before | now |',
    '| --- | --- | --- |',
    row('`make test`', ({ seconds }) => `**${duration(seconds)}**`),
    row('all test files, one after the other', ({ files }) =>
      total(files) > 0 ? duration(total(files)) : '',
    ),
    row('test files', ({ files }) => String(files.length)),
    row('tests', (run) => countTests(run).toLocaleString('en')),
    row('date', ({ date }) => date),
    row("toolchain's cache at the start", ({ cache }) => cache),
    row('machine', ({ machine }) => machine),
    '',
  ];
}

const total = (files: readonly FileOfRun[]) => files.reduce((sum, { seconds }) => sum + seconds, 0);

function perFile({ before, now }: Runs): string[] {
  if (!before && !now) return [];
  const old = new Map(before?.files.map((file) => [file.file, file]));
  const current = new Map(now?.files.map((file) => [file.file, file]));
  const slowness = (file: string) => current.get(file)?.seconds ?? old.get(file)?.seconds ?? 0;
  const names = [...new Set([...old.keys(), ...current.keys()])].sort((a, b) => slowness(b) - slowness(a));
  const cells = (name: string, was: string, is: string, file?: FileOfRun) =>
    `| ${[name, was, is, ...sharesIn(file), String(file?.titles.length ?? '')].join(' | ')} |`;
  return [
    '## Each test file',
    '',
    'Seconds, the slowest first.',
    '',
    `| test file | before | now | ${KINDS.join(' | ')} | the rest | tests |`,
    `| --- |${' ---: |'.repeat(KINDS.length + 4)}`,
    ...names.map((name) => {
      const file = current.get(name);
      return cells(`\`${name}\``, shown(old.get(name)?.seconds), shown(file?.seconds), file);
    }),
    cells('all', shown(before && total(before.files)), shown(now && total(now.files)), now && sum(now)),
    '',
  ];
}

function sharesIn(file: FileOfRun | undefined): string[] {
  const { shares, seconds = 0 } = file ?? {};
  if (!shares) return [...KINDS, ''].map(() => '');
  const counted = Object.values(shares).reduce((all, share) => all + share, 0);
  return [...KINDS.map((kind) => shown(shares[kind])), shown(Math.max(0, seconds - counted))];
}

function sum({ files }: Run): FileOfRun {
  const shares = Object.fromEntries(
    KINDS.map((kind) => [kind, files.reduce((all, file) => all + (file.shares?.[kind] ?? 0), 0)]),
  );
  return { file: '', seconds: total(files), shares, titles: files.flatMap(({ titles }) => titles) };
}

/** Seconds; of what takes less than ten, with a decimal. */
function shown(seconds: number | undefined): string {
  if (seconds === undefined || seconds < 0.05) return '';
  return seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds).toLocaleString('en');
}

function renamed(renames: readonly Rename[]): string[] {
  if (renames.length === 0) return [];
  return [
    '## Tests renamed and removed',
    '',
    '| file before | title before | title now | why |',
    '| --- | --- | --- | --- |',
    ...renames.map(({ file, before, now = [], reason }) => {
      const titles = now.length === 0 ? '**removed**' : now.map(asCode).join('<br>');
      return `| \`${file}\` | ${asCode(before)} | ${titles} | ${reason} |`;
    }),
    '',
    'Files that had another name before:',
    '',
    ...Object.entries(RENAMED_FILES).map(([was, is]) => `- \`${was}\` is \`${is}\``),
    '',
  ];
}

const asCode = (text: string) => `\`\` ${oneLine(text).replaceAll('|', '\\|')} \`\``;
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function perProject({ files }: Comparison): string[] {
  if (files.length === 0) return [];
  const details = PROJECTS.flatMap((project) => {
    const own = files.filter(({ file }) => file.startsWith(`${project}/`));
    const count = own.reduce((all, { titles }) => all + titles.length, 0);
    return [
      ...['<details>', `<summary>${project}: ${count.toLocaleString('en')} tests</summary>`, ''],
      ...own.flatMap(({ file, titles }) => [
        ...[`**${file}**`, '', '````text', ...titles.map(titleLine), '````', ''],
      ]),
      ...['</details>', ''],
    ];
  });
  return [
    '## Every test, before and now',
    '',
    'Without a mark it was there before, in the same file. `+` is new, `<` came from the file behind it, `~` had the title behind it.',
    '',
    ...details,
  ];
}

function titleLine({ title, isNew, movedFrom, renamed: renames }: TitleNow): string {
  const text = oneLine(title);
  if (movedFrom !== undefined) return `< ${text}  [${movedFrom}]`;
  if (renames) return `~ ${text}  [${renames.map(({ before }) => oneLine(before)).join('; ')}]`;
  return isNew ? `+ ${text}` : `  ${text}`;
}

if (require.main === module) {
  try {
    writeTestingPage();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
