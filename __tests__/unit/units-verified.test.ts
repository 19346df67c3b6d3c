/** systemd's own check of all our units with their drop-ins, by the systemd of this computer: 252 is the oldest that has to accept them. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { recordedUnits } from '../support/quadlet/units';

const cloudInit = join(__dirname, '../../cloud-init');
const UNITS = 'etc/systemd/system';
const KINDS = /\.(service|timer|target|socket|swap)$/;
/** What else our units name: units of the distribution, of which only the name counts. */
const OF_THE_SYSTEM = ['network-online', 'multi-user', 'timers', 'sockets', 'basic', 'sysinit', 'shutdown', 'time-sync', 'local-fs', 'swap', 'umount', 'network', 'network-pre', 'system', 'postgresql'].map((name) => `${name}.target`); // prettier-ignore

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'units-'));
  for (const tree of ['root', 'handover']) {
    cpSync(join(cloudInit, tree, UNITS), join(root, UNITS), { recursive: true });
  }
  // The maintenance window, as a bundle has it.
  for (const name of readdirSync(join(root, UNITS)).filter((one) => KINDS.test(one))) {
    const text = readFileSync(join(root, UNITS, name), 'utf8');
    write(name, text.replaceAll('{{windowStart}}', '03:00').replaceAll(/\{\{window\w+\}\}/g, '120'));
  }
  // Without its drop-ins' base a unit of the distribution is not there.
  for (const name of readdirSync(join(root, UNITS)).filter((one) => one.endsWith('.d'))) {
    const unit = name.slice(0, -2);
    if (!unit.includes('-.') && !existsSync(join(root, UNITS, unit))) {
      write(
        unit,
        unit.endsWith('.timer') ? '[Timer]\nOnCalendar=daily\n' : '[Service]\nExecStart=/bin/true\n',
      );
    }
  }
  for (const target of OF_THE_SYSTEM) {
    if (!existsSync(join(root, UNITS, target))) write(target, '[Unit]\n');
  }
  for (const [name, lines] of recordedUnits()) write(name, lines.join('\n'));
  for (const program of programs()) {
    mkdirSync(dirname(join(root, program)), { recursive: true });
    writeFileSync(join(root, program), '#!/bin/sh\n');
    chmodSync(join(root, program), 0o755);
  }
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(unit: string, text: string): void {
  writeFileSync(join(root, UNITS, unit), text);
}

/** Every program that a unit or a drop-in starts. */
function programs(): string[] {
  const files = readdirSync(join(root, UNITS), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(service|conf)$/.test(file),
  );
  const lines = files.flatMap((file) => readFileSync(join(root, UNITS, file), 'utf8').split('\n'));
  return lines.flatMap((line) => /^Exec\w+=[-@:+!]*(\/\S+)/.exec(line)?.[1] ?? []);
}

/** What systemd says of a unit, in its own words. */
function verified(unit: string): string {
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', `--root=${root}`, unit], {
    encoding: 'utf8',
    env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' },
  });
  return (stdout + stderr).replaceAll(root, '');
}

const units = [
  ...['root', 'handover'].flatMap((tree) =>
    readdirSync(join(cloudInit, tree, UNITS)).filter((name) => KINDS.test(name)),
  ),
  ...recordedUnits().keys(),
];

test('systemd finds fault with a unit that is wrong', () => {
  write('wrong.service', '[Service]\nExecStart=/bin/true\nProtectSytem=strict\n');
  expect(verified('wrong.service')).toContain('ProtectSytem');
});

test('systemd finds no fault with a unit of ours', () => {
  expect(units.length).toBeGreaterThan(25);
  const names = units.map((unit) => unit.replace(/@\./, '@test.'));
  const said = names.map((unit) => verified(unit)).filter(Boolean);
  expect(said).toEqual([]);
});
