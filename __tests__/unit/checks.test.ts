/** What the watch says of what it sees: the machine's own checks, with programs that show them one state or another. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { openAuthority, type ServerCertificate } from '../../local/services/authority';

const lib = join(__dirname, '..', '..', 'cloud-init/handover/usr/local/lib/mastodon');
const NOW = Math.floor(Date.now() / 1000);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'checks-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What a check says: its judgements by name. `programs` stand before those of this computer. */
async function look(check: string, programs: Readonly<Record<string, string>>, functions = '') {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const script = `
    set -euo pipefail
    source <(sed -n '/^fail()/,/^}/p; /^number()/,/^}/p' ${lib}/database.sh)
    source <(sed 's|/usr/local/lib/mastodon|${lib}|; s|/etc/mastodon|${folder}|' ${lib}/checks.sh)
    state=${folder} web_domain=toot.example
    exec 7>${folder}/figures
    judge() { jq --null-input --compact-output '$ARGS.positional' --args -- "$@"; }
    ${functions}
    look ${check}
    exit "$looked"`;
  const { stdout: said } = await promisify(execFile)('bash', ['-c', script], {
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  const judged = said.trim().split('\n').map((line) => JSON.parse(line) as string[]); // prettier-ignore
  return Object.fromEntries(judged.map(([name = '', fact, problem]) => [name, { fact, problem }]));
}

describe('connections', () => {
  const connections = (nginx: number, database: number) => {
    writeFileSync(
      join(folder, 'nginx.conf'),
      'worker_rlimit_nofile 2000;\nevents {\n\tworker_connections 1000;\n\t# multi_accept on;\n}\n',
    );
    return look(
      'connections',
      {
        ss: `seq ${String(nginx)}`,
        getconf: '[[ $1 == _NPROCESSORS_ONLN ]] && echo 2',
      },
      `query() { [[ $1 == SHOW* ]] && echo 60 || echo ${String(database)}; }`,
    );
  };

  test('are well up to 80 %', async () => {
    expect(await connections(1600, 48)).toEqual({
      'connections-of-nginx': { fact: '1600 of 2000', problem: '' },
      'connections-of-postgresql': { fact: '48 of 60', problem: '' },
    });
    expect(readFileSync(join(folder, 'figures'), 'utf8')).toContain(
      'mastodon_connections{of="nginx"} 1600\nmastodon_connections_limit{of="nginx"} 2000\n',
    );
  });

  test('are told above that, with what to do', async () => {
    const said = await connections(1601, 49);
    expect(said['connections-of-nginx']?.problem).toBe(
      'nginx uses 1601 of 2000 connections; expected at most 80 %. A larger machine has more: setting size',
    );
    expect(said['connections-of-postgresql']?.problem).toContain('PostgreSQL uses 49 of 60 connections');
  });
});

describe('failed jobs', () => {
  const mail = (error_class: string, error_message: string, minutesAgo = 5) => ({
    class: 'ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper',
    wrapped: 'ActionMailer::MailDeliveryJob',
    queue: 'mailers',
    ...{ error_class, error_message },
    failed_at: NOW - 100_000,
    retried_at: NOW - 60 * minutesAgo + 0.25,
  });
  const job = (name: string, queue: string) => ({
    class: name,
    queue,
    ...{ error_class: 'NoMethodError', error_message: `undefined method 'x'` },
    failed_at: (NOW - 60) * 1000,
  });
  const failures = (jobs: readonly unknown[]) => {
    writeFileSync(join(folder, 'retry'), jobs.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return look('failures', { 'redis-cli': `[[ $* == 'zrange retry 0 4999' ]] && cat ${folder}/retry` });
  };

  test('are none', async () => {
    expect(await failures([])).toEqual({
      mail: { fact: 'messages that wait to be sent again: 0', problem: '' },
      'failed-jobs': { fact: 'jobs of one kind that wait to be tried again: at most 0', problem: '' },
    });
  });

  test('of mail are told at once, with what the relay said, where the relay takes nobody’s', async () => {
    const { mail: said } = await failures([
      mail('Net::SMTPAuthenticationError', '535 5.7.8\nwrong password'),
    ]);
    expect(said?.problem).toMatch(
      /messages that wait: 1\..* Net::SMTPAuthenticationError: 535 5\.7\.8 wrong password\. /,
    );
  });

  test('of mail are no news where the relay refuses an address or two', async () => {
    const refused = mail('Net::SMTPFatalError', '550 5.1.1 no such user');
    expect((await failures([refused, refused])).mail?.problem).toBe('');
  });

  test('of mail are told where it refuses three', async () => {
    const refused = (at: number) => mail('Net::SMTPFatalError', `550 sender refused ${String(at)}`, at);
    const { mail: said } = await failures([refused(30), refused(2), refused(20)]);
    expect(said?.problem).toContain('550 sender refused 2.');
  });

  test('of more than a day ago are no news', async () => {
    expect((await failures([mail('Net::OpenTimeout', 'execution expired', 25 * 60)])).mail?.problem).toBe('');
  });

  test('of a kind are told from the 51st on, in milliseconds too', async () => {
    const many = (count: number) => Array.from({ length: count }, () => job('FeedInsertWorker', 'default'));
    expect((await failures(many(50)))['failed-jobs']?.problem).toBe('');
    expect((await failures(many(51)))['failed-jobs']?.problem).toMatch(
      /^51 jobs of FeedInsertWorker .*NoMethodError/,
    );
  });

  test('of what waits for other servers are no news', async () => {
    const many = Array.from({ length: 500 }, () => job('ActivityPub::DeliveryWorker', 'push'));
    expect((await failures(many))['failed-jobs']?.problem).toBe('');
  });

  test('reach nobody as a command, whatever a relay says', async () => {
    const words = '$(touch /tmp/x) `id` "; a[$(id)] \u0007\u2028 ' + 'x'.repeat(2_000);
    const { mail: said } = await failures([
      mail('Net::ReadTimeout', words),
      { queue: 'mailers' },
      [1],
      'no JSON {',
    ]);
    expect(said?.problem).toContain('$(touch /tmp/x) `id` "; a[$(id)] ');
    expect(said?.problem?.length).toBeLessThan(700);
  });
});

describe('data checksums', () => {
  /** With the answers of PostgreSQL. */
  const checksums = (enabled: string, failures: string) => {
    writeFileSync(join(folder, 'enabled'), `${enabled}\n`);
    writeFileSync(join(folder, 'failures'), `${failures}\n`);
    return look(
      'checksums',
      {},
      `query() { if [[ $1 == SHOW* ]]; then cat ${folder}/enabled; else cat ${folder}/failures; fi; }`,
    );
  };

  test('are well while no page is wrong, enabled or not', async () => {
    for (const enabled of ['on', 'off'])
      expect(await checksums(enabled, '0|')).toEqual({
        'page-checksums': { fact: `${enabled}, 0 wrong pages`, problem: '' },
      });
    expect(readFileSync(join(folder, 'figures'), 'utf8')).toBe('mastodon_database_checksum_failures 0\n');
  });

  test('that a page failed are told, with the database and the way out', async () => {
    const { 'page-checksums': said } = await checksums('on', '3|mastodon_production, shared tables');
    expect(said?.problem).toContain(
      '3 pages were read with a wrong checksum (mastodon_production, shared tables)',
    );
    expect(said?.problem).toContain("see docs/runbooks.md, 'A page of the database is broken'");
    const runbooks = readFileSync(join(__dirname, '../../docs/runbooks.md'), 'utf8');
    expect(runbooks).toContain('\n## A page of the database is broken\n');
  });
});

describe('versions of deleted files', () => {
  const versions = (kept: object) => {
    writeFileSync(join(folder, 'kept-versions.json'), JSON.stringify(kept));
    return look('versions', {});
  };
  const locked = { versioning: 'Enabled', lock: 'GOVERNANCE 30 days', problem: '', locked_before: 'GOVERNANCE 30 days' }; // prettier-ignore
  const never = { versioning: 'Unversioned', lock: 'none', problem: 'no rule', locked_before: '' };

  test('are well where they are kept, and where they never were', async () => {
    const said = await versions({ media: never, backups: never, secondary: locked });
    expect(said).toEqual({
      'versions-of-media': { fact: 'Unversioned, object lock: none', problem: '' },
      'versions-of-secondary': { fact: 'Enabled, object lock: GOVERNANCE 30 days', problem: '' },
    });
  });

  test('are told where somebody has turned them off, or the lock', async () => {
    const said = await versions({ media: { ...never, versioning: 'Suspended' }, secondary: { ...locked, lock: 'none' } }); // prettier-ignore
    expect(said['versions-of-media']?.problem).toContain("turned off the versions of the bucket 'media'");
    expect(said['versions-of-secondary']?.problem).toContain('(GOVERNANCE 30 days) is gone');
  });
});

describe('the clock', () => {
  const clock = async (synchronized: string, container = false) => {
    const said = await look('clock', {
      timedatectl: `[[ $* == 'show --property=NTPSynchronized --value' ]] && echo ${synchronized}`,
      'systemd-detect-virt': container ? 'exit 0' : 'exit 1',
    });
    return said.clock;
  };

  test('is well where it is synchronized, and in a container, which has its host’s', async () => {
    expect(await clock('yes')).toEqual({ fact: 'synchronized: yes', problem: '' });
    expect((await clock('no', true))?.problem).toBe('');
  });

  test('is told where nothing synchronizes it', async () => {
    const booted = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) > 900;
    expect((await clock('no'))?.problem).toMatch(booted ? /^The clock is not synchronized/ : /^$/);
  });
});

describe('the certificate', () => {
  const names = ['toot.example', 'files.toot.example'];
  let issued: readonly ServerCertificate[];
  const pair = (which: number) => issued[which] ?? { key: '', certificate: '' };
  beforeEach(async () => {
    const authority = await openAuthority(join(folder, 'authority'));
    issued = [await authority.issue('old', names), await authority.issue('new', names)];
    mkdirSync(join(folder, 'tls'));
  });

  /** The check, with a server on its port that shows one of the two, while the file is the other or the same. */
  async function certificate(shown: number, file: number) {
    const { key, certificate } = pair(shown);
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (socket) =>
      socket.end(),
    );
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    copyFileSync(pair(file).certificate, join(folder, 'tls', 'fullchain.pem'));
    try {
      const openssl =
        'args=("$@"); exec /usr/bin/openssl "${args[@]/127.0.0.1:443/127.0.0.1:' + String(port) + '}"';
      return (await look('certificate', { openssl })).certificate;
    } finally {
      server.close();
    }
  }

  test('is well where nginx shows the file’s', async () => {
    expect((await certificate(1, 1))?.problem).toBe('');
  });

  test('is told where nginx still shows the one before, though the file is new', async () => {
    expect((await certificate(0, 1))?.problem).toMatch(
      /^nginx does not show the certificate .* for files\.toot/,
    );
  });
});
