/**
 * The matrix of faults. Its outcomes are in docs/faults.json. `make fault-matrix` tries all of it and writes them again;
 * CI tries what it has time for, and compares.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import recorded from '../../docs/faults.json';
import { PRESETS } from '../../local/civo/faults/fault';
import { ensureToolchain } from '../../local/toolchain';
import { type Outcome, runChain, type Step, STEPS } from '../support/fault-chain';

const mutations = STEPS.filter((step) => !step.startsWith('GET'));

const MATRIX = {
  unauthorized: STEPS,
  'rate-limited': STEPS,
  'server-error': STEPS,
  unavailable: STEPS,
  'null-reason': STEPS,
  reset: STEPS,
  'quota-reached': mutations,
  'lost-answer': mutations,
} as const satisfies Partial<Record<keyof typeof PRESETS, readonly Step[]>>;

type Preset = keyof typeof MATRIX;

const whole = process.env.RECORD !== undefined;

/** CI tries each fault at a quarter of the steps, another one for each: so each call of the provider meets two faults. */
const QUARTERS = 4;

function stepsOf(preset: Preset): readonly Step[] {
  const steps: readonly Step[] = MATRIX[preset];
  const quarter = Object.keys(MATRIX).indexOf(preset) % QUARTERS;
  return whole ? steps : steps.filter((step) => STEPS.indexOf(step) % QUARTERS === quarter);
}

type Outcomes = Record<string, Partial<Record<Step, Outcome>>>;

const outcomes: Outcomes = {};

beforeAll(() => ensureToolchain(), 900_000);

test.concurrent.each(Object.keys(MATRIX) as Preset[])(
  '%s at any step: up says what to do, the next one repairs it, destroy leaves nothing',
  async (preset) => {
    const steps = stepsOf(preset);
    const found = await runChain(PRESETS[preset], steps);
    // In the order of the steps, whichever came first.
    outcomes[preset] = Object.fromEntries(steps.map((step) => [step, found.get(step) ?? 'not met']));
    if (!whole) expect((recorded as Outcomes)[preset]).toMatchObject(outcomes[preset]);
  },
  1_800_000,
);

afterAll(() => {
  if (!whole) return;
  const inOrder = Object.fromEntries(Object.keys(MATRIX).map((preset) => [preset, outcomes[preset]]));
  const file = join(__dirname, '..', '..', 'docs', 'faults.json');
  writeFileSync(file, `${JSON.stringify(inOrder, null, 2)}\n`);
});
