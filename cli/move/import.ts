/**
 * Brings an existing Mastodon server into a new stack, in two steps.
 *
 * Before the first `pulumi up` its secrets, which its data depends on, become the stack's; after it come the database and
 * the media, at once or each alone.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { messageOf } from '../../lib/message-of';
import { NAMESPACE } from '../../settings/namespace';
import { IMPORTED_SECRETS, SERVER_SECRETS, variableOf } from '../../settings/secret-names';
import { defaultMediaDomain } from '../../settings/types';
import { type Validation, validate } from '../../settings/validate';
import { plain, readConfig, writeConfig } from '../lib/stack-config';
import { parseEnv } from '../lib/dotenv';
import { type LeftOut, leftOut } from './left-out';
import { RemoteMachine } from '../lib/ssh';
import { copyMedia, MediaBucket } from './media';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';
import { type OldVariables, type TakenOver, takenOver, underNewNames, withSettings } from './taken-over';

/** Long enough for the rest of a move. */
const ORPHANS_KEPT_DAYS = 60;

export interface Import {
  /** The old server's environment file. */
  readonly env: string | undefined;
  /** A file of `pg_dump --format=custom`. */
  readonly dump: string | undefined;
  /** A folder, or a `remote:path` as rclone knows it. */
  readonly media: string | undefined;
  /**
   * Imports though people have accounts on the new server already; though what the old one's environment said of access and
   * media will not hold here; though the second factor of some people is lost.
   */
  readonly force: boolean;
}

export async function importServer(pulumi: PulumiCli, { env, dump, media, force }: Import): Promise<void> {
  if (env !== undefined && (dump ?? media) !== undefined) {
    throw new OperationError(
      '--env comes before the first "pulumi up", --dump and --media after it: in two commands.',
    );
  }
  if (env !== undefined) await importSecrets(pulumi, env, force);
  else if ((dump ?? media) !== undefined) await importData(pulumi, dump, media, force);
  else {
    throw new OperationError(
      'What is to be imported? First bin/mastodon import --env .env.production; after "pulumi up" bin/mastodon import --dump … --media …',
    );
  }
}

async function importSecrets(pulumi: PulumiCli, file: string, force: boolean): Promise<void> {
  const stack = await pulumi.stackName();
  if ((await pulumi.resourceCount()) > 0) {
    throw new OperationError(
      `The stack ${stack} has secrets of its own already. The old server's are for a new stack: pulumi stack init NAME`,
    );
  }
  const variables = read(file);
  const missing = SERVER_SECRETS.map(variableOf).filter((name) => !variables.get(name));
  if (missing.length > 0) {
    throw new OperationError(
      `${file} lacks ${missing.join(', ')}. Nothing is made up in their place, as data depends on them: update the old ` +
        'server to Mastodon 4.3 or later, or find the file that it really runs with.',
    );
  }
  const settings = plain(await readConfig(pulumi));
  requireSameNames(variables, settings);
  const taken = takenOver(variables, settings);
  const merged = withSettings(settings, taken.settings);
  const left = leftOut(variables, mediaDomainOf(merged));
  if (!force) refuseLoss(file, [...left.decisive, ...taken.invalid]);

  const found = IMPORTED_SECRETS.filter((name) => variables.get(variableOf(name)));
  const secrets = Object.fromEntries(found.map((name) => [name, variables.get(variableOf(name))]));
  const adopted = { from: 'server', secrets };
  const others = problems(validate({ ...merged, adopted }));
  const own = others.filter((problem) => problem.startsWith('adopted'));
  if (own.length > 0)
    throw new OperationError(`${file} can't be used:\n${own.map((one) => `  ${one}`).join('\n')}`);

  await pulumi.output(['config', 'set', '--secret', `${NAMESPACE}adopted`], JSON.stringify(adopted));
  await writeConfig(pulumi, taken.settings);
  const more = found.filter((name) => !SERVER_SECRETS.includes(name)).map(variableOf);
  console.log(
    `The stack ${stack} has the secrets of ${file}${more.map((name) => `, ${name} among them`).join('')}.`,
  );
  for (const line of account(taken, left)) console.log(line);
  if (others.length > 0)
    console.log(`Before "pulumi up" these settings have to be right:\n  ${others.join('\n  ')}`);
  console.log('Next: pulumi up, then bin/mastodon import --dump … --media …');
}

/** What became of each variable, without its value. */
function account({ names, kept, invalid }: TakenOver, left: LeftOut): string[] {
  const own = new Set<string>([...IMPORTED_SECRETS.map(variableOf), ...names]);
  const replaced = left.replaced.filter((name) => !own.has(name));
  const line = (what: string, which: readonly string[], between = ', ') =>
    which.length > 0 ? [`${what}${between === ', ' ? ' ' : between}${which.join(between)}`] : [];
  return [
    ...line('Taken over into the settings:', names),
    ...line('Not taken over, as settings of this stack say it already:', kept),
    ...line('Not taken over, as the machine has its own:', replaced),
    ...line('Not taken over:', [...left.decisive, ...invalid, ...left.refused], '\n  '),
    ...line('Not taken over, as Mastodon does not have them; a fork reads them from mastodon.extraEnvironment:', left.unknown), // prettier-ignore
  ];
}

/** The setting, or its default. */
function mediaDomainOf({ domain, webDomain, mediaDomain }: Readonly<Record<string, unknown>>): string {
  const [media, web, own] = [mediaDomain, webDomain, domain].map((one) =>
    typeof one === 'string' ? one : undefined,
  );
  return media ?? defaultMediaDomain(web ?? own ?? '');
}

function read(file: string): OldVariables {
  try {
    return underNewNames(parseEnv(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new OperationError(`--env ${file} can't be read: ${messageOf(error)}`);
  }
}

/** Who gets in, and where media are, must not change without a word. */
function refuseLoss(file: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  throw new OperationError(
    `${file} has what can't be taken over as it is, and without which the server would be another one:\n` +
      `${lines.map((line) => `  ${line}`).join('\n')}\n` +
      'Nothing was changed. Where that is meant, or you see to it yourself: --force',
  );
}

/** The names are in every post and every other server: they can't change. */
function requireSameNames(
  variables: ReadonlyMap<string, string>,
  settings: Readonly<Record<string, unknown>>,
): void {
  const local = variables.get('LOCAL_DOMAIN');
  const names = { domain: local, webDomain: variables.get('WEB_DOMAIN') || local };
  const here = { domain: settings.domain, webDomain: settings.webDomain ?? settings.domain };
  for (const key of ['domain', 'webDomain'] as const) {
    if (names[key] === here[key]) continue;
    throw new OperationError(
      `The old server's ${key === 'domain' ? 'LOCAL_DOMAIN' : 'WEB_DOMAIN'} is ${names[key] ?? 'missing'}, the setting ${key} ` +
        `is ${JSON.stringify(here[key] ?? 'missing')}. They have to be the same: pulumi config set ${key} ${names[key] ?? '…'}`,
    );
  }
}

const problems = (validation: Validation): readonly string[] =>
  'problems' in validation ? validation.problems : [];

async function importData(
  pulumi: PulumiCli,
  dump: string | undefined,
  media: string | undefined,
  force: boolean,
): Promise<void> {
  const outputs = await pulumi.outputs();
  const machine = RemoteMachine.of(outputs, pulumi.login);
  const file = dump === undefined ? undefined : openDump(dump);
  if (media !== undefined) {
    const bucket = await MediaBucket.of(pulumi, outputs);
    await keepOrphans(machine);
    console.log(`copying media from ${media} …`);
    await copyMedia(media, bucket);
    // A large copy takes days.
    await keepOrphans(machine);
  }
  if (file !== undefined) {
    const size = String(fstatSync(file).size);
    const program = ['sudo', '/usr/local/sbin/mastodonctl', 'import-database'];
    await machine.run([...program, '--size', size, ...(force ? ['--force'] : [])], { input: file });
    closeSync(file);
  }
}

/** Until the database that names them is imported, the machine's housekeeping would take all imported media for orphans. */
async function keepOrphans(machine: RemoteMachine): Promise<void> {
  const reason = 'media were imported';
  await machine.run(['sudo', '/usr/local/lib/mastodon/orphans', 'keep', String(ORPHANS_KEPT_DAYS), reason]);
}

/** A file descriptor at the beginning of a dump. */
function openDump(name: string): number {
  const magic = Buffer.alloc(5);
  let file: number;
  try {
    file = openSync(name, 'r');
    readSync(file, magic, 0, 5, 0);
  } catch (error) {
    throw new OperationError(`--dump ${name} can't be read: ${messageOf(error)}`);
  }
  if (magic.toString('latin1') === 'PGDMP') return file;
  throw new OperationError(
    `--dump ${name} is no dump in PostgreSQL's custom format. Make one: pg_dump --format=custom --file=mastodon.dump mastodon_production`,
  );
}
