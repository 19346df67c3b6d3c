import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Figure, median, type Result } from './figures';

const RESULTS = join(__dirname, 'results');

/** docs/benchmarks.md, from all files in `results/`. */
export function benchmarksPage(): string {
  const results = readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as Result);
  return [
    '# Benchmarks',
    '',
    'Written by `make bench` from `benchmarks/results/`. Each figure is the median of its runs, with the smallest and the largest.',
    'All of it is the local stack: real engine, provider, PostgreSQL and machine, but no network between, and no Civo.',
    '',
    ...results.flatMap(section),
  ].join('\n');
}

function section({ title, date, machine, figures, ratios = [] }: Result): string[] {
  const notes = figures
    .filter(({ note }) => note !== undefined)
    .map(({ name, note }) => `- ${name}: ${note ?? ''}`);
  const value = (name: string) => median(figures.find((figure) => figure.name === name)?.values ?? []);
  return [
    `## ${title}`,
    '',
    `${date}, on ${machine}.`,
    '',
    '| figure | median | smallest–largest | runs | aim |',
    '| --- | --- | --- | --- | --- |',
    ...figures.map(row),
    '',
    ...(ratios.length === 0 ? [] : ['| side by side | ratio | aim |', '| --- | --- | --- |']),
    ...ratios.map(({ name, of, to, aim }) => {
      const ratio = value(of) / value(to);
      return `| ${name} | ${ratio.toFixed(1)} | ${aim === undefined ? '' : verdict(ratio, aim, String(aim))} |`;
    }),
    ...(ratios.length === 0 ? [] : ['']),
    ...(notes.length === 0 ? [] : [...notes, '']),
  ];
}

function row({ name, unit, values, aim }: Figure): string {
  const spread = `${shown(Math.min(...values), unit)}–${shown(Math.max(...values), unit)}`;
  const wanted = aim === undefined ? '' : verdict(median(values), aim, shown(aim, unit));
  return `| ${name} | ${shown(median(values), unit)} | ${values.length === 1 ? '' : spread} | ${String(values.length)} | ${wanted} |`;
}

const verdict = (value: number, aim: number, text: string) =>
  `${value <= aim ? 'met' : '**missed**'}: ${text}`;

function shown(value: number, unit: Figure['unit']): string {
  if (unit === 's') return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} s`;
  const number = Math.round(value).toLocaleString('en');
  return unit === 'bytes' ? `${number} bytes` : number;
}
