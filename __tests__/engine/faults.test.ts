/**
 * The matrix of faults. Its outcomes are in docs/faults.json. `make fault-matrix` tries all of it and writes them anew;
 * CI tries what it has time for, and compares.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import recorded from '../../docs/faults.json';
import { PRESETS } from '../../local/civo/faults/fault';
import { ensureToolchain } from '../../local/toolchain';
import { type Outcome, runChain, type Step, STEPS } from './faultChain';

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

/** Faults that the provider takes alike: CI tries each at a quarter of the steps, so that all steps meet one of them. */
const ALIKE = ['unauthorized', 'rate-limited', 'unavailable', 'reset'];

const whole = process.env.RECORD !== undefined;

function stepsOf(preset: keyof typeof MATRIX): readonly Step[] {
  const steps = MATRIX[preset];
  const quarter = ALIKE.indexOf(preset);
  return whole || quarter < 0 ? steps : steps.filter((_, index) => index % ALIKE.length === quarter);
}

type Outcomes = Record<string, Partial<Record<Step, Outcome>>>;

const outcomes: Outcomes = {};

beforeAll(() => ensureToolchain(), 900_000);

test.concurrent.each(Object.keys(MATRIX) as (keyof typeof MATRIX)[])(
  '%s at any step: up says what to do, the next one mends it, destroy leaves nothing',
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
