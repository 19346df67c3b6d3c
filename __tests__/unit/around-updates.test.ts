/** An update of PostgreSQL or Redis by its package: Mastodon pauses for it, and for nothing else. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const cloudInit = join(__dirname, '../../cloud-init/handover');
const PROGRAM = join(cloudInit, 'usr/local/lib/mastodon/around-updates');
const POSTGRESQL = '/var/cache/apt/archives/postgresql-16_16.11-0ubuntu0.24.04.1_amd64.deb\n';
const REDIS = '/var/cache/apt/archives/redis-server_5%3a7.0.15-1build2_amd64.deb\n';
const UNITS = ['mastodon-sidekiq@default.service', 'mastodon-sidekiq@push.service'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'around-updates-'));
  mkdirSync(join(folder, 'mastodon'));
  writeFileSync(join(folder, 'asked'), '');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const program = (name: string, body: string) => {
  writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
};

interface Machine {
  readonly databaseStarts?: boolean;
  readonly redisAnswers?: boolean;
  readonly stop?: string;
  readonly inConverge?: boolean;
}

function run(
  when: string,
  files = '',
  { databaseStarts = true, redisAnswers = true, stop = ':', inConverge = false }: Machine = {},
) {
  const note = (as: string) => `echo "${as} $* page:$([[ -e ${folder}/mastodon/update-page ]] && echo yes)" >>${folder}/asked`; // prettier-ignore
  program(
    'systemctl',
    // The second one still starts.
    `case $* in
       list-units*--state=active,activating*) printf '%s loaded\\n' ${UNITS.join(' ')} ;;
       list-units*) echo '${UNITS[0] ?? ''} loaded' ;;
       *) ${note('systemctl')}; ${stop} ;;
     esac`,
  );
  program('ss', 'true');
  program('start-database', `${note('start-database')}; ${databaseStarts ? 'true' : 'exit 1'}`);
  // While it loads its data it refuses.
  program('redis-cli', redisAnswers ? 'echo PONG' : 'echo "LOADING Redis is loading the dataset in memory"');
  program('alert', note('alert'));
  const text = readFileSync(PROGRAM, 'utf8')
    .replaceAll('/run/mastodon', `${folder}/mastodon`)
    .replace('"/usr/local/lib/mastodon"', `"${folder}"`)
    .replace('STOP_SECONDS = 120', 'STOP_SECONDS = 1')
    .replace('REDIS_SECONDS = 120', 'REDIS_SECONDS = 1');
  writeFileSync(join(folder, 'around-updates'), text, { mode: 0o755 });
  const { status, stderr } = spawnSync(join(folder, 'around-updates'), [when], {
    input: files,
    encoding: 'utf8',
    env: {
      ...process.env,
      IN_CONVERGE: inConverge ? 'yes' : '',
      PATH: [folder, process.env.PATH].join(delimiter),
    },
  });
  const asked = readFileSync(join(folder, 'asked'), 'utf8').split('\n').filter(Boolean);
  return { status, said: stderr, asked };
}

const shown = () => existsSync(join(folder, 'mastodon/update-page'));

test.each([
  ['PostgreSQL', `/archives/libpq5_16.11_amd64.deb\n${POSTGRESQL}`],
  ['Redis', `/archives/redis-tools_5%3a7.0.15-1build2_amd64.deb\n${REDIS}`],
])(
  '%s: Sidekiq stops while the web still answers, then the page is shown, and both are taken back',
  (_, files) => {
    expect(run('before', files)).toEqual({
      status: 0,
      said: '',
      asked: [`systemctl stop ${UNITS.join(' ')} page:`],
    });
    expect(shown()).toBe(true);
    const { status, asked } = run('after');
    expect(status).toBe(0);
    expect(asked.slice(1)).toEqual([
      'start-database  page:yes',
      'systemctl start --no-block redis-server.service page:yes',
      `systemctl start --no-block ${UNITS.join(' ')} page:`,
      'alert clear postgresql-update page:',
      'alert clear redis-update page:',
    ]);
    expect(shown()).toBe(false);
    expect(run('after').asked).toEqual(asked);
  },
);

test.each([
  '/archives/postgresql-client-16_16.11_amd64.deb',
  '/archives/prometheus-postgres-exporter_0.15_amd64.deb',
  '/archives/postgresql-common_257_all.deb',
  '/archives/redis-tools_5%3a7.0.15-1build2_amd64.deb',
  // Its package replaces nginx's workers without a pause.
  '/archives/nginx_1.24.0-2ubuntu7.5_amd64.deb',
  '/archives/linux-image-6.8.0-90-generic_6.8.0-90.91_amd64.deb',
  '',
])('%s pauses nothing', (file) => {
  expect(run('before', `${file}\n`)).toEqual({ status: 0, said: '', asked: [] });
  expect(shown()).toBe(false);
  expect(run('after').asked).toEqual([]);
});

test.each([
  ['PostgreSQL', POSTGRESQL, { databaseStarts: false }, 'postgresql-update PostgreSQL does not start'],
  ['Redis', REDIS, { redisAnswers: false }, 'redis-update Redis does not answer'],
])(
  'a %s that does not start leaves the page, and an alert with the command that takes it back',
  (_, files, machine, raised) => {
    run('before', files);
    const { status, asked } = run('after', '', machine);
    expect(status).toBe(1);
    expect(asked.at(-1)).toMatch(new RegExp(`^alert raise ${raised} .*around-updates after`));
    expect(shown()).toBe(true);
    expect(run('after').status).toBe(0);
    expect(shown()).toBe(false);
  },
);

test('a Sidekiq that does not stop within its limit does not keep the update out', () => {
  const { status, said } = run('before', POSTGRESQL, { stop: 'exec sleep 60' });
  expect(status).toBe(0);
  expect(said).toContain('the update continues, though Mastodon could not be paused');
  expect(run('after').asked).toContain(`systemctl start --no-block ${UNITS.join(' ')} page:`);
});

test('neither is updated in the middle of a restore or an upgrade, but by converge itself', async () => {
  const lock = join(folder, 'mastodon/converge.lock');
  writeFileSync(lock, '');
  const holder = spawn('flock', ['--no-fork', lock, 'bash', '-c', 'echo; exec sleep 60']);
  await once(holder.stdout, 'data');
  const { status, said, asked } = run('before', POSTGRESQL);
  expect([status, asked]).toEqual([1, []]);
  expect(said).toContain('PostgreSQL is not updated while converge, a restore or an import is at work');
  expect(run('before', REDIS).said).toContain('Redis is not updated while converge');
  expect(run('before', '/archives/jq_1.7_amd64.deb\n').status).toBe(0);
  expect(run('before', POSTGRESQL, { inConverge: true }).status).toBe(0);
  holder.kill();
  await once(holder, 'exit');
});

test('apt runs it around dpkg, and nginx shows the page', () => {
  const apt = readFileSync(join(cloudInit, 'etc/apt/apt.conf.d/52mastodon'), 'utf8');
  expect(apt).toMatch(/^DPkg::Pre-Install-Pkgs \{".*\/around-updates before";\};$/m);
  expect(apt).toMatch(/^DPkg::Post-Invoke \{".*\/around-updates after \|\| true";\};$/m);
  const text = readFileSync(PROGRAM, 'utf8');
  const page = /PAGE = Path\("(.*)"\)/.exec(text)?.[1] ?? 'none';
  expect(readFileSync(join(cloudInit, 'etc/nginx/mastodon/maintenance.conf'), 'utf8')).toContain(
    `if (-f ${page}) {`,
  );
});
