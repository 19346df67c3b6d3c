/** What a file of the machine must say, where only a distribution or a kernel that isn't here would show that it doesn't. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../../cloud-init');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const step = (name: string) => join(root, 'steps', name);

test('PostgreSQL survives the kernel’s killing one of its processes for memory', () => {
  expect(read('root/etc/systemd/system/postgresql@.service.d/mastodon.conf')).toMatch(
    /^\[Service\]\n(?:#.*\n)*OOMPolicy=continue$/m,
  );
});

test('no package’s kernel settings come after ours, and each of them is applied when it changes', () => {
  const names = ['root', 'handover'].flatMap((tree) => readdirSync(join(root, tree, 'etc/sysctl.d')));
  expect(names).toHaveLength(2);
  for (const name of names) {
    // Of procps and of systemd, on Ubuntu and Debian.
    for (const other of ['99-protect-links.conf', '99-sysctl.conf', '99-cloudimg-ipv6.conf'])
      expect(name > other).toBe(true);
    expect(name).toMatch(/^99-zz-mastodon.*\.conf$/);
  }
  expect(read('steps/1-boot/30-files.sh')).toContain(' /etc/sysctl.d/99-zz-mastodon*.conf\n');
});

test('the firewall closes the metadata service alone, not name service and DHCP at its address', () => {
  const rules = read('root/etc/nftables.conf')
    .split('\n')
    .filter((line) => line.includes('169.254.169.254'));
  expect(rules.map((line) => line.trim())).toEqual([
    'ip daddr 169.254.169.254 tcp dport { 80, 443 } meta skuid != 0 reject',
  ]);
});

test('each apt of the first boot waits for another one', () => {
  for (const path of ['user-data.sh', 'steps/1-boot/10-packages.sh']) {
    const calls = read(path)
      .split('\n')
      .filter((line) => line.includes('apt-get '));
    expect(calls).not.toEqual([]);
    for (const call of calls)
      expect([path, call]).toEqual([path, expect.stringMatching(/Lock::Timeout=600/)]);
  }
});

test('Podman has the network that it was tried with on Ubuntu, too', () => {
  expect(read('packages').split('\n')).toContain('netavark');
});

test('the number of Mastodon’s user is reserved before a package can take it', () => {
  const script = read('steps/1-boot/10-packages.sh');
  expect(script).toMatch(/useradd --system --uid 991 .* mastodon$/m);
  expect(script.indexOf('useradd')).toBeLessThan(script.indexOf('\nrequire_packages "'));
});

test('sshd offers a key of the first boot only as long as its one line is there', () => {
  expect(read('root/etc/ssh/sshd_config.d/10-mastodon.conf')).not.toContain('ecdsa');
  const line = '/etc/ssh/sshd_config.d/first-boot.conf';
  expect(read('user-data.sh')).toContain(`echo HostKey /etc/ssh/ssh_host_ecdsa_key >${line}\n`);
  expect(read('steps/2-handover/95-verify.sh')).toMatch(
    new RegExp(`rm -f /etc/ssh/ssh_host_ecdsa_key .* ${line}$`, 'm'),
  );
});

/** What lynis 3.0 looks for, by its test's id: nightly/hardening-scans runs it on a machine. */
test.each([
  ['SHLL-6220', 'profile.d/mastodon.sh', /^readonly TMOUT=3600$/m],
  ['SSH-7408', 'ssh/sshd_config.d/20-hardening.conf', /^MaxSessions 2$/m],
  ['SSH-7440', 'ssh/sshd_config.d/20-hardening.conf', /^AllowGroups administrators deploy$/m],
])('Lynis finds what its test %s asks for in %s', (_, file, line) => {
  expect(read(`handover/etc/${file}`)).toMatch(line);
});

test.each(['issue', 'issue.net'])('/etc/%s says who may log in: BANN-7126 and BANN-7130 of Lynis', (file) => {
  const text = read(`handover/etc/${file}`);
  // Of LEGAL_BANNER_STRINGS in include/tests_banners, five are asked for.
  const words = ['access', 'authori', 'log', 'private', 'record', 'system'];
  expect(words.filter((word) => text.includes(word))).toEqual(words);
});

test('sshd lets in by group, and each account that has a key is in one of the two', () => {
  const accounts = read('steps/1-boot/40-accounts.sh');
  expect(accounts).toMatch(/^groups=administrators,/m);
  // Before sshd reads the file.
  expect(accounts.indexOf('join_deploy\n')).toBeGreaterThan(0);
  expect(accounts.indexOf('join_deploy\n')).toBeLessThan(accounts.indexOf('apply ssh.service'));
  expect(read('user-data.sh')).toMatch(/useradd --create-home --shell \/bin\/bash deploy$/m);
});

test('an update of a package whose files this server has changed is installed, and asks nothing', () => {
  expect(read('handover/etc/apt/apt.conf.d/52mastodon')).toMatch(/^DPkg::Options \{"--force-confold";\};$/m);
});

test('units that a stack no longer has are stopped while systemd still knows how', () => {
  const folder = mkdtempSync(join(tmpdir(), 'units-'));
  mkdirSync(join(folder, 'handover/etc/systemd/system'), { recursive: true });
  writeFileSync(join(folder, 'handover/etc/systemd/system/stays.service'), '');
  const before = [
    '/etc/containers/systemd/gone.container',
    '/etc/containers/systemd/many@.container',
    '/etc/mastodon/metrics.env',
    '/etc/systemd/system/gone.timer',
    '/etc/systemd/system/other.service.d/10-hardening.conf',
    '/etc/systemd/system/stays.service',
  ];
  writeFileSync(join(folder, 'handover.files'), `${before.join('\n')}\n`);
  const said = execFileSync(
    'bash',
    ['-euc', `change() { echo "$2 $3"; }; stop_unit() { :; }; source ${step('0-before-files/06-units.sh')}`],
    {
      env: { ...process.env, LC_ALL: 'C.UTF-8', state: folder, bundle: folder },
      encoding: 'utf8',
    },
  );
  rmSync(folder, { recursive: true });
  expect(said).toBe('stop_unit gone.service\nstop_unit many@*.service\nstop_unit gone.timer\n');
});
