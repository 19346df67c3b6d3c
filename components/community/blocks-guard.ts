import * as pulumi from '@pulumi/pulumi';
import { CommunityError } from './community';
import { withParents } from '../../community-files/domains';
import { isPast } from '../../community-files/moment';

/** Blocks as their resource has them: `block spam.example (suspend)`, and why. */
export type Blocks = Readonly<Record<string, unknown>>;

export interface GuardLimits {
  /** How many new blocks a file may have; without it `percent` counts, and a first deployment is not limited. */
  readonly newBlocks?: number;
  /** How many of a file's blocks may be lifted, or added, in one `pulumi up`: a share in percent. */
  readonly percent: number;
  /** The words for this run alone, from the environment: `NEW_BLOCKS`, `LIFTED_BLOCKS`. */
  readonly allowedNew?: number;
  readonly allowedLifted?: number;
}

export interface BlockChanges {
  readonly before: number;
  readonly after: number;
  /** New here, or more severe now: as severe as can be. */
  readonly added: readonly string[];
  /** Gone, or milder now. */
  readonly lifted: readonly string[];
}

/** So many blocks may always change: a share of few is next to nothing. */
const FEW = 10;
const SHOWN = 5;
/** Of each kind the mildest first: domains, e-mail domains, addresses. */
const SEVERITIES = [
  ...['noop', 'silence', 'suspend'],
  ...['may ask to join', 'refused'],
  ...['sign_up_requires_approval', 'sign_up_block', 'no_access'],
];
const WORST = ['suspend', 'refused', 'no_access'];

/**
 * Stops a preview and an `up` that would change too much of a file at once, for whatever reason. `others`: what other files
 * block now. A block that moved there is not lifted.
 */
export function blocksGuard(
  name: string,
  file: string,
  limits: Pick<GuardLimits, 'newBlocks' | 'percent'>,
  others: Blocks = {},
): pulumi.ResourceHookBinding {
  const words = {
    allowedNew: allowedBlocks('NEW_BLOCKS', process.env.NEW_BLOCKS),
    allowedLifted: allowedBlocks('LIFTED_BLOCKS', process.env.LIFTED_BLOCKS),
  };
  const hook = new pulumi.ResourceHook(
    `${name}-guard-of-${file}`,
    ({ oldInputs = {}, newInputs = {} }) => {
      const changes = blockChanges(oldInputs as Blocks, newInputs as Blocks, others, new Date());
      const problem = guardProblem(file, changes, { ...limits, ...words });
      if (problem !== undefined) throw new Error(problem);
    },
    { onDryRun: true },
  );
  return { beforeCreate: [hook], beforeUpdate: [hook] };
}

/** @throws CommunityError unless it is a number, or nothing */
export function allowedBlocks(word: string, given = ''): number | undefined {
  if (given === '') return undefined;
  if (/^\d+$/.test(given)) return Number(given);
  const what = word === 'NEW_BLOCKS' ? 'new blocks a file may have' : 'blocks of a file may be lifted';
  throw new CommunityError(`${word}=${given}: expected how many ${what} in this run, such as ${word}=120`);
}

/** What becomes of a file's blocks. One that has expired is not lifted by anybody. */
export function blockChanges(before: Blocks, now: Blocks, others: Blocks, moment: Date): BlockChanges {
  const [old, present] = [severities(before), severities(now)];
  const all = new Map([...severities(others), ...present]);
  const expired = ([key, why]: [string, unknown]) => {
    const until = /\buntil (\d{4,6}-\d\d-\d\dT[\d:.]+Z)$/.exec(String(why))?.[1];
    return isPast(until, moment) ? [...severities({ [key]: why }).keys()] : [];
  };
  const past = new Set(Object.entries(before).flatMap(expired));
  const holds = (name: string, severity: string) => {
    // What is said of a domain itself goes before what is said of one above it.
    const said = all.has(name) ? [name] : withParents(name).slice(1);
    return said.some((one) => SEVERITIES.indexOf(all.get(one) ?? '') >= SEVERITIES.indexOf(severity));
  };
  return {
    before: old.size,
    after: present.size,
    added: [...present].flatMap(([name, severity]) => {
      const known = old.get(name);
      return known === undefined || (known !== severity && WORST.includes(severity)) ? [name] : [];
    }),
    lifted: [...old].flatMap(([name, severity]) => (past.has(name) || holds(name, severity) ? [] : [name])),
  };
}

/** By name; `block spam.example (suspend)` has it in the key, an e-mail domain as its value. */
function severities(blocks: Blocks): Map<string, string> {
  return new Map(
    Object.entries(blocks).map(([key, why]) => {
      const [, name = key, severity = String(why)] = /^block (\S+)(?: \((\w+)\))?$/.exec(key) ?? [];
      return [name, severity];
    }),
  );
}

/** Why a file's changes need a confirmation, or undefined. */
export function guardProblem(file: string, changes: BlockChanges, limits: GuardLimits): string | undefined {
  const { before, after, added, lifted } = changes;
  const share = Math.max(FEW, Math.floor((before * limits.percent) / 100));
  const { allowedNew = limits.newBlocks ?? 0, allowedLifted = 0 } = limits;
  const own = before === 0 ? Infinity : share;
  const mostNew = limits.newBlocks === undefined ? Math.max(own, allowedNew) : allowedNew;
  const mostLifted = Math.max(share, allowedLifted);
  const emptied = after === 0 && lifted.length > allowedLifted && limits.percent < 100;
  const words: string[] = [];
  const said: string[] = [];
  if (added.length > mostNew) {
    words.push(`NEW_BLOCKS=${String(added.length)}`);
    const limit =
      limits.newBlocks === undefined
        ? `max_changed_percent: ${String(limits.percent)} in follow.yaml, of ${String(before)}`
        : 'max_new_blocks in follow.yaml';
    said.push(
      `${file} has ${String(added.length)} new blocks, and ${String(mostNew)} are allowed (${limit}): ${some(added)}.`,
    );
  }
  if (lifted.length > mostLifted || emptied) {
    words.push(`LIFTED_BLOCKS=${String(lifted.length)}`);
    const percent = Math.round((lifted.length * 100) / before);
    const limit = `max_changed_percent: ${String(limits.percent)} in follow.yaml`;
    const allowed = emptied ? 'a file is not emptied unasked' : `${String(mostLifted)} may be`;
    said.push(
      `${file} lifts ${String(lifted.length)} of ${String(before)} blocks (${String(percent)} %), and ${allowed} (${limit}): ${some(lifted)}.`,
    );
  }
  if (said.length === 0) return undefined;
  return (
    `${said.join(' ')} If that is not meant, restore the file: git log -p -- ${file}. Otherwise look it through (bin/mastodon community preview shows what new suspensions cost), ` +
    `then allow it once: ${words.join(' ')} pulumi up. Where CI deploys, raise the limit in the same change.`
  );
}

function some(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
