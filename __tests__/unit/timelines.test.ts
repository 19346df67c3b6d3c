/** The names of objects in the backup bucket come from whoever has its key. Bash runs what stands in the brackets of an index. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const database = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/database.sh');
const folder = mkdtempSync(join(tmpdir(), 'timelines-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The timelines, with what pgBackRest would list. */
function timelines(listed: Record<string, { type?: string; time?: unknown }>) {
  writeFileSync(join(folder, 'pg_lsclusters'), `#!/bin/bash\necho '17 main 5432'\n`, { mode: 0o755 });
  writeFileSync(join(folder, 'listed'), JSON.stringify(listed));
  const script = `set -euo pipefail; source ${database}; backrest() { cat ${folder}/listed; }; list_timelines`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) },
  });
  return { status, lines: stdout.split('\n').filter(Boolean), stderr };
}

test('timelines are listed oldest first, with their number', () => {
  const listed = {
    '17-1/0000000A.history': { type: 'file', time: 20 },
    '17-1/00000002.history': { type: 'file', time: 10 },
    '17-1': { type: 'path' },
  };
  expect(timelines(listed)).toEqual({
    status: 0,
    lines: ['10 2 archive/mastodon/17-1/00000002.history', '20 10 archive/mastodon/17-1/0000000A.history'],
    stderr: '',
  });
});

test('a name that is no timeline is passed over, and nothing in it is run', () => {
  const mark = join(folder, 'ran');
  const command = `PIPESTATUS[$(touch\${IFS}${mark})]`;
  const names = [
    `17-1/${command}.history`,
    `17-1/00000002${command}.history`,
    `17-1/${command}/00000002.history`,
    '17-1/0000002.history',
    '17-1/00000002.history\n1 2 x',
    '../00000002.history/..',
  ];
  const hostile = Object.fromEntries(names.map((name) => [name, { type: 'file', time: 1 }]));
  const times = { '17-1/00000003.history': { type: 'file', time: command } };
  expect(timelines({ ...hostile, ...times })).toEqual({ status: 0, lines: [], stderr: '' });
  expect(existsSync(mark)).toBe(false);
});
