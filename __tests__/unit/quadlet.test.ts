/** What Podman 4.9.3 makes of our container files, as recorded: whether it is that of today's files, and what counts in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTAINERS, recordedUnits } from '../support/quadlet/units';

const recorded = recordedUnits();
const files = readdirSync(CONTAINERS).filter((name) => name.endsWith('.container'));

test.each(files)('%s is the one of which the units were recorded', (file) => {
  const unit = recorded.get(file.replace(/container$/, 'service')) ?? [];
  const source = readFileSync(join(CONTAINERS, file), 'utf8').split('\n').map((line) => line.replace(/^\[Container\]$/, '[X-Container]')); // prettier-ignore
  const changed = source.filter((line) => !unit.includes(line));
  // Record them again: RECORD=1 make nightly ONLY=quadlet
  expect(changed).toEqual([]);
});

test.each([...recorded])(
  '%s starts a container without rights, outside of the control groups of its own',
  (_, unit) => {
    const start = unit.filter((line) => line.startsWith('ExecStart=')).join('\n');
    for (const flag of ['--security-opt=no-new-privileges', '--cap-drop=all', '--read-only', '--pull never'])
      expect(start).toContain(flag);
    // The last one counts: crun makes no group of its own, whatever Quadlet asks for before.
    expect([...start.matchAll(/--cgroups=(\w+)/g)].at(-1)?.[1]).toBe('disabled');
  },
);
