/** What the machine's own housekeeping deletes each day, with a tootctl that notes what it is asked. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SCRIPT = readFileSync(
  join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/housekeeping'),
  'utf8',
);

/** The commands of one of its tasks. */
function commandsOf(task: string, settings: string): string[] {
  const [body = ''] = new RegExp(`^${task}\\(\\) \\{.*?^\\}`, 'ms').exec(SCRIPT) ?? [];
  const said = execFileSync('bash', ['-euc', `tootctl() { echo "$*"; }\n${settings}\n${body}\n${task}`], {
    encoding: 'utf8',
  });
  return said.split('\n').filter(Boolean);
}

test.each([
  [7, 30],
  [30, 30],
  [90, 90],
])(
  'copies of other servers’ media go after %i days, pictures of profiles, which do not come back by themselves, after %i',
  (days, profiles) => {
    expect(commandsOf('remote_media', `remote_media_days=${String(days)}`)).toEqual([
      `media remove --days ${String(days)}`,
      `media remove --prune-profiles --days ${String(profiles)}`,
    ]);
  },
);

test.each([
  ['0', []],
  ['23', ['media remove --days 23']],
])('a limit in GB that leaves %s days keeps those', (days, commands) => {
  const fake = `/usr/local/sbin/mastodonctl() { [[ "$*" == 'remote-media days 200' ]] && echo ${days}; }
    number() { [[ $1 =~ ^[0-9]+$ ]] && echo "$1"; }`;
  expect(commandsOf('remote_media_limit', `remote_media_gb=200\n${fake}`)).toEqual(commands);
});

test('what is no number of days deletes nothing', () => {
  const fake = `/usr/local/sbin/mastodonctl() { return 1; }
    number() { [[ $1 =~ ^[0-9]+$ ]] && echo "$1"; }`;
  expect(() => commandsOf('remote_media_limit', `remote_media_gb=200\n${fake}`)).toThrow('Command failed');
});

test('nothing of other servers goes where the setting says so', () => {
  expect(commandsOf('remote_media', 'remote_media_days=0')).toEqual([]);
});
