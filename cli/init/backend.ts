/** Where the stack's state is kept, and the stack itself. */
import { input, password, select } from '@inquirer/prompts';
import { failed, OperationError, type PulumiCli } from '../lib/pulumi-cli';

const FORM = /^([a-z\d][\w-]*\/)?[a-z][a-z\d-]{0,29}$/;
const EXPECTED =
  'expected a small letter, then at most 29 small letters, digits and -: what the stack has at Civo is named after it';

export interface Place {
  /** The stack's name. */
  readonly stack: string | undefined;
  /** The URL of where its state is kept, as `pulumi login` takes it. */
  readonly backend: string | undefined;
}

/** Logs in, and makes or selects the stack. Returns its name, without its organization. */
export async function openStack(pulumi: PulumiCli, terminal: boolean, place: Place): Promise<string> {
  const backend = await logIn(pulumi, terminal, place.backend);
  console.log(`✓ the state is kept in ${backend}`);
  if (!isCloud(backend)) await requirePassphrase(terminal);

  const name = place.stack ?? (terminal ? await askName() : 'prod');
  if (!FORM.test(name)) throw new OperationError(`--stack ${name}: ${EXPECTED}`);
  await pulumi.output(['stack', 'select', '--create', name, '--non-interactive']);
  const resources = await pulumi.resourceCount();
  if (resources > 0) {
    throw new OperationError(
      `The stack ${name} has ${String(resources)} resources already: change its settings in Pulumi.${name}.yaml, then pulumi up.`,
    );
  }
  console.log(`✓ the stack is ${name}`);
  return name.split('/').at(-1) ?? name;
}

/** A login that exists stays; `BACKEND` logs in elsewhere. */
async function logIn(pulumi: PulumiCli, terminal: boolean, wanted: string | undefined): Promise<string> {
  const current = wanted === undefined ? await backendOf(pulumi) : undefined;
  if (current !== undefined) return current;
  if (wanted === undefined && !terminal) {
    throw new OperationError(
      'Where is the state to be kept? --backend https://api.pulumi.com (then PULUMI_ACCESS_TOKEN, too), file://FOLDER or s3://BUCKET?endpoint=…',
    );
  }
  const url = wanted ?? (await askBackend());
  // Only Pulumi Cloud has something to ask for: the access token, or a browser.
  const asks = terminal && /^https?:/.test(url);
  const code = await pulumi.shown(['login', url, ...(asks ? [] : ['--non-interactive'])]);
  const backend = code === 0 ? await backendOf(pulumi) : undefined;
  if (backend === undefined) throw new OperationError(`pulumi login ${url} failed: see above what it says.`);
  return backend;
}

const isCloud = (url: string) => /^https?:/.test(url);

async function backendOf(pulumi: PulumiCli): Promise<string | undefined> {
  const done = await pulumi.run(['whoami', '--verbose', '--json', '--non-interactive']);
  if (done.code === 0) return (JSON.parse(done.stdout) as { url: string }).url;
  if (/login/i.test(done.stderr)) return undefined;
  throw failed(done);
}

async function askBackend(): Promise<string> {
  const kind = await select({
    message: "Where is the stack's state to be kept?",
    choices: [
      { value: 'cloud', name: 'Pulumi Cloud: an account there; for teams' },
      {
        value: 'bucket',
        name: 'a bucket at Civo, made for it: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY open it',
      },
      { value: 'folder', name: 'a folder on this computer: keep a copy elsewhere' },
    ],
  });
  if (kind === 'cloud') return 'https://api.pulumi.com';
  if (kind === 'folder') return `file://${await input({ message: 'Which folder?', default: '~' })}`;
  const bucket = await input({ message: "The bucket's name", required: true });
  const region = await input({ message: 'Its region', default: 'LON1' });
  return bucketUrl(bucket, `objectstore.${region.toLowerCase()}.civo.com`, region);
}

/** As Pulumi wants an S3 bucket that isn't Amazon's; Civo's store is reported to refuse the checksums of new clients. */
const bucketUrl = (bucket: string, endpoint: string, region: string) =>
  `s3://${bucket}?endpoint=${endpoint}&region=${region}&s3ForcePathStyle=true&request_checksum_calculation=when_required`;

/** Outside of Pulumi Cloud secrets are encrypted with a passphrase, which Pulumi takes from the environment. */
async function requirePassphrase(terminal: boolean): Promise<void> {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  if ((PULUMI_CONFIG_PASSPHRASE ?? PULUMI_CONFIG_PASSPHRASE_FILE) !== undefined) return;
  if (!terminal) {
    throw new OperationError(
      "Which passphrase encrypts the stack's secrets? PULUMI_CONFIG_PASSPHRASE_FILE=file. Keep it: nothing opens them without it.",
    );
  }
  process.env.PULUMI_CONFIG_PASSPHRASE = await password({
    message: "Passphrase for the stack's secrets, new or as before (keep it: nothing opens them without it)",
    mask: true,
    validate: (text) => text.length >= 12 || 'expected at least 12 characters',
  });
}

const askName = () =>
  input({ message: "The stack's name", default: 'prod', validate: (text) => FORM.test(text) || EXPECTED });
