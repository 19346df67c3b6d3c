import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { targetOf } from '../../cli/command';
import { COMMANDS } from '../../cli/commands';
import { knownVariables, shellWords, wordsOf, WrongVariable } from '../../cli/make-variables';
import { parse } from '../../cli/parse';

const checkout = join(__dirname, '..', '..');

const commandOf = (target: string) => {
  const found = COMMANDS.find((spec) => targetOf(spec) === target);
  if (!found) throw new Error(target);
  return found;
};

test.each([
  ['restore', { TO: '2026-11-23 05:00+00' }, [], ['restore', '--to=2026-11-23 05:00+00']],
  ['restore', { UPGRADE: 'undo', YES: 'yes', TO: '' }, [], ['restore', '--undo-upgrade', '--yes']],
  ['restore', { LIST: 'no' }, [], ['restore']],
  ['status', { ADMIN: 'alice' }, ['--json'], ['status', '--admin=alice', '--json']],
  ['doctor', { MAIL: 'no' }, [], ['doctor', '--no-mail']],
  ['doctor', { MAIL: 'yes' }, [], ['doctor']],
  ['logs', { UNIT: 'web@1', SINCE: '1 hour ago' }, [], ['logs', '--since=1 hour ago', '--', 'web@1']],
  ['tootctl', { ARGS: `x --text 'a b'` }, [], ['tootctl', '--', 'x', '--text', 'a b']],
  ['rotate', { SECRET: 'media,backups' }, ['--yes'], ['rotate', '--yes', '--', 'media,backups']],
  ['community-pull', { COMMUNITY: 'c' }, [], ['community', 'pull', '--community=c']],
  ['init', { STACK: 'prod' }, [], ['init', '--stack=prod']],
  ['up', { STACK: 'of another shell' }, ['--stack', 'prod'], ['up', '--stack', 'prod']],
])('make %s with %j and FLAGS %j', (target, variables, flags, words) => {
  const found = wordsOf(commandOf(target), flags, variables);
  expect(found).toEqual(words);
  expect(parse(found).spec.name).toBe(words.slice(0, target === 'community-pull' ? 2 : 1).join(' '));
});

test.each([
  ['restore', { YES: 'perhaps' }, 'make restore: YES=perhaps; expected YES=yes, or leave it out.'],
  ['restore', { UPGRADE: 'redo' }, 'make restore: UPGRADE=redo; expected UPGRADE=undo, or leave it out.'],
  ['export', { MEDIA: 'none' }, 'make export: MEDIA=none; expected MEDIA=no, or leave it out.'],
])('make %s refuses %j', (target, variables, message) => {
  expect(() => wordsOf(commandOf(target), [], variables)).toThrow(new WrongVariable(message));
});

test.each([
  ['a  b', ['a', 'b']],
  [`--text='a b' "c 'd'" e"f g"h`, ['--text=a b', "c 'd'", 'ef gh']],
  ['$(reboot) * `x`', ['$(reboot)', '*', '`x`']],
])('%s is read as words, without expansion', (text, words) => {
  expect(shellWords(text)).toEqual(words);
});

/** `make` with words on its command line, as from a terminal. */
function make(...words: string[]) {
  const env = { ...process.env };
  for (const name of ['MAKEFLAGS', 'MAKEOVERRIDES', 'MFLAGS', 'MAKELEVEL']) Reflect.deleteProperty(env, name);
  // Nothing to install.
  const installed = ['-o', 'node_modules/.package-lock.json'];
  return spawnSync('make', [...installed, ...words], { cwd: checkout, env, encoding: 'utf8' });
}

test('an unknown variable of a command is refused with a suggestion', () => {
  const { status, stderr } = make('restore', 'TOO=2026-11-23 05:00+00');
  expect(stderr).toContain('make restore: the variable TOO is unknown; did you mean TO?');
  expect(status).toBe(2);
});

test('an unknown variable of another target is refused', () => {
  const { status, stderr } = make('--dry-run', 'bench', 'ONLY=program', 'RUN=3');
  expect(stderr).toContain('make bench: the variable RUN is unknown. It takes ONLY RUNS');
  expect(status).toBe(2);
  expect(make('--dry-run', 'bench', 'ONLY=program', 'RUNS=3').status).toBe(0);
});

test('each command is a target, and each has the variables that it had', () => {
  const [, targets = ''] = /^COMMANDS := (.*)$/m.exec(readFileSync(join(checkout, 'Makefile'), 'utf8')) ?? [];
  const aliased = COMMANDS.map(targetOf).filter((target) => target !== 'completion');
  expect(targets.split(' ').sort()).toEqual(aliased.sort());
  const before = {
    init: ['STACK', 'BACKEND', 'ANSWERS', 'SMTP_PASSWORD', 'CIVO_TOKEN'],
    status: ['ADMIN', 'KEY', 'FLAGS'],
    doctor: ['MAIL', 'TOKEN', 'RESOLVER'],
    logs: ['UNIT', 'SINCE'],
    tootctl: ['ARGS'],
    restore: ['TO', 'DUMP', 'FROM', 'UPGRADE', 'YES', 'LIST'],
    rehearse: ['VERSION', 'DUMP', 'KEEP', 'REHEARSAL_SLOT'],
    rotate: ['SECRET', 'STATES', 'LOCK_OF'],
    'recovery-kit': ['RECIPIENTS', 'RECIPIENTS_FILE', 'IDENTITY', 'FILE'],
    'adopt-kit': ['KIT', 'IDENTITY', 'GONE'],
    import: ['ENV', 'DUMP', 'MEDIA', 'FORCE'],
    export: ['FOLDER', 'MEDIA'],
    mend: ['LOCK_OF', 'STATES'],
    'preview-comment': ['BASE', 'STACK', 'FILE'],
    'community-check': ['COMMUNITY'],
    'community-follow': ['COMMUNITY'],
  };
  for (const [target, names] of Object.entries(before))
    expect(knownVariables(commandOf(target))).toEqual(expect.arrayContaining(names));
});
