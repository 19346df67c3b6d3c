/** A Prometheus on the VPN, with the configuration of monitoring/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '../free-endpoint';
import { ensurePrometheus, MONITORING } from '../prometheus';
import { eventually } from '../eventually';
import { DOMAIN, type LocalServer } from './local-server';

interface Series {
  metric: Readonly<Record<string, string>>;
  value: readonly [time: number, value: string];
}

interface Configuration {
  global: object;
  scrape_configs: [{ static_configs: { targets: string[] }[] }];
}

export class Monitor {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly address: string,
  ) {}

  static async start(server: LocalServer): Promise<Monitor> {
    const { prometheus } = await ensurePrometheus();
    const { publicAddress } = await server.outputs();
    const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
    cpSync(MONITORING, folder, { recursive: true });
    const file = join(folder, 'prometheus.yml');
    const written = parse(readFileSync(file, 'utf8')) as Configuration;
    const [job] = written.scrape_configs;
    // Only where it is, whose authority vouches for it, and how often: a test doesn't wait for minutes.
    const own = {
      ...written,
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      scrape_configs: [
        {
          ...job,
          tls_config: { server_name: DOMAIN, ca_file: server.cloud.acmeRoot },
          static_configs: job.static_configs.map((one) => ({ ...one, targets: [`${publicAddress}:9180`] })),
        },
      ],
    };
    writeFileSync(file, stringify(own));
    const address = `127.0.0.1:${String(await freePort())}`;
    const flags = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
    ];
    const monitor = new Monitor(folder, spawn(prometheus, flags, { stdio: 'ignore' }), address);
    await eventually('Prometheus answers', async () => (await fetch(`http://${address}/-/ready`)).ok, 30);
    return monitor;
  }

  /** What an expression gives now. */
  async query(expression: string): Promise<readonly Series[]> {
    const answer = await fetch(`http://${this.address}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const body = (await answer.json()) as { data?: { result: Series[] }; error?: string };
    if (!body.data) throw new Error(`${expression}: ${String(body.error)}`);
    return body.data.result;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the dashboard's panels ask for. */
export function dashboardQueries(): string[] {
  const { panels } = JSON.parse(readFileSync(join(MONITORING, 'dashboard.json'), 'utf8')) as {
    panels: { targets?: { expr: string }[] }[];
  };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** The names of the series that the alerts look at. */
export function alertedSeries(): string[] {
  const { groups } = parse(readFileSync(join(MONITORING, 'alerts.yml'), 'utf8')) as {
    groups: { rules: { expr: string }[] }[];
  };
  const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
  const names = expressions.flatMap((expression) => {
    const bare = expression.replace(/\{[^}]*\}/g, '').replace(/\b(by|on) \([^)]*\)/g, '');
    return bare.match(/\bup\b|\b[a-zA-Z]+_[a-zA-Z_]+\b/g) ?? [];
  });
  return [...new Set(names)];
}
