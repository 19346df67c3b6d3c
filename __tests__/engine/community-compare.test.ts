/** community/machine.ts compares as the machine's Ruby does: generated states go through both. Needs root (chroot). */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { SURROUNDINGS } from '../support/community/files';
import { decisions, driftOf, type Ledger, valuesOf } from '../support/community/machine';
import { NOTHING, type State, STATES } from '../support/community/states';
import { CommunityStandIn } from '../support/community/stand-in';

jest.setTimeout(600_000);

const CASES = 300;
const SEED = 20;

interface Case {
  readonly wanted: State;
  readonly applied: State;
  readonly present: State;
}
interface Answer {
  readonly values: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, string>>;
  readonly drift: unknown;
}

const LISTS = {
  roles: 'name',
  team: 'username',
  rules: 'key',
  domainBlocks: 'domain',
  domainAllows: 'domain',
  emailDomainBlocks: 'domain',
  ipBlocks: 'ip',
} as const;
type Thing = Readonly<Record<string, unknown>>;

/** Two ways to say the same thing, or nothing: in all combinations of the files, the ledger and the server. */
const anyCase: fc.Arbitrary<Case> = fc
  .tuple(fc.tuple(...Object.values(STATES)), fc.tuple(...Object.values(STATES)), fc.infiniteStream(fc.nat(2)))
  .map(([some, others, picks]) => {
    const [one, other] = [some, others].map((parts) =>
      parts.reduce<State>((all, part) => ({ ...all, ...part }), NOTHING),
    );
    if (!one || !other) throw new Error('no states');
    const pick = () => Number(picks.next().value);
    const side = () => document(one, other, pick);
    return { wanted: side(), applied: side(), present: side() };
  });

function document(one: State, other: State, pick: () => number): State {
  const lists = Object.entries(LISTS).map(([list, key]) => {
    const [items, variants] = [one, other].map(
      (state) => state[list as keyof typeof LISTS] as unknown as Thing[],
    );
    const picked = (items ?? []).flatMap((item, i) => {
      const variant = { ...item, ...variants?.[i], [key]: item[key] };
      return [[], [item], [variant]][pick()] ?? [];
    });
    return [list, list === 'rules' ? picked.map(asRule) : picked];
  });
  const settings = Object.keys(one.settings).flatMap((key): [string, unknown][] => {
    const value = [undefined, one.settings[key], other.settings[key]][pick()];
    return value === undefined ? [] : [[key, value]];
  });
  const terms = [null, one.terms, other.terms][pick()] ?? null;
  return { ...NOTHING, ...Object.fromEntries(lists), terms, settings: Object.fromEntries(settings) } as State;
}

/** Named by their ids alone: no two have the same text. Which text names which rule is tested below. */
const asRule = (rule: Thing, i: number) => ({
  ...rule,
  text: `${String(rule.text)} ${String(rule.key)}`,
  priority: i + 1,
});

let server: CommunityStandIn;

beforeAll(async () => {
  server = await CommunityStandIn.start('4.6.5');
  copyFileSync(join(__dirname, 'community_compare.rb'), join(server.web.root, 'community/compare.rb'));
});

afterAll(() => server.stop());

/** Through a file: what a state says never becomes Ruby. */
async function asked<T>(what: 'cases' | 'rules', question: unknown): Promise<T> {
  writeFileSync(join(server.web.root, 'community/question.json'), JSON.stringify(question));
  await server.ruby(`require '/community/compare'`);
  return (await server.ruby(`Community::Compare.${what}('/community/question.json')`)) as T;
}

const plain = (ledger: Ledger): unknown =>
  Object.fromEntries(
    Object.entries(ledger).map(([kind, values]) => [kind, Object.fromEntries(values ?? [])]),
  );

test('300 states are compared, decided about and found changed as the mirror says', async () => {
  const cases = fc.sample(anyCase, { numRuns: CASES, seed: SEED });
  const now = SURROUNDINGS.now.toISOString();
  const answers = await asked<Answer[]>('cases', { now, cases });
  const seen = new Set<string>();
  cases.forEach(({ wanted, applied, present }, i) => {
    const [want, was, there] = [valuesOf(wanted), valuesOf(applied), valuesOf(present)];
    const answer = answers[i];
    expect(answer?.values).toEqual(JSON.parse(JSON.stringify(plain(there))));
    const mirrored = Object.fromEntries(decisions(want, was, there));
    expect(answer?.actions).toEqual(mirrored);
    expect(sorted(answer?.drift)).toEqual(sorted(JSON.parse(JSON.stringify(driftOf(was, there)))));
    for (const [name, action] of Object.entries(mirrored)) seen.add(`${name.split('/')[0] ?? ''} ${action}`);
  });
  // Every kind was in every case; published terms are never taken back.
  const actions = ['forget', 'adopt', 'drift', 'delete', 'create', 'update', 'conflict'];
  const kinds = Object.keys(valuesOf(NOTHING));
  const never = [
    'terms forget',
    'terms delete',
    ...['drift', 'update', 'conflict'].map((action) => `domainAllow ${action}`),
  ];
  const all = kinds.flatMap((kind) => actions.map((action) => `${kind} ${action}`));
  expect(all.filter((one) => !seen.has(one) && !never.includes(one))).toEqual([]);
});

const sorted = (drift: unknown) =>
  [...(drift as { kind: string; key: string }[])].sort((a, b) =>
    `${a.kind}/${a.key}` < `${b.kind}/${b.key}` ? -1 : 1,
  );

describe('rules', () => {
  const rule = (key: string, text: string, priority: number) => ({
    key,
    text,
    hint: '',
    priority,
    translations: [],
  });
  const named = (...rules: [string, string][]) => rules.map(([key, text], i) => rule(key, text, i + 1));
  /** By the rules' names: the ids, and what was applied last. */
  const noted = (...rules: [string, number, string][]) =>
    Object.fromEntries(rules.map(([key, id, text], i) => [key, [id, rule(key, text, i + 1)]]));
  const outcome = (names: string[], actions: Record<string, string>, order: [number, string][]) => ({ names, actions, refused: [], order }); // prettier-ignore

  test.each([
    [
      'keep the name that the ledger notes, however they are worded',
      named(['rule-3', 'Be nice']),
      noted(['kind', 3, 'Be kind']),
      named(['kind', 'Be kind']),
      outcome(['kind'], { kind: 'drift' }, [[1, 'Be nice']]),
    ],
    [
      'get the name of a new one with the same text, blanks aside',
      named(['rule-3', ' Be  kind\r\n']),
      {},
      named(['kind', 'Be kind']),
      outcome(['kind'], { kind: 'adopt' }, [[1, ' Be  kind\r\n']]),
    ],
    [
      'get that name once: a second one of that text has its own',
      named(['rule-3', 'Be kind'], ['rule-4', 'Be kind']),
      {},
      named(['kind', 'Be kind']),
      outcome(['kind', 'rule-4'], { kind: 'adopt' }, [
        [1, 'Be kind'],
        [2, 'Be kind'],
      ]),
    ],
    [
      'get the name that a pull gave them before that of another one with the text',
      named(['rule-3', 'Be kind'], ['rule-4', 'Be kind']),
      {},
      named(['rule-4', 'Be kind'], ['kind', 'Be kind']),
      outcome(['kind', 'rule-4'], { 'rule-4': 'conflict', kind: 'conflict' }, [
        [1, 'Be kind'],
        [2, 'Be kind'],
      ]),
    ],
    [
      'are all numbered again when one is put between them',
      named(['rule-3', 'One'], ['rule-4', 'Two']),
      noted(['one', 3, 'One'], ['two', 4, 'Two']),
      named(['one', 'One'], ['new', 'New'], ['two', 'Two']),
      outcome(['one', 'two'], { new: 'create', two: 'adopt' }, [
        [1, 'One'],
        [2, 'New'],
        [3, 'Two'],
      ]),
    ],
    [
      'stay where moderators moved them',
      named(['rule-4', 'Two'], ['rule-3', 'One']),
      noted(['one', 3, 'One'], ['two', 4, 'Two']),
      named(['one', 'One'], ['two', 'Two']),
      outcome(['two', 'one'], { one: 'drift', two: 'drift' }, [
        [1, 'Two'],
        [2, 'One'],
      ]),
    ],
  ])('%s', async (_, rules, ledger, wanted, expected) => {
    expect(await asked('rules', { rules, ledger, wanted })).toEqual(expected);
  });
});
