import { readFileSync } from 'node:fs';

import { parse } from 'yaml';
import { z } from 'zod';

import { type Fault, FaultOrPreset, faultProblems } from './fault';

const Scenario = z.strictObject({ faults: z.array(FaultOrPreset) });

/**
 * The faults of a scenario file: YAML, `faults: [ … ]`, each as the control API takes it.
 * @throws Error with everything that is wrong with the file
 */
export function readScenario(file: string): Fault[] {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = Scenario.safeParse(content);
  if (parsed.success) return parsed.data.faults;
  throw new Error(
    faultProblems(parsed.error)
      .map((problem) => `${file}: ${problem}`)
      .join('\n'),
  );
}
