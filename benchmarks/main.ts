/**
 * Measures, and writes docs/benchmarks.md: `make bench`, or `make bench ONLY=program RUNS=3`. The machine should have
 * nothing else to do meanwhile.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ansible } from './ansible';
import { day2 } from './day2';
import type { Result, Section } from './figures';
import { communityApply } from './community-apply';
import { communityCheck } from './community-check';
import { communityPreview } from './community-preview';
import { localServer } from './local-server';
import { machine } from '../__tests__/support/this-computer';
import { program } from './program';
import { realStarts } from './real-starts';
import { recovery } from './recovery';
import { benchmarksPage } from './render';

const SECTIONS: Readonly<Record<string, Section>> = {
  program,
  'local-server': localServer,
  'real-starts': realStarts,
  recovery,
  day2,
  ansible,
  'community-check': communityCheck,
  'community-preview': communityPreview,
  'community-apply': communityApply,
};

async function main(): Promise<void> {
  const only = process.env.ONLY ?? '';
  const runs = Number(process.env.RUNS ?? '5');
  const names = only === '' ? Object.keys(SECTIONS) : [only];
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`RUNS is ${process.env.RUNS ?? ''}; expected 1 or more`);
  for (const name of names) {
    const section = SECTIONS[name];
    if (!section) throw new Error(`ONLY is ${name}; expected one of ${Object.keys(SECTIONS).join(', ')}`);
    console.log(`${section.title}: ${String(runs)} runs`);
    const result: Result = {
      title: section.title,
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      ...(section.ratios && { ratios: section.ratios }),
      figures: await section.run(runs),
    };
    writeFileSync(join(__dirname, 'results', `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
    writeFileSync(join(__dirname, '..', 'docs', 'benchmarks.md'), benchmarksPage());
  }
  console.log('docs/benchmarks.md is written.');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
