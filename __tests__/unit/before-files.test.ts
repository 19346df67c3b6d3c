/** What converge does before any file of the bundle lands: who and what is refused. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const steps = join(__dirname, '../../cloud-init/steps');
const folder = mkdtempSync(join(tmpdir(), 'before-files-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs one step with what stands before it. */
function run(step: string, before: string) {
  const script = `set -euo pipefail
    shopt -s nullglob
    state=${folder} scratch=${folder}
    fail() { echo "converge: $1" >&2; exit 1; }
    change() { echo "~ $1:" "\${@:2}"; }
    ${before}
    source ${join(steps, step)}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the domain of a server that lives', () => {
  const domain = '0-before-files/07-domain.sh';
  const living = (name: string) => {
    writeFileSync(join(folder, 'lease.json'), JSON.stringify({ domain: name, term: 3 }));
  };

  test('can stay', () => {
    living('toot.example.org');
    expect(run(domain, 'domain=toot.example.org')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('can’t become another: the run ends before a file or a service has changed, with the remedy', () => {
    living('toot.example.org');
    const { status, stderr } = run(domain, 'domain=other.example.org');
    expect(status).toBe(1);
    expect(stderr).toContain('domain = other.example.org, and this server is toot.example.org');
    expect(stderr).toContain('pulumi config set domain toot.example.org');
    const order = readdirSync(steps).flatMap((one) =>
      readdirSync(join(steps, one)).map((name) => `${one}/${name}`),
    );
    const places = [domain, '1-boot/30-files.sh', '2-handover/54-lease.sh'].map((one) =>
      order.sort().indexOf(one),
    );
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  test('is free where no machine has served yet', () => {
    rmSync(join(folder, 'lease.json'));
    expect(run(domain, 'domain=other.example.org').status).toBe(0);
  });
});

describe('passwords', () => {
  const shadow = [
    'root:$y$j9T$abc:20000::::::',
    'daemon:*:20000::::::',
    'deploy:!:20000::::::',
    'bob:!$y$j9T$dismissed:20000::::::',
    'empty::20000::::::',
    'alice:*:20000::::::',
  ].join('\n');

  test('open no account: who has one, or could come in without any, loses it, and stays reachable by key', () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const { status, stdout, stderr } = run(
      '0-before-files/05-administrators.sh',
      `administrators=(alice)
       getent() { [[ $1 == shadow ]] || return 0; echo '${shadow.replaceAll('\n', "'; echo '")}'; }`,
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').filter((line) => line.includes('password'))).toEqual([
      '~ take the password of root: usermod --password * root',
      '~ take the password of empty: usermod --password * empty',
    ]);
  });

  test('are none of the accounts that we make, and these are not locked: without PAM, sshd would refuse their keys', () => {
    const read = (path: string) => readFileSync(join(steps, '..', path), 'utf8');
    expect(read('user-data.sh')).toMatch(/useradd [^\n]* deploy\n(#.*\n)*usermod --password '\*' deploy\n/);
    const accounts = read('steps/1-boot/40-accounts.sh');
    expect(accounts.match(/\b(useradd|usermod) .*/g)?.every((line) => line.includes("--password '*'"))).toBe(
      true,
    );
    const locked = ['user-data.sh', 'steps/1-boot/40-accounts.sh'].filter((path) =>
      /passwd (-l|--lock)|usermod (-L|--lock)/.test(read(path)),
    );
    expect(locked).toEqual([]);
  });
});
