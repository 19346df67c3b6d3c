/** What a preview changes of the community's decisions, as texts to compare. */
import type { StepMetadata } from '../engine';

/** Of components/community/decisions.ts. */
const DECISION = 'mastodon:community:';

export const isDecision = ({ type }: Pick<StepMetadata, 'type'>): boolean => type.startsWith(DECISION);

/** A text for each decision that changes, by its name: a line for each property. */
export type Decisions = ReadonlyMap<string, string>;

/** The decisions before and after these steps; one that is new has no text before, one that goes none after. */
export function decisionsOf(steps: readonly StepMetadata[]): readonly [before: Decisions, after: Decisions] {
  const changed = steps.filter((step) => isDecision(step) && step.op !== 'same');
  const texts = (side: 'old' | 'new'): Decisions =>
    new Map(
      changed.flatMap((step) => {
        const inputs = step[side]?.inputs;
        return inputs === undefined ? [] : [[nameOf(step.urn), textOf(inputs)] as const];
      }),
    );
  return [texts('old'), texts('new')];
}

/** `…::mastodon-prod: rule kindness` is `rule kindness`, and fit for the name of a file. */
const nameOf = (urn: string) =>
  (urn.split('::').at(-1) ?? '').replace(/^[^:]+: /, '').replaceAll('/', '_') || 'unnamed';

function textOf(inputs: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(inputs).map(([key, value]) => `${key}: ${String(value)}`);
  return `${lines.sort().join('\n')}\n`;
}
