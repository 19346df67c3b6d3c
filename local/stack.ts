import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';

import type { LocalCloud } from './cloud';
import { announce } from './federation';
import { ensureHostPackages } from './host-packages';
import type { MastodonImages } from './stand-in/build';
import type { Toolchain } from './toolchain';

const run = promisify(execFile);
const checkout = resolve(__dirname, '..');
const PROJECT = 'mastodon-on-civo';
const STACK = 'local';

/** The settings of Pulumi.local.yaml for a slot, by their names in the program. */
function localSettings(slot: number): Record<string, unknown> {
  const { config } = parse(readFileSync(join(checkout, 'Pulumi.local.yaml'), 'utf8')) as {
    config: Record<string, unknown>;
  };
  const settings = Object.entries(config).map(([key, value]) => [key.replace(`${PROJECT}:`, ''), value]);
  return settingsOfSlot(Object.fromEntries(settings) as Record<string, unknown>, slot);
}

/** The release of Mastodon that `make local` brings up: `mastodon.version` of Pulumi.local.yaml. */
export function localVersion(): string {
  const { mastodon } = localSettings(0) as { mastodon?: { version?: unknown } };
  if (typeof mastodon?.version === 'string') return mastodon.version;
  throw new Error('Pulumi.local.yaml: mastodon.version is missing; expected a release such as 4.7.6');
}

/** Slot 0 has the domain of the settings; slot 1 has `mastodon1.test` for `mastodon.test`, in all settings that name it. */
export function settingsOfSlot(settings: Record<string, unknown>, slot: number): Record<string, unknown> {
  const { domain } = settings;
  if (slot === 0 || typeof domain !== 'string') return settings;
  const own = domain.replace('.', `${String(slot)}.`);
  return JSON.parse(JSON.stringify(settings).replaceAll(domain, own)) as Record<string, unknown>;
}

/** The settings of Pulumi.local.yaml that this file completes. */
interface Config {
  administrators: { name: string; sshKey?: string }[];
  mastodon: Record<string, string>;
  acme: Record<string, string>;
  [key: string]: unknown;
}

/** The outputs of the program that the report uses. */
export interface Outputs {
  url: string;
  instanceId: string;
  publicAddress: string;
  sshHostKey: string;
  owner: { username: string; email: string; password: string };
}

/**
 * The stack `local`: the program of this checkout on a local cloud. Its state, its passphrase and the working copy of
 * Pulumi.local.yaml are in the cloud's state folder, so that the checkout stays as it is.
 */
export class LocalStack {
  private readonly env: NodeJS.ProcessEnv;
  private readonly configFile: string;

  constructor(
    private readonly cloud: LocalCloud,
    private readonly toolchain: Toolchain,
  ) {
    const { stateFolder } = cloud;
    const backend = join(stateFolder, 'pulumi');
    const passphrase = join(stateFolder, 'pulumi-passphrase');
    mkdirSync(backend, { recursive: true, mode: 0o700 });
    if (!existsSync(passphrase))
      writeFileSync(passphrase, randomBytes(24).toString('base64url'), { mode: 0o600 });
    this.configFile = join(stateFolder, `Pulumi.${STACK}.yaml`);
    this.env = {
      ...toolchain.env,
      ...cloud.env,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
    // It would win over the file.
    delete this.env.PULUMI_CONFIG_PASSPHRASE;
  }

  /** Makes the stack if it isn't there, and brings its settings up to date. */
  async prepare(
    images: MastodonImages | undefined,
    settings = localSettings(this.cloud.slot),
  ): Promise<void> {
    copyFileSync(join(checkout, 'Pulumi.yaml'), join(this.cloud.stateFolder, 'Pulumi.yaml'));
    const working = existsSync(this.configFile)
      ? (parse(readFileSync(this.configFile, 'utf8')) as object)
      : {};
    const complete = await this.complete(settings as Config, images);
    const named = Object.fromEntries(
      Object.entries(complete).map(([key, value]) => [`${PROJECT}:${key}`, value]),
    );
    writeFileSync(this.configFile, stringify({ ...working, config: named }), { mode: 0o600 });

    const listed = await this.pulumi(['stack', 'ls', '--json']);
    const stacks = JSON.parse(listed) as { name: string }[];
    if (!stacks.some(({ name }) => name.split('/').at(-1) === STACK))
      await this.pulumi(['stack', 'init', STACK, '--no-select']);
  }

  /** Gives a setting a value that is kept encrypted. */
  async setSecret(setting: string, value: string): Promise<void> {
    const flags = ['--secret', '--stack', STACK, '--config-file', this.configFile];
    // On standard input, where no process list shows it.
    await this.pulumi(['config', 'set', ...flags, `${PROJECT}:${setting}`], value);
  }

  /** What the program calls a bucket at Civo. */
  bucketOf(what: 'media' | 'backups'): string {
    return `mastodon-${STACK}-${what}`;
  }

  /** Runs `pulumi up`, its output shown as it comes. Returns how many resources it changed, and how many there are. */
  async up(): Promise<{ changed: number; all: number }> {
    const flags = ['--yes', '--skip-preview', '--suppress-outputs', '--stack', STACK];
    await this.shown(['up', ...flags, '--cwd', checkout, '--config-file', this.configFile]);
    const history = await this.pulumi(['stack', 'history', '--json', '--page-size', '1', '--stack', STACK]);
    const [last] = JSON.parse(history) as { resourceChanges?: Record<string, number> }[];
    const { same = 0, ...others } = last?.resourceChanges ?? {};
    const changed = Object.values(others).reduce((sum, count) => sum + count, 0);
    return { changed, all: same + changed };
  }

  async outputs(): Promise<Outputs> {
    return JSON.parse(
      await this.pulumi(['stack', 'output', '--json', '--show-secrets', '--stack', STACK]),
    ) as Outputs;
  }

  /** The command line that runs Pulumi on this stack by hand. */
  commandLine(command: string): string {
    const file = join(this.cloud.stateFolder, 'pulumi.env');
    const names = ['PULUMI_BACKEND_URL', 'PULUMI_CONFIG_PASSPHRASE_FILE'];
    const own = Object.fromEntries(names.map((name) => [name, this.env[name] ?? '']));
    const variables = Object.entries({ ...this.toolchain.exports, ...this.cloud.env, ...own });
    writeFileSync(file, variables.map(([name, value]) => `export ${name}='${value}'\n`).join(''), {
      mode: 0o600,
    });
    return `. ${file} && pulumi ${command} --stack ${STACK} --config-file ${this.configFile}`;
  }

  /** Lets `bin/mastodon --local` find the stack: cli/local-stack.ts reads this. */
  describe(administrator: string): void {
    const { cloud, toolchain } = this;
    const names = ['PULUMI_BACKEND_URL', 'PULUMI_CONFIG_PASSPHRASE_FILE'];
    const exports = Object.fromEntries(Object.entries(toolchain.exports).filter(([key]) => key !== 'PATH'));
    const description = {
      stack: STACK,
      configFile: this.configFile,
      admin: administrator,
      key: this.sshKeyFile(administrator),
      path: [dirname(toolchain.pulumi)],
      env: {
        ...exports,
        ...cloud.env,
        ...Object.fromEntries(names.map((name) => [name, this.env[name] ?? ''])),
        // The outside of a local server: what `doctor` asks and trusts, and rclone.
        RESOLVER: cloud.addresses.dns,
        NODE_EXTRA_CA_CERTS: cloud.acmeRoot,
        RCLONE_CA_CERT: join(cloud.stateFolder, 'ca.pem'),
      },
    };
    writeFileSync(join(cloud.stateFolder, 'stack.json'), JSON.stringify(description), { mode: 0o600 });
  }

  /** The settings with what is only known now. */
  private async complete(config: Config, images: MastodonImages | undefined): Promise<Config> {
    const noImage = `sha256:${'0'.repeat(64)}`; // never pulled: there is no machine
    return {
      ...config,
      administrators: await Promise.all(
        config.administrators.map(async (person) => ({ ...person, sshKey: await this.sshKey(person.name) })),
      ),
      mastodon: {
        ...config.mastodon,
        webImage: 'registry.civo.test/mastodon',
        webDigest: images?.web.digest ?? noImage,
        streamingImage: 'registry.civo.test/mastodon-streaming',
        streamingDigest: images?.streaming.digest ?? noImage,
      },
      acme: { ...config.acme, trust: readFileSync(this.cloud.acmeRoot, 'utf8') },
      vpnCidrs: [this.cloud.addresses.vpn.cidr],
      converge: !this.cloud.paper,
      apiEndpoint: this.cloud.civoApiUrl,
    };
  }

  /** The command line by which an administrator logs in. */
  sshCommandLine(name: string, outputs: Outputs): string {
    return this.ssh(name, outputs).join(' ');
  }

  /** The same as a command and its arguments; a command for the machine comes behind them. */
  ssh(name: string, { publicAddress, sshHostKey }: Outputs): string[] {
    const knownHosts = join(this.cloud.stateFolder, 'ssh', 'known_hosts');
    writeFileSync(knownHosts, `${publicAddress} ${sshHostKey}\n`);
    const options = ['-i', this.sshKeyFile(name), '-o', `UserKnownHostsFile=${knownHosts}`];
    return ['ssh', ...options, `${name}@${publicAddress}`];
  }

  /** Lets `make federate` find the server. */
  announce(outputs: Outputs, images: MastodonImages, administrator: string): void {
    const { config } = parse(readFileSync(this.configFile, 'utf8')) as { config: Record<string, string> };
    const domain = config[`${PROJECT}:domain`] ?? '';
    const ssh = this.ssh(administrator, outputs);
    announce(this.cloud.stateFolder, {
      ...{ slot: this.cloud.slot, domain, username: outputs.owner.username, software: images.kind, ssh },
    });
  }

  /** The private SSH key of an administrator. */
  sshKeyFile(name: string): string {
    return join(this.cloud.stateFolder, 'ssh', name);
  }

  private async sshKey(name: string): Promise<string> {
    const file = this.sshKeyFile(name);
    if (!existsSync(file)) {
      await ensureHostPackages(['openssh-client']);
      mkdirSync(join(this.cloud.stateFolder, 'ssh'), { recursive: true, mode: 0o700 });
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    }
    return readFileSync(`${file}.pub`, 'utf8').trim();
  }

  private async pulumi(args: string[], input = ''): Promise<string> {
    const options = { env: this.env, cwd: this.cloud.stateFolder, maxBuffer: 1 << 26 };
    const command = [...args, '--non-interactive'];
    try {
      const running = run(this.toolchain.pulumi, command, options);
      running.child.stdin?.end(input);
      return (await running).stdout;
    } catch (error) {
      const { stderr = String(error) } = error as { stderr?: string };
      throw new Error(`pulumi ${args.join(' ')} failed:\n${stderr.trim()}`);
    }
  }

  private shown(args: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.toolchain.pulumi, args, {
        env: this.env,
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        if (code === 0) resolve();
        else
          reject(
            new Error(
              `pulumi ${args[0] ?? ''} ended with ${String(code ?? signal)}; see above what it says.`,
            ),
          );
      });
    });
  }
}
