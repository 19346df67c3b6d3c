/** What monitoring/ has for a Prometheus and a Grafana, judged by Prometheus' own tool. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { ensurePrometheus, MONITORING } from '../support/prometheus';

const read = (name: string) => readFileSync(join(MONITORING, name), 'utf8');

let folder: string;
let promtool: (...args: string[]) => Promise<{ stdout: string }>;

beforeAll(async () => {
  const programs = await ensurePrometheus();
  folder = mkdtempSync(join(tmpdir(), 'monitoring-'));
  promtool = (...args) => promisify(execFile)(programs.promtool, args, { cwd: folder });
  cpSync(MONITORING, folder, { recursive: true });
}, 300_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the configuration and its rules are valid', async () => {
  const { stdout } = await promtool('check', 'config', 'prometheus.yml');
  expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
});

const instance = 'example.social:9180';

/** Series in which an alert has its reason, and in which it hasn't: a value a minute, for 90 minutes. */
const SERIES: Readonly<Record<string, { bad: Record<string, string>; good: Record<string, string> }>> = {
  MastodonUnreachable: {
    bad: { 'up{job="mastodon",exporter="node"}': '0x90' },
    good: { 'up{job="mastodon",exporter="node"}': '1x90' },
  },
  MastodonRequestsFail: {
    bad: {
      'ruby_http_requests_total{status="200"}': '0+600x90',
      'ruby_http_requests_total{status="500"}': '0+60x90',
    },
    good: {
      'ruby_http_requests_total{status="200"}': '0+600x90',
      'ruby_http_requests_total{status="500"}': '0+6x90',
    },
  },
  MastodonWebIsBusy: {
    bad: {
      'ruby_http_request_queue_duration_seconds_sum{}': '0+60x90',
      'ruby_http_request_queue_duration_seconds_count{}': '0+60x90',
    },
    good: {
      'ruby_http_request_queue_duration_seconds_sum{}': '0+6x90',
      'ruby_http_request_queue_duration_seconds_count{}': '0+60x90',
    },
  },
  MastodonJobsWait: {
    bad: { 'ruby_sidekiq_queue_latency_seconds{queue="pull"}': '600x90' },
    good: { 'ruby_sidekiq_queue_latency_seconds{queue="pull"}': '10x90' },
  },
  MastodonJobsDie: {
    bad: { 'ruby_sidekiq_stats_dead_size{}': '0+2x90' },
    good: { 'ruby_sidekiq_stats_dead_size{}': '1000x90' },
  },
  MachineIsShortOfMemory: {
    bad: { 'node_memory_MemAvailable_bytes{}': '5x90', 'node_memory_MemTotal_bytes{}': '100x90' },
    good: { 'node_memory_MemAvailable_bytes{}': '50x90', 'node_memory_MemTotal_bytes{}': '100x90' },
  },
  DiskFillsUp: {
    bad: {
      'node_filesystem_avail_bytes{mountpoint="/"}': '10x90',
      'node_filesystem_size_bytes{mountpoint="/"}': '100x90',
    },
    good: {
      'node_filesystem_avail_bytes{mountpoint="/"}': '50x90',
      'node_filesystem_size_bytes{mountpoint="/"}': '100x90',
    },
  },
  LogIsNotArchived: {
    bad: { 'pg_stat_archiver_failed_count{}': '0+1x90' },
    good: { 'pg_stat_archiver_failed_count{}': '7x90' },
  },
  RedisIsFull: {
    bad: { 'redis_memory_used_bytes{}': '50x90', 'node_memory_MemTotal_bytes{}': '100x90' },
    good: { 'redis_memory_used_bytes{}': '5x90', 'node_memory_MemTotal_bytes{}': '100x90' },
  },
  ConnectionsRunOut: {
    bad: {
      'mastodon_connections{of="nginx"}': '810x90',
      'mastodon_connections_limit{of="nginx"}': '1000x90',
    },
    good: {
      'mastodon_connections{of="nginx"}': '790x90',
      'mastodon_connections_limit{of="nginx"}': '1000x90',
    },
  },
  BackupIsOld: {
    bad: { 'mastodon_age_seconds{of="backup"}': '200000x90' },
    good: {
      'mastodon_age_seconds{of="backup"}': '80000x90',
      'mastodon_age_seconds{of="proof"}': '500000x90',
    },
  },
  CertificateEnds: {
    bad: { 'mastodon_certificate_seconds_left{}': '86400x90' },
    good: { 'mastodon_certificate_seconds_left{}': '5000000x90' },
  },
};

interface Rule {
  alert: string;
}

const rules = (parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

test('each alert has its series here', () => {
  expect(rules.map(({ alert }) => alert).sort()).toEqual(Object.keys(SERIES).sort());
});

test.each(Object.entries(SERIES))('%s comes when it should, and only then', async (alert, { bad, good }) => {
  const labelled = (series: Record<string, string>) =>
    Object.entries(series).map(([name, values]) => ({
      series: name.replace('{', `{instance="${instance}",`).replace(',}', '}'),
      values,
    }));
  // By the group's state only: labels and texts are the rules' own.
  const firing = (expected: number) => ({
    expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) or vector(0)`,
    eval_time: '90m',
    exp_samples: [{ labels: '{}', value: expected }],
  });
  const file = join(folder, `${alert}.yml`);
  writeFileSync(
    file,
    stringify({
      rule_files: ['alerts.yml'],
      evaluation_interval: '1m',
      tests: [
        { interval: '1m', input_series: labelled(bad), promql_expr_test: [firing(1)] },
        { interval: '1m', input_series: labelled(good), promql_expr_test: [firing(0)] },
      ],
    }),
  );
  const { stdout } = await promtool('test', 'rules', file);
  expect(stdout).toContain('SUCCESS');
});
