/**
 * Writes a whole Mastodon server into a folder, as any other installation can take it: database, media, and the environment
 * with its secrets.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMPORTED_SECRETS, variableOf } from '../../settings/secret-names';
import { fromCaller } from '../lib/checkout';
import { writeEnv } from '../lib/dotenv';
import { RemoteMachine } from '../lib/ssh';
import { copyMedia, MediaBucket } from './media';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

/** As Mastodon's own login, which owns all that is dumped. */
const DUMP = ['sudo', '/usr/local/lib/mastodon/in-database', 'pg_dump', '--format=custom'];

/** What web and Sidekiq read, and streaming; some of it is in both of the last two. */
const FILES = ['mastodon', 'secrets', 'rails', 'streaming'].map((name) => `/etc/mastodon/${name}.env`);

export interface Export {
  /** Where it is written; it must be empty. */
  readonly folder: string | undefined;
  readonly media: boolean;
}

export async function exportServer(pulumi: PulumiCli, { folder: wanted, media }: Export): Promise<void> {
  const outputs = await pulumi.outputs();
  const machine = RemoteMachine.of(outputs, pulumi.login);
  const host = new URL(outputs.url ?? 'https://mastodon').hostname;
  const today = new Date().toISOString().slice(0, 10);
  const folder = wanted ?? fromCaller(`export-${host}-${today}`);
  makeFolder(folder);

  const environment = await machine.run(['sudo', 'cat', ...FILES], { input: 'ignore', output: 'text' });
  writeFileSync(join(folder, '.env.production'), exportedEnvironment(environment), { mode: 0o600 });

  // The database first: media that come while it is copied are superfluous, the other way round they would be missing.
  console.log('dumping the database …');
  await dumpDatabase(machine, join(folder, 'database.dump'));
  if (media) {
    console.log('copying media …');
    await copyMedia(await MediaBucket.of(pulumi, outputs), join(folder, 'media'));
  }
  writeFileSync(join(folder, 'README.md'), readme(host, today));
  console.log(
    `${folder} holds ${host}, secrets included: keep it as you keep them. README.md there describes its files.`,
  );
}

function makeFolder(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new OperationError(
      `--folder ${folder} is not empty; nothing in it is overwritten. Give another one.`,
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Half a dump never has the name of a whole one. */
async function dumpDatabase(machine: RemoteMachine, file: string): Promise<void> {
  const output = openSync(`${file}.part`, 'wx', 0o600);
  try {
    await machine.run(DUMP, { input: 'ignore', output });
  } finally {
    closeSync(output);
  }
  renameSync(`${file}.part`, file);
}

/** The `.env.production` of environment files of the machine: nothing in those is quoted. */
export function exportedEnvironment(text: string): string {
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
  return writeEnv(
    new Map(
      lines.map((line) => {
        const end = line.indexOf('=');
        return [line.slice(0, end), line.slice(end + 1)];
      }),
    ),
  );
}

function readme(host: string, date: string): string {
  return `# ${host}, exported on ${date}

| file | what it is | how it goes into another installation |
| --- | --- | --- |
| \`.env.production\` | Mastodon's environment with all secrets | keep ${IMPORTED_SECRETS.map((name) => `\`${variableOf(name)}\``).join(', ')}, where they are there: without them the data can't be read. \`LOCAL_DOMAIN\` and \`WEB_DOMAIN\` can never change. \`DB_*\`, \`REDIS_*\`, \`S3_*\`, \`AWS_*\` and \`SMTP_*\` are of the old place: replace them. Values are quoted for dotenv; Docker's \`env_file\` wants them without quotes |
| \`database.dump\` | the database, \`pg_dump --format=custom\` | \`pg_restore --no-owner --role=mastodon --dbname=mastodon_production database.dump\`, then \`rails db:migrate\` |
| \`media/\` | every object of the media bucket | the content goes to the top of a bucket, or into \`public/system\` |

Afterwards: \`tootctl feeds build\`. Jobs that were waiting in Redis are not part of this.

Into a stack of this program: \`bin/mastodon import --env .env.production\`, \`pulumi up\`, \`bin/mastodon import --dump database.dump --media media\`.
`;
}
