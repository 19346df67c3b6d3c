/** One server's look-up of an account of another, on the machine. */
import { spawn } from 'node:child_process';
import type { AnnouncedServer } from './federation';

/** What a command left. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command with an input, and kills it when its time is over. */
export type Run = (command: readonly string[], input: string, timeoutMs: number) => Promise<Ended>;

const CURL_SECONDS = 20;
const SSH_MS = 40_000;
const SSH_OPTIONS = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'];
/** Rails starts in a container of its own; on an emulated processor that takes minutes. */
const MASTODON_MS = 300_000;
/** Both are in a command line of the machine's shell. */
const PLAIN = /^[\w.-]+$/;

/**
 * Looks up the owner of `to` on the machine of `from`. Returns how it was found.
 * @throws Error with the reason, and what to do
 */
export async function lookUp(
  from: AnnouncedServer,
  to: AnnouncedServer,
  run: Run = spawned,
): Promise<string> {
  for (const name of [to.username, to.domain]) {
    if (!PLAIN.test(name))
      throw new Error(`"${name}" is not a plain name; expected letters, digits, "." and "-"`);
  }
  const account = `${to.username}@${to.domain}`;
  const url = `https://${to.domain}/.well-known/webfinger?resource=acct:${account}`;
  const curl = `curl --silent --show-error --fail --max-time ${String(CURL_SECONDS)} '${url}'`;
  const [ssh = 'ssh', ...machine] = from.ssh;
  const onMachine = (command: string) => [ssh, ...SSH_OPTIONS, ...machine, command];
  const answer = await run(onMachine(curl), '', SSH_MS);
  if (answer.code !== 0) throw new Error(reason(answer, from, to));
  if (subjectOf(answer.stdout) !== `acct:${account}`) {
    throw new Error(`${to.domain} answers for another account: ${answer.stdout.slice(0, 200)}`);
  }
  if (from.software !== 'official')
    return 'over HTTPS and WebFinger (the stand-in for Mastodon has no federation)';

  // In Mastodon's source: app/services/resolve_account_service.rb.
  const ruby = `account = ResolveAccountService.new.call('${account}', suppress_errors: false, skip_cache: true)
abort 'nothing was found' unless account
puts account.uri
`;
  const command = 'sudo /usr/local/lib/mastodon/in-mastodon bin/rails runner -';
  const resolved = await run(onMachine(command), ruby, MASTODON_MS);
  if (resolved.code !== 0) {
    const lines = resolved.stderr.trim().split('\n').slice(-3).join(' ');
    throw new Error(`WebFinger answers, but Mastodon on ${from.domain} can't fetch the account: ${lines}`);
  }
  return `as ${resolved.stdout.trim()}`;
}

function subjectOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { subject?: unknown }).subject;
  } catch {
    return undefined;
  }
}

const makeLocal = (slot: number, target = 'local') =>
  `${slot === 0 ? '' : `LOCAL_SLOT=${String(slot)} `}make ${target}`;

/** Why the look-up failed, by the exit status of curl (its manual, EXIT CODES), or of ssh. */
function reason({ code, stderr }: Ended, from: AnnouncedServer, to: AnnouncedServer): string {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  switch (code) {
    case null:
      return `the machine of ${from.domain} did not answer in ${String(SSH_MS / 1_000)} s. Run: ${makeLocal(from.slot)}`;
    case 255:
      return `SSH to the machine of ${from.domain} failed: ${said}. Run: ${makeLocal(from.slot)}`;
    case 6:
      return `the name ${to.domain} has no address there, so the other cloud's name server does not run. Run: ${makeLocal(to.slot)}`;
    case 7:
    case 28:
      return `${to.domain} can't be reached (${said}). Run: ${makeLocal(to.slot)}`;
    case 60:
      return (
        `the certificate of ${to.domain} is not trusted there, as one of the servers is older than their common authority. ` +
        `Create both again: ${makeLocal(from.slot, 'local-down')}; ${makeLocal(to.slot, 'local-down')}; then make local for each`
      );
    default:
      return said;
  }
}

const spawned: Run = ([command = '', ...args], input, timeout) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout, stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.stdin.on('error', () => undefined).end(input); // ssh may end first
    child.on('error', reject).on('close', (code) => {
      resolve({ code, ...output });
    });
  });
