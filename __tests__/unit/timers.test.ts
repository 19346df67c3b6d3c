/** Which timers `80-timers.sh` starts, and what it clears where one is no longer there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const step = join(__dirname, '../../cloud-init/steps/2-handover/80-timers.sh');
const FORGET = '/usr/local/sbin/mastodonctl releases --forget';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timers-'));
  mkdirSync(join(folder, 'alerts'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The changes of the step, on a machine with or without the unit of the releases. */
function changes(watches: boolean): string[] {
  const unit = join(folder, 'mastodon-releases.timer');
  if (watches) writeFileSync(unit, '');
  const script = join(folder, 'step.sh');
  const text = readFileSync(step, 'utf8');
  writeFileSync(script, text.replace('/etc/systemd/system/mastodon-releases.timer', unit));
  const { stdout, stderr, status } = spawnSync(
    'bash',
    [
      '-euc',
      `state=${folder}
      change() { shift; echo "$*"; }
      when_changed() { :; }
      systemctl() { return 1; }
      grep() { return 1; }
      source ${script}`,
    ],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line.includes('releases'));
}

test('the watch for releases is started where its unit is', () => {
  expect(changes(true)).toEqual(['systemctl enable --now --quiet mastodon-releases.timer']);
});

test('where it was turned off its alerts and its record are cleared, once', () => {
  expect(changes(false)).toEqual([]);
  writeFileSync(join(folder, 'releases.json'), '{}');
  expect(changes(false)).toEqual([FORGET]);
  rmSync(join(folder, 'releases.json'));
  writeFileSync(join(folder, 'alerts', 'mastodon-releases.service'), 'failed');
  expect(changes(false)).toEqual([FORGET]);
});
