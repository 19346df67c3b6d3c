/**
 * `make refresh`: the stack's state takes over what was changed at Civo, and forgets nothing.
 *
 * Civo's provider takes every failed read for "gone": a plain `pulumi refresh` while Civo is unwell drops living
 * buckets and machines from the state. So it is tried without effect first, and if Civo falls ill in between, the
 * state is put back.
 *
 * Flags are passed on to Pulumi: `npx tsx operations/refresh.ts --stack prod`.
 */
import { spawn } from 'node:child_process';

async function refresh(flags: readonly string[]): Promise<void> {
  const state = await pulumi(['stack', 'export', ...flags]);
  const { missing, complaints } = await look(flags);
  if (missing.length + complaints.length > 0) throw refusal('Nothing was refreshed', missing, complaints);

  process.stdout.write(await pulumi(['refresh', '--yes', '--skip-preview', '--non-interactive', ...flags]));
  const left = new Set(urns(await pulumi(['stack', 'export', ...flags])));
  const forgotten = urns(state).filter((urn) => !left.has(urn));
  if (forgotten.length === 0) return;
  await pulumi(['stack', 'import', ...flags], state);
  throw refusal('The state was put back as it was before', forgotten);
}

/** What a refresh would drop, and what the provider has to say about it. */
async function look(flags: readonly string[]): Promise<{ missing: string[]; complaints: string[] }> {
  const done = await run(['refresh', '--preview-only', '--json', '--non-interactive', ...flags]);
  const { steps = [], diagnostics = [] } = readJson(done) as {
    steps?: { op: string; urn: string }[];
    diagnostics?: { message: string; severity: string }[];
  };
  return {
    missing: steps.filter(({ op }) => op === 'delete').map(({ urn }) => urn),
    complaints: diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => message.trim()),
  };
}

function refusal(what: string, missing: readonly string[], complaints: readonly string[] = []): Error {
  const lines = [`${what}: Civo did not show everything that it has to.`, ...complaints];
  if (missing.length > 0) {
    lines.push('These would have been forgotten:', ...missing.map((urn) => `  ${urn}`));
    lines.push(
      "What is really gone, as Civo's dashboard shows, is dropped by its name: pulumi refresh --target 'URN'",
    );
  }
  lines.push('Else Civo is unwell (https://status.civo.com): run the same command again later.');
  return new Error(lines.join('\n'));
}

function urns(state: string): string[] {
  const { deployment } = JSON.parse(state) as { deployment: { resources?: { urn: string }[] } };
  return (deployment.resources ?? []).map(({ urn }) => urn);
}

interface Finished {
  command: string;
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @throws Error with all that was said, if it isn't JSON */
function readJson(done: Finished): unknown {
  try {
    return JSON.parse(done.stdout);
  } catch {
    throw failed(done);
  }
}

const failed = ({ command, stdout, stderr }: Finished) =>
  new Error(`${command} failed:\n${stdout}${stderr}`.trim());

/**
 * The standard output of a command of Pulumi's.
 * @throws Error with all that it said, if it fails
 */
async function pulumi(args: readonly string[], input?: string): Promise<string> {
  const done = await run(args, input);
  if (done.code !== 0) throw failed(done);
  return done.stdout;
}

/** Runs the `pulumi` on the PATH. */
function run(args: readonly string[], input = ''): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn('pulumi', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.stdin.end(input);
    child.on('error', () => {
      reject(new Error('There is no pulumi on the PATH: see https://www.pulumi.com/docs/install'));
    });
    child.on('close', (code) => {
      resolve({ command: `pulumi ${args.slice(0, 2).join(' ')}`, code, ...output });
    });
  });
}

refresh(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
