/**
 * The first hour. Asks for what it can't know, looks at once whether each answer holds (at Civo, in the DNS, at the
 * mail relay, at the registry), and keeps it in `Pulumi.<stack>.yaml`; ends with the preview and its cost. Stopped anywhere,
 * the same command continues behind the last answer.
 *
 * Secrets come from the environment: CIVO_TOKEN, SMTP_PASSWORD,
 * PULUMI_CONFIG_PASSPHRASE. Without a terminal nothing is asked, and what is missing is named.
 */
import { select } from '@inquirer/prompts';
import { messageOf } from '../../lib/message-of';
import { type Finding, MARKS } from '../doctor/finding';
import { readAnswers } from './answers';
import { Draft } from './draft';
import { putExamplesAway } from './examples';
import { type Question, QUESTIONS } from './questions';
import { openStack, type Place } from './backend';
import { given, OperationError, type PulumiCli } from '../lib/pulumi-cli';
import { costTable, readPrices } from '../cost/prices';

export interface Init extends Place {
  /** A file of settings in YAML, as in Pulumi.prod.yaml but without `mastodon-on-civo:`. */
  readonly answers: string | undefined;
}

async function askAll(pulumi: PulumiCli, { answers: file, ...place }: Init): Promise<void> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const answers = readAnswers(file, given('SMTP_PASSWORD'));
  const stack = await openStack(pulumi, terminal, place);
  putExamplesAway(stack);
  const draft = await Draft.of(pulumi);
  await draft.keep(answers);
  await settleAll(draft, terminal);

  console.log(`✓ all answers are in Pulumi.${stack}.yaml; the preview:`);
  const code = await pulumi.shown(['preview', ...(terminal ? [] : ['--non-interactive'])]);
  if (code !== 0) throw new OperationError(`The preview failed: see above what it says. ${CONTINUES}`);
  console.log(`${costTable(draft.judged, readPrices())}\n`);
  console.log('Nothing was made yet. Connect to the VPN and run: pulumi up\nThen: bin/mastodon recovery-kit');
}

const CONTINUES = 'Your answers are kept: bin/mastodon init continues from there.';

/** Ctrl-C at a question. */
export async function init(pulumi: PulumiCli, options: Init): Promise<void> {
  try {
    await askAll(pulumi, options);
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError')
      throw new OperationError(`\nStopped. ${CONTINUES}`);
    throw error;
  }
}

async function settleAll(draft: Draft, terminal: boolean): Promise<void> {
  if (!terminal) refuseGaps(draft);
  let wrong = 0;
  for (const question of QUESTIONS) {
    const verdict = await (terminal ? settle(question, draft) : look(question, draft));
    if (verdict === 'bad') wrong += 1;
  }
  if (wrong > 0) throw new OperationError(`Correct what is marked with ${MARKS.bad}. ${CONTINUES}`);
  const problems = draft.problems();
  if (problems.length > 0) throw unusable(problems);
}

/** Without a terminal: everything that is missing or wrong, at once. */
function refuseGaps(draft: Draft): void {
  const gaps = [...draft.problems(), ...QUESTIONS.flatMap((question) => question.lacks(draft))];
  if (gaps.length > 0) throw unusable([...new Set(gaps)]);
}

const unusable = (problems: readonly string[]) =>
  new OperationError(
    `These answers are missing, or can't be used:\n${problems.map((one) => `  ${one}`).join('\n')}\n${CONTINUES}`,
  );

/** Asks until the answer holds, or the person continues all the same. */
async function settle(question: Question, draft: Draft): Promise<Finding['verdict']> {
  if (question.lacks(draft).length > 0) await draft.keep(await question.ask(draft));
  for (;;) {
    const verdict = await look(question, draft);
    if (verdict !== 'bad' && verdict !== 'warning') return verdict;
    const next = await select({
      message: 'What now?',
      choices: [
        ...(verdict === 'warning' ? [{ value: 'continue', name: 'Continue: it can be fixed later' }] : []),
        { value: 'again', name: 'Look again' },
        { value: 'other', name: 'Give another answer' },
      ],
    });
    if (next === 'continue') return verdict;
    if (next === 'other') await draft.keep(await question.ask(draft));
  }
}

/** What the world says of an answer. */
async function look({ title, check }: Question, draft: Draft): Promise<Finding['verdict']> {
  const { verdict, text, remedy } = await (check?.(draft.judged) ?? Promise.resolve(ANSWERED)).catch(
    (error: unknown): Finding => ({
      verdict: 'bad',
      text: messageOf(error),
    }),
  );
  console.log(`${MARKS[verdict]} ${title}: ${text}`);
  if (remedy !== undefined) console.log(`  → ${remedy}`);
  return verdict;
}

const ANSWERED: Finding = { verdict: 'ok', text: 'answered' };
