/** When a machine reboots for an update: the machine's own script, with programs that note what they are asked. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const SCRIPT = readFileSync(
  join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/reboot'),
  'utf8',
);
const HOUR = 3600;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reboot-'));
  for (const name of ['bin', 'var']) mkdirSync(join(folder, name));
  for (const file of ['asked', 'converge.lock', 'dpkg-status']) writeFileSync(join(folder, file), '');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const program = (name: string, body: string) => {
  writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
};

interface Machine {
  /** When the window began, in hours from now. */
  readonly window?: number;
  readonly rebootRequired?: boolean;
  readonly needrestart?: string;
  /** Seconds since the boot, and since the package system was at work. */
  readonly up?: number;
  readonly changed?: number;
  /** The lock that another process holds. */
  readonly held?: 'machine' | 'converge';
  /** How many jobs Sidekiq is at, each time it is asked. */
  readonly busy?: readonly number[];
}

function run({
  window = -0.5,
  rebootRequired = false,
  needrestart = '',
  up = 10 * HOUR,
  changed = HOUR,
  held,
  busy = [0],
}: Machine): { status: number | null; said: string; asked: string[] } {
  const start = new Date(Date.now() + window * HOUR * 1000).toISOString().slice(11, 16);
  writeFileSync(join(folder, 'housekeeping-settings.sh'), `window_start=${start} window_minutes=120\n`);
  writeFileSync(join(folder, 'uptime'), `${String(up)}.27 1.00\n`);
  const time = Date.now() / 1000 - changed;
  utimesSync(join(folder, 'dpkg-status'), time, time);
  if (rebootRequired) writeFileSync(join(folder, 'reboot-required'), '');
  writeFileSync(join(folder, 'needrestart'), needrestart);
  writeFileSync(join(folder, 'busy'), `${busy.join('\n')}\n`);
  const note = `echo "$(basename "$0") $*" >>${folder}/asked`;
  program('systemctl', note);
  program('systemd-run', `cat ${folder}/needrestart`);
  program('podman', `${note}; [[ $1 != ps ]] || echo 0123`);
  program('sleep', note);
  program('redis-cli', `[[ $1 == hget ]] || { echo process; exit; }; head -n 1 ${folder}/busy; sed -i 1d ${folder}/busy`); // prettier-ignore
  program('with-lock', `[[ "\${!#}" != ${held === 'converge' ? `${folder}/converge.lock` : held ? `${folder}/var` : 'none'} ]]`); // prettier-ignore
  const script = SCRIPT.replaceAll('/etc/mastodon', folder)
    .replaceAll('/usr/local/lib/mastodon/with-lock', 'with-lock')
    .replaceAll('/run/mastodon/converge.lock', `${folder}/converge.lock`)
    .replaceAll('/run/reboot-required', `${folder}/reboot-required`)
    .replaceAll('/var/lib/dpkg/status', `${folder}/dpkg-status`)
    .replaceAll('/var/lib/mastodon', `${folder}/var`)
    .replaceAll('/proc/uptime', `${folder}/uptime`);
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter) },
  });
  const asked = readFileSync(join(folder, 'asked'), 'utf8').split('\n').filter(Boolean);
  return { status, said: stdout + stderr, asked };
}

const REBOOTS = 'systemctl reboot';

test.each<[string, Machine]>([
  ['a new kernel that dpkg announced', { rebootRequired: true }],
  ['a newer kernel that is installed', { needrestart: 'NEEDRESTART-KSTA: 3\n' }],
  ['a library that PostgreSQL still uses', { needrestart: 'NEEDRESTART-SVC: postgresql@17-main.service\n' }],
])('%s is a reason', (_, machine) => {
  const { status, said, asked } = run(machine);
  expect([status, asked.at(-1)]).toEqual([0, REBOOTS]);
  expect(said).toMatch(/^rebooting for: (reboot-required|kernel|postgresql@17-main\.service)\n$/);
});

test.each<[string, Machine, string]>([
  ['nothing asks for it', { needrestart: 'NEEDRESTART-KSTA: 1\n' }, 'no update asks for a reboot'],
  [
    'nothing was installed since the boot, whatever needrestart reports',
    { needrestart: 'NEEDRESTART-SVC: dbus.service\n', up: HOUR, changed: 2 * HOUR },
    'no update asks for a reboot',
  ],
  ['the window is over', { rebootRequired: true, window: -3 }, 'the maintenance window is over'],
  ['the window has not begun', { rebootRequired: true, window: 2 }, 'the maintenance window is over'],
  [
    'a backup does not end in time',
    { rebootRequired: true, held: 'machine' },
    'a backup, a proof or housekeeping took the whole window',
  ],
  ['converge is at work', { rebootRequired: true, held: 'converge' }, 'converge or a restore is at work'],
])('it stays up where %s', (_, machine, reason) => {
  const { status, said, asked } = run(machine);
  expect([status, asked]).toEqual([0, []]);
  expect(said).toContain(reason);
});

test('Sidekiq takes no new job, and the ones in hand have five minutes', () => {
  const { asked } = run({ rebootRequired: true, busy: [2, 1, 0] });
  expect(asked).toEqual([
    'podman ps --filter name=sidekiq --quiet',
    'podman kill --signal TSTP 0123',
    'sleep 15',
    'sleep 5',
    'sleep 5',
    REBOOTS,
  ]);
  writeFileSync(join(folder, 'asked'), '');
  const longest = run({ rebootRequired: true, busy: Array.from({ length: 100 }, () => 1) }).asked;
  expect(longest.filter((line) => line === 'sleep 5')).toHaveLength(60);
  expect(longest.at(-1)).toBe(REBOOTS);
});
