/** The containers' units, with what systemd, crun and Podman of each supported distribution do with them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import VERSIONS from './system-calls.json';

const root = join(__dirname, '../../cloud-init');
const folder = join(root, 'handover/etc/containers/systemd');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const CONF = 'etc/containers/containers.conf.d/mastodon.conf';
const UNITS = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);

/** What crun, conmon, Podman and Go's runtime call on the way to a container, and programs in it that have a filter. */
const NEEDED = `
  bpf capset chroot clone clone3 close_range epoll_pwait eventfd2 execve execveat fchmodat fchownat fsconfig fsmount fsopen
  inotify_init1 ioctl keyctl linkat memfd_create mknodat mount mount_setattr move_mount open_tree openat2 personality
  pidfd_open pidfd_send_signal pivot_root prctl prlimit64 recvmsg renameat2 sched_setattr seccomp sendmsg setdomainname
  setgid setgroups sethostname setns setpriority setresgid setresuid setrlimit setsid setuid setxattr signalfd4 symlinkat
  tgkill umask umount2 unshare waitid`
  .trim()
  .split(/\s+/);

/** The calls that a unit's filter lets through. What it names is a call or a set of systemd's; @default always is. */
function allowed(unit: string, { sets }: { sets: Record<string, string> }): Set<string> {
  const lines = [...unit.matchAll(/^SystemCallFilter=(.*)$/gm)].map(([, words = '']) => words);
  expect(lines).not.toEqual([]);
  const words = ['@default', ...lines.flatMap((line) => line.split(' '))];
  return new Set(
    words.flatMap((word) => {
      if (!word.startsWith('@')) return [word];
      if (sets[word] === undefined) throw new Error(`system-calls.json has no set ${word}; add it`);
      return sets[word].split(' ');
    }),
  );
}

/**
 * Ubuntu 24.04's systemd 255, from below: it lets through all that Debian's 252 does but `uretprobe`, and nothing that 257 does
 * not. That was compared set by set with src/shared/seccomp-util.c of systemd-stable's branch v255 (commit 565916c); its lists are not copied here.
 */
const LEAST_OF_255 = {
  sets: Object.fromEntries(
    Object.entries(VERSIONS['252'].sets).map(([name, calls]) => [name, calls.replace(/ ?\buretprobe\b/, '')]),
  ),
};

describe.each(Object.entries({ ...VERSIONS, '255': LEAST_OF_255 }))('under systemd %s', (_, version) => {
  test('the sandbox of units that run podman lets through each call that a container needs', () => {
    const calls = allowed(read('podman-sandbox.conf'), version);
    expect(NEEDED.filter((call) => !calls.has(call))).toEqual([]);
  });

  test('the sandbox of all other units lets through what scripts and curl need', () => {
    const calls = allowed(read('handover/etc/systemd/system/mastodon-.service.d/10-hardening.conf'), version);
    expect(
      ['clone3', 'execve', 'faccessat2', 'flock', 'setresuid', 'statx'].filter((call) => !calls.has(call)),
    ).toEqual([]);
  });
});

test('257 lost no call that 252 has, so a version between them is stricter than neither', () => {
  for (const [name, calls] of Object.entries<string>(VERSIONS['252'].sets)) {
    const later = new Set((VERSIONS['257'].sets as Record<string, string>)[name]?.split(' '));
    expect([name, calls.split(' ').filter((call) => !later.has(call))]).toEqual([name, []]);
  }
});

describe.each(UNITS)('%s', (name, unit) => {
  test('has no control group of its own, and starts again when that or its profile changes', () => {
    expect(unit).toMatch(/^PodmanArgs=--cgroups=disabled$/m);
    const [, triggers = ''] = /^X-Restart-Triggers=(.*)$/m.exec(unit) ?? [];
    expect(triggers.split(' ')).toEqual(
      expect.arrayContaining([`/${CONF}`, `/etc/containers/systemd/${name}`]),
    );
  });

  test('has no volume that an image’s files are copied into, or that Podman mounts a tmpfs over', () => {
    const volumes = [...unit.matchAll(/^Volume=([^:\n]+)$/gm)].map(([, path = '']) => path);
    expect(volumes.filter((path) => /^\/(opt|run|tmp|var)\b/.test(path))).toEqual([]);
    const [, temporary] = /^Environment=TMPDIR=(.*)$/m.exec(unit) ?? [];
    expect(volumes).toEqual(temporary === undefined ? [] : [temporary]);
  });
});

// engine/standin.test.ts has how each of them ends: 143 is 128 + SIGTERM.
test.each(UNITS)('%s does not count as failed when it ends by the signal that asks it to', (_, unit) => {
  expect(unit).toMatch(/^SuccessExitStatus=143$/m);
});

test('what boots Rails has as long as the slowest, and large uploads go to the disk', () => {
  for (const [name, unit] of UNITS.filter(([name]) => /web|sidekiq/.test(name))) {
    expect([name, unit]).toEqual([name, expect.stringMatching(/^TimeoutStartSec=300$/m)]);
    expect([name, unit]).toEqual([name, expect.stringMatching(/^Environment=TMPDIR=\/uploads$/m)]);
    expect([name, unit]).toEqual([name, expect.stringMatching(/^Environment=BOOTSNAP_READONLY=true$/m)]);
  }
});

test('every container is without AppArmor’s profile and without a control group, also those of podman run', () => {
  expect(read(`handover/${CONF}`)).toMatch(/^\[containers\]$/m);
  expect(read(`handover/${CONF}`)).toMatch(/^apparmor_profile = "unconfined"$/m);
  expect(read(`handover/${CONF}`)).toMatch(/^cgroups = "disabled"$/m);
});

test('what a command in a container prints goes to its caller alone, and is not about Bundler or jobs', () => {
  // Without the last two: "`/opt/mastodon` is not writable", and a coloured line for each job.
  const wanted = [
    /--log-driver[=", ]+none\b/,
    /\bHOME=\/tmp\b/,
    /\bRAILS_LOG_LEVEL=("\$\{RAILS_LOG_LEVEL:-)?warn\b/,
  ];
  const running = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(root, path)).isFile())
    .filter((path) => /^[^#]*\bpodman(", "| )run\b(?!`)/m.test(read(path)));
  expect(running.length).toBeGreaterThanOrEqual(5);
  for (const path of running)
    expect([path, ...wanted.filter((option) => !option.test(read(path)))]).toEqual([path]);
});
