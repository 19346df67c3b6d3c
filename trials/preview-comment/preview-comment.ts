/**
 * Describes what a pull request changes, as Markdown, without any secret and without Civo.
 *
 * The program of the base is brought up at a local Civo, on paper, with the settings that the stack has there; then the program of
 * this checkout is previewed. What is on the machine is compared by running both programs under Pulumi's mocks.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CivoApi, NO_TIME, paperBackends, startCivoApi } from '../../local/civo';
import { PulumiError, type Result, type StepMetadata } from '../engine';
import { PulumiStack } from '../pulumi-stack';
import { changedEffects } from '../../cloud-init/effects';
import { CHECKOUT } from '../../cli/lib/checkout';
import { type Decisions, decisionsOf, isDecision } from './community-changes';
import type { MachineSide } from './render-machine-files';
import { markdown, type Preview } from './preview-markdown';
import { priced, readPrices, sumOf } from '../../cli/cost/prices';
import { OperationError } from '../../cli/lib/pulumi-cli';
import { redactedSettings, type Settings } from './redacted-settings';

/** The others of a replacement tell the same a second and third time. */
const SHOWN = new Set(['create', 'update', 'replace', 'delete']);

/** Folders of what is compared. */
const SIDES = ['before', 'after'];

/** A version of the program, with the settings of the stack. */
interface Version {
  readonly folder: string;
  readonly settings: Settings;
}

export interface PreviewComment {
  /** A commit. */
  readonly base: string;
  /** The stack whose settings are compared. */
  readonly stack: string;
  /** Where the Markdown is written; default: standard output. */
  readonly file: string | undefined;
}

export async function previewComment({ base, stack, file }: PreviewComment): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'preview-'));
  try {
    const before = versionIn(base, unpacked(base, join(folder, 'base')), stack);
    const after = versionIn('this checkout', CHECKOUT, stack);
    const sides = [await machineSide(before), await machineSide(after)] as const;
    const prices = readPrices();
    const { steps, refusals } = await plannedSteps(stack, before, after, join(folder, 'civo.json'));
    const cost = ({ folder: program, settings }: Version) => sumOf(priced(settings, program), prices);
    const text = markdown({
      stack,
      base,
      steps: stepsOf(steps),
      refusals,
      community: decisionsDiff(decisionsOf(steps), folder),
      effects: changedEffects(sides[0].effects, sides[1].effects),
      diff: fileDiff(sides, folder),
      cost: { before: cost(before), after: cost(after), currency: prices.currency },
    });
    if (file === undefined) process.stdout.write(text);
    else writeFileSync(file, text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The files of a commit; they run with the packages that are installed here. */
function unpacked(commit: string, folder: string): string {
  mkdirSync(folder);
  const files = gitArchive(commit);
  execFileSync('tar', ['--extract', '--directory', folder], { input: files });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function gitArchive(commit: string): Buffer {
  try {
    return execFileSync('git', ['archive', commit], {
      cwd: CHECKOUT,
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    throw new OperationError(
      `--base ${commit}: Git can't read it (${String(stderr).trim()}); expected a commit, such as origin/main`,
    );
  }
}

/** @throws OperationError that names where the stack's file is missing */
function versionIn(place: string, folder: string, stack: string): Version {
  const settings = redactedSettings(join(folder, `Pulumi.${stack}.yaml`));
  if (settings !== undefined) return { folder, settings };
  throw new OperationError(
    `There is no Pulumi.${stack}.yaml in ${place}; expected the settings of the stack that --stack names, prod by default`,
  );
}

interface Planned {
  readonly steps: readonly StepMetadata[];
  readonly refusals: Preview['refusals'];
}

/** What an `up` of the second version would do to what the first one made, judged by the guard rails. */
async function plannedSteps(
  name: string,
  before: Version,
  after: Version,
  stateFile: string,
): Promise<Planned> {
  const civo = await startCivoApi({ port: 0, stateFile, backends: paperBackends(), timings: NO_TIME });
  try {
    return await stepsAt(civo, name, before, after);
  } finally {
    // Also after an error: a server that listens keeps the process alive.
    await civo.close();
  }
}

async function stepsAt(civo: CivoApi, name: string, before: Version, after: Version): Promise<Planned> {
  const onPaper = { apiEndpoint: civo.url, converge: false };
  const stack = await PulumiStack.open({
    name,
    projectDir: before.folder,
    config: { ...before.settings, ...onPaper },
    env: { CIVO_TOKEN: civo.token },
  });
  try {
    const baseRefuses = await refusal(stack.up());
    stack.projectDir = after.folder;
    const gone = Object.keys(before.settings).map((key) => [key, undefined] as const);
    await stack.setConfig({ ...Object.fromEntries(gone), ...after.settings, ...onPaper });
    const preview = stack.preview({ flags: ['--policy-pack', join(CHECKOUT, 'policies')] });
    const refuses = await refusal(preview);
    const events = refuses === undefined ? (await preview).events : [];
    return {
      steps: events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []),
      refusals: { base: baseRefuses, head: refuses },
    };
  } finally {
    stack.remove();
  }
}

/** What Pulumi says when it fails. */
async function refusal(done: Promise<Result>): Promise<string | undefined> {
  try {
    await done;
    return undefined;
  } catch (error) {
    if (error instanceof PulumiError) return (error.result.stdout + error.result.stderr).trim();
    throw error;
  }
}

const stepsOf = (all: readonly StepMetadata[]): Preview['steps'] =>
  all
    .filter((step) => SHOWN.has(step.op) && !step.type.startsWith('pulumi:') && !isDecision(step))
    .map(({ op, urn, type, diffs, keys }) => ({
      op,
      resource: `${type.split(':').at(-1) ?? ''} ${urn.split('::').at(-1) ?? ''}`,
      inputs: [...new Set([...(keys ?? []), ...(diffs ?? [])])],
    }));

/** A program that refuses its settings has no machine. */
async function machineSide({ folder, settings }: Version): Promise<MachineSide> {
  const program = join(__dirname, 'render-machine-files.ts');
  const child = promisify(execFile)('npx', ['tsx', program, folder], { maxBuffer: 1 << 26, cwd: CHECKOUT });
  child.child.stdin?.end(JSON.stringify(settings));
  return JSON.parse((await child).stdout) as MachineSide;
}

/** Both bundles, unpacked as the machine does it. */
function fileDiff(sides: readonly MachineSide[], folder: string): string {
  sides.forEach(({ bundle }, index) => {
    const side = sideIn(join(folder, 'machine'), index);
    execFileSync('bash', ['--norc', '-s'], { cwd: side, input: bundle });
  });
  return gitDiff(join(folder, 'machine'));
}

function decisionsDiff(sides: readonly Decisions[], folder: string): string {
  sides.forEach((decisions, index) => {
    const side = sideIn(join(folder, 'community'), index);
    for (const [name, text] of decisions) writeFileSync(join(side, name), text);
  });
  return gitDiff(join(folder, 'community'));
}

function sideIn(folder: string, index: number): string {
  const side = join(folder, SIDES[index] ?? '');
  mkdirSync(side, { recursive: true });
  return side;
}

/** What Git says of the two sides in a folder. */
function gitDiff(folder: string): string {
  const flags = ['--no-index', '--no-color', '--no-ext-diff'];
  // It ends with 1 where there is a difference.
  const { stdout } = spawnSync('git', ['-c', 'core.quotePath=false', 'diff', ...flags, ...SIDES], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return stdout;
}
