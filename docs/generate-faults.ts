/** Writes docs/faults.md from docs/faults.json, what the matrix of faults found: `npm run docs:faults`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Outcome = 'repaired' | 'leftover' | 'unharmed' | 'not met';
type Outcomes = Readonly<Record<string, Readonly<Partial<Record<string, Outcome>>>>>;

const SIGNS: Readonly<Record<Outcome, string>> = {
  repaired: 'repaired',
  leftover: '**by hand**',
  unharmed: 'no harm',
  'not met': '–',
};

const FAULTS: Readonly<Record<string, string>> = {
  unauthorized: '401',
  'rate-limited': '429',
  'server-error': '500',
  unavailable: '503, HTML',
  'null-reason': '`null` reason',
  reset: 'reset',
  'quota-reached': 'quota',
  'lost-answer': 'answer lost',
};

/** The page, as Markdown. */
export function faultsPage(): string {
  const outcomes = JSON.parse(readFileSync(join(__dirname, 'faults.json'), 'utf8')) as Outcomes;
  const text = readFileSync(join(__dirname, 'faults.template.md'), 'utf8');
  return text.replace('{{matrix}}', matrix(outcomes));
}

function matrix(outcomes: Outcomes): string {
  const faults = Object.keys(outcomes);
  const steps = [...new Set(Object.values(outcomes).flatMap((found) => Object.keys(found)))];
  const cell = (fault: string, step: string) => {
    const outcome = outcomes[fault]?.[step];
    return outcome ? SIGNS[outcome] : '';
  };
  return [
    `| call | ${faults.map((fault) => FAULTS[fault] ?? fault).join(' | ')} |`,
    `| --- |${' --- |'.repeat(faults.length)}`,
    ...steps.map((step) => `| \`${step}\` | ${faults.map((fault) => cell(fault, step)).join(' | ')} |`),
  ].join('\n');
}

if (require.main === module) writeFileSync(join(__dirname, 'faults.md'), faultsPage());
