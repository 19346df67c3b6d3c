/** What a pull request changes, as the Markdown of a comment. */
import { told } from '../../cloud-init/effects';
import { fenced } from '../../lib/fenced';

export interface Preview {
  readonly stack: string;
  /** What it is compared with. */
  readonly base: string;
  readonly steps: readonly {
    readonly op: string;
    readonly resource: string;
    readonly inputs: readonly string[];
  }[];
  /** What the program says where it doesn't come to an end. */
  readonly refusals: { readonly base?: string; readonly head?: string };
  /** Of what the community decided, a file for each decision, as Git writes it. */
  readonly community: string;
  /** What changes on the machine, as `pulumi preview` names it. */
  readonly effects: readonly string[];
  /** Of the files on the machine, as Git writes it. */
  readonly diff: string;
  readonly cost: { readonly before: number; readonly after: number; readonly currency: string };
}

/** GitHub takes 65,536 characters: two diffs, and the rest for everything else. */
const LONGEST_DIFF = 28_000;

export function markdown({ stack, base, steps, refusals, community, effects, diff, cost }: Preview): string {
  const head = [
    `### What this changes of \`${stack}\``,
    `Compared with \`${base}\` at a local Civo, with made-up secrets: what was changed at Civo by hand isn't in it.`,
  ];
  if (refusals.head !== undefined)
    return [...head, '**It is refused:**', fenced(shortened(refusals.head))].join('\n\n') + '\n';
  const sections = [
    ...head,
    refusals.base === undefined
      ? ''
      : `\`${base}\` itself is refused, so that all of it is new:\n\n${fenced(shortened(refusals.base))}`,
    `**At Civo:** ${steps.length === 0 ? 'nothing' : `\n\n${table(steps)}`}`,
    community === ''
      ? ''
      : `**The community:**\n\n${folded(community, ['decision changes', 'decisions change'])}`,
    `**On the machine:** ${effects.length === 0 ? 'nothing' : `\`pulumi up\` ${told(effects)}.`}`,
    diff === '' ? '' : folded(diff, ['file changes on the machine', 'files change on the machine']),
    `**Cost:** ${costs(cost)}`,
  ];
  return sections.filter(Boolean).join('\n\n') + '\n';
}

function table(steps: Preview['steps']): string {
  const rows = steps.map(({ op, resource, inputs }) => `| ${op} | \`${resource}\` | ${inputs.join(', ')} |`);
  return ['| | resource | inputs |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A diff behind a line that says how many files it has: one, or several. */
function folded(diff: string, [one, several]: readonly [string, string]): string {
  const count = (diff.match(/^diff --git /gm) ?? []).length;
  const summary = `${String(count)} ${count === 1 ? one : several}`;
  return `<details><summary>${summary}</summary>\n\n${fenced(shortened(diff), 'diff')}\n\n</details>`;
}

function costs({ before, after, currency }: Preview['cost']): string {
  const now = `${after.toFixed(2)} ${currency} a month`;
  const more = after - before;
  return more === 0 ? `${now}, as before` : `${now}, ${more > 0 ? '+' : '−'}${Math.abs(more).toFixed(2)}`;
}

const shortened = (text: string) =>
  text.length <= LONGEST_DIFF
    ? text
    : `${text.slice(0, LONGEST_DIFF)}\n… and ${String(text.length - LONGEST_DIFF)} more characters`;
