/**
 * A converge that has nothing to do, beside an Ansible playbook of the same steps that has nothing to do: both by SSH from this
 * computer, in turns. ansible-core comes from Python's package index.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DOMAIN, LocalServer } from '../__tests__/support/machine/local-server';
import { type Figure, type Section, seconds } from './figures';

const run = promisify(execFile);

/** Beside whatever `make local` made. */
const SLOT = 8;
const ANSIBLE = 'ansible-core==2.18.6';
const checkout = join(__dirname, '..');

export const ansible: Section = {
  title: 'Nothing to do: converge and Ansible',
  ratios: [{ name: 'Ansible to converge', of: 'Ansible playbook', to: 'converge' }],
  run: async (runs) => {
    const program = await installed();
    const folder = mkdtempSync(join(tmpdir(), 'ansible-'));
    const server = await LocalServer.prepare(SLOT);
    try {
      await server.stack.up();
      const play = await playbook(server, program, folder);
      await play(); // once: what it finds out at first
      const times: Record<'converge' | 'ansible', number[]> = { converge: [], ansible: [] };
      for (let n = 0; n < runs; n += 1) {
        times.converge.push(await seconds(() => converge(server)));
        times.ansible.push(await seconds(play));
      }
      return [
        { name: 'converge', unit: 's', values: times.converge, note: 'With the log-in by SSH.' },
        {
          name: 'Ansible playbook',
          unit: 's',
          values: times.ansible,
          note: `${ANSIBLE}, with pipelining and a connection that stays open between tasks; no facts are gathered.`,
        },
      ] satisfies Figure[];
    } finally {
      await server.remove();
      rmSync(folder, { recursive: true });
    }
  },
};

/** The path of ansible-playbook, which is installed where it isn't there. */
async function installed(): Promise<string> {
  const folder = join(checkout, '.local', 'ansible');
  const program = join(folder, 'bin', 'ansible-playbook');
  if (existsSync(program)) return program;
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', ANSIBLE]);
  return program;
}

async function converge(server: LocalServer): Promise<void> {
  const said = await server.ssh('alice', 'sudo converge');
  if (!said.endsWith(' 0 changes\n')) throw new Error(`converge had something to do:\n${said}`);
}

/** Runs the playbook on the server, with the files and units that converge manages there. */
async function playbook(server: LocalServer, program: string, folder: string): Promise<() => Promise<void>> {
  const { publicAddress, sshHostKey } = await server.outputs();
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  const archive = await run(
    'ssh',
    [
      '-i',
      join(server.folder, 'alice'),
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
    ].concat(
      `alice@${publicAddress}`,
      'cd / && sed s,^/,, /var/lib/mastodon/{root,handover}.files | sudo tar --create --files-from=- | base64 --wrap=0',
    ),
    { maxBuffer: 1 << 28 },
  );
  execFileSync('tar', ['--extract', '--preserve-permissions', '--directory', tree], {
    input: Buffer.from(archive.stdout, 'base64'),
  });
  const units = (
    await server.ssh(
      'alice',
      `systemctl list-units --plain --no-legend --state=active 'mastodon-*' nginx.service redis-server.service 'postgresql@*' certbot.timer | cut -d' ' -f1`,
    )
  )
    .trim()
    .split('\n');
  const { mastodon } = await server.settings();
  const variables = {
    tree,
    units,
    domain: DOMAIN,
    administrators: ['alice', 'bob'],
    packages: readFileSync(join(checkout, 'cloud-init', 'packages'), 'utf8')
      .trim()
      .split('\n'),
    images: [
      `${mastodon.webImage}@${mastodon.webDigest}`,
      `${mastodon.streamingImage}@${mastodon.streamingDigest}`,
    ],
  };
  writeFileSync(join(folder, 'variables.json'), JSON.stringify(variables));
  writeFileSync(join(folder, 'known_hosts'), `${publicAddress} ${sshHostKey}\n`);
  const args = [
    ...['--inventory', `${publicAddress},`, '--user', 'alice', '--private-key', join(server.folder, 'alice')],
    ...['--ssh-common-args', `-o UserKnownHostsFile=${join(folder, 'known_hosts')} -o ControlPersist=60s`],
    ...['--extra-vars', `@${join(folder, 'variables.json')}`],
    join(__dirname, 'ansible', 'playbook.yml'),
  ];
  return async () => {
    const { stdout } = await run(program, args, {
      env: { ...process.env, ANSIBLE_PIPELINING: 'True', ANSIBLE_NOCOLOR: '1' },
      maxBuffer: 1 << 26,
    }).catch((error: unknown) => {
      // Its standard output has the failure.
      throw new Error(`Ansible failed:\n${String((error as { stdout?: string }).stdout)}`);
    });
    if (!/ changed=0 /.test(stdout)) throw new Error(`Ansible had something to do:\n${stdout}`);
  };
}
