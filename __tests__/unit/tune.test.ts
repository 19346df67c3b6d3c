import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { tune as tuneAs } from '../support/tune';

const QUEUES = ['default', 'fasp', 'ingress', 'mailers', 'pull', 'push', 'scheduler'];
/** Civo's sizes, in MB of memory. */
const SIZES = [2048, 4096, 8192, 16_384, 32_768];

const folder = mkdtempSync(join(tmpdir(), 'tune-'));
const etc = join(folder, 'etc');
const sidekiq = join(etc, 'sidekiq');
/** As Debian 12 and 13 and Ubuntu 24.04 have it, as far as it matters. */
writeFileSync(
  join(folder, 'nginx.conf'),
  'user www-data;\nworker_processes auto;\nevents {\n\tworker_connections 768;\n\t# multi_accept on;\n}\n',
);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const tune = (memoryMb: number) => {
  tuneAs({ etc, nginx: folder, memoryMb });
};

/** The numbers in a file of `NAME=1` or `name = 1MB`. */
function numbers(file: string): Record<string, number> {
  const lines = readFileSync(file, 'utf8').matchAll(/^(\w+) ?= ?(\d+)/gm);
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

/** Sidekiq's processes and the queues of each. */
function processes(): { name: string; queues: string[]; threads: number }[] {
  return readdirSync(sidekiq).map((file) => {
    const text = readFileSync(join(sidekiq, file), 'utf8');
    const queues = [...text.matchAll(/--queue (\w+)/g)].map(([, queue = '']) => queue);
    return {
      name: file.replace('.env', ''),
      queues,
      threads: numbers(join(sidekiq, file)).THREADS ?? 0,
    };
  });
}

describe('a machine of any size', () => {
  test.each(SIZES)('has each queue, and above all the schedule, in one process: %d MB', (memory) => {
    tune(memory);
    const all = processes();
    expect(all.flatMap(({ queues }) => queues).sort()).toEqual(QUEUES);
    for (const { name, queues, threads } of all) {
      expect(queues).toContain(name);
      expect(threads).toBeGreaterThan(0);
    }
  });

  test.each(SIZES)('has a database connection for every thread, and some to spare: %d MB', (memory) => {
    tune(memory);
    const { WEB_CONCURRENCY = NaN, MAX_THREADS = NaN } = numbers(join(etc, 'tuning.env'));
    const { max_connections: connections } = numbers(join(etc, 'postgresql-tuning.conf'));
    const jobs = processes().reduce((sum, { threads }) => sum + threads, 0);
    expect(connections).toBe(2 * Math.max(WEB_CONCURRENCY, 1) * MAX_THREADS + jobs + 10 + 25);
  });

  test.each(SIZES)('holds 3,500 streams at once, and nginx may open what that takes: %d MB', (memory) => {
    tune(memory);
    const nginx = readFileSync(join(etc, 'nginx.conf'), 'utf8');
    const [, each = ''] = /^\tworker_connections (\d+);$/m.exec(nginx) ?? [];
    // nginx starts as many workers as there are processors.
    expect(Number(each) * availableParallelism()).toBeGreaterThan(2 * 3500);
    expect(nginx).toContain(`worker_rlimit_nofile ${String(2 * Number(each))};`);
    expect(nginx).toContain('worker_shutdown_timeout 5m;');
    expect(nginx).toMatch(/^user www-data;$/m);
  });

  test.each(SIZES)('is the same when it is tuned again, to the time of its files: %d MB', (memory) => {
    const times = () => readdirSync(sidekiq).map((file) => [file, statSync(join(sidekiq, file)).mtimeMs]);
    tune(memory);
    const before = times();
    tune(memory);
    expect(times()).toEqual(before);
  });
});

test('a machine that was larger forgets the processes that it no longer has', () => {
  tune(32_768);
  expect(processes()).toHaveLength(6);
  tune(2048);
  expect(processes()).toEqual([
    { name: 'default', queues: expect.arrayContaining(QUEUES) as string[], threads: 5 },
  ]);
});

test('every process that a machine may have is started with the others', () => {
  tune(32_768);
  const target = join(__dirname, '../../cloud-init/handover/etc/systemd/system/mastodon.target');
  const wanted = [...readFileSync(target, 'utf8').matchAll(/mastodon-sidekiq@(\w+)\.service/g)];
  expect(wanted.map(([, name]) => name).sort()).toEqual(
    processes()
      .map(({ name }) => name)
      .sort(),
  );
});
