/** What people notice of changes on day 2: two post without a pause to speak of, one reads, one listens. */
import { eventually } from '../__tests__/support/eventually';
import { LocalServer } from '../__tests__/support/machine/local-server';
import { type Report, Traffic } from '../__tests__/support/machine/traffic';
import { type Figure, type Section, seconds } from './figures';

/** Beside whatever `make local` made. */
const SLOT = 8;

interface Change {
  name: string;
  make: (server: LocalServer, run: number) => Promise<unknown>;
  /** What of its time each of its steps took, in seconds, by name. */
  steps?: (server: LocalServer) => Promise<Record<string, number>>;
}

const CHANGES: readonly Change[] = [
  {
    name: 'change of a setting of Mastodon',
    make: async (server, run) => {
      await server.stack.setConfig({ smtp: { ...server.smtp, from: `run-${String(run)}@mastodon.test` } });
      await server.stack.up();
    },
  },
  {
    name: 'renewal of the certificate',
    make: (server) =>
      eventually('Pebble accepts a nonce', async () => {
        await server.ssh('alice', 'sudo certbot renew --quiet --force-renewal --no-random-sleep-on-renew');
        return true;
      }),
  },
  {
    // One minor version, then patch after patch.
    name: 'upgrade of Mastodon',
    make: async (server, run) => {
      await server.stack.setConfig({ mastodon: await server.release(`4.7.${String(run)}`) });
      await server.stack.up();
    },
    steps: async (server) => {
      const report = await server.ssh('alice', 'cat /var/lib/mastodon/upgrade-report.json');
      const { to, steps } = JSON.parse(report) as { to: string; steps: { name: string; seconds: number }[] };
      return Object.fromEntries(steps.map((step) => [step.name.replace(` ${to}`, ''), step.seconds]));
    },
  },
];

export const day2: Section = {
  title: 'Changes on day 2',
  run: async (runs) => {
    const server = await LocalServer.prepare(SLOT);
    try {
      await server.stack.up();
      const figures: Figure[] = [];
      for (const change of CHANGES) figures.push(...(await noticed(server, change, runs)));
      return figures;
    } finally {
      await server.stack.destroy().catch(() => undefined);
      await server.remove();
    }
  },
};

async function noticed(server: LocalServer, { name, make, steps }: Change, runs: number): Promise<Figure[]> {
  const times: number[] = [];
  const reports: Report[] = [];
  const parts = new Map<string, number[]>();
  for (let run = 0; run < runs; run += 1) {
    const traffic = await Traffic.begin(server, `${name} ${String(run)}`);
    times.push(await seconds(() => make(server, run)));
    reports.push(await traffic.end());
    for (const [step, time] of Object.entries((await steps?.(server)) ?? {}))
      parts.set(step, [...(parts.get(step) ?? []), time]);
  }
  const values = (of: (report: Report) => number) => reports.map(of);
  return [
    { name: `${name}: takes`, unit: 's', values: times },
    { name: `${name}: requests`, unit: 'requests', values: values(({ requests }) => requests) },
    {
      name: `${name}: failed requests`,
      unit: 'requests',
      values: values(({ failures }) => failures.length),
      aim: 0,
    },
    {
      name: `${name}: longest gap between two posts of a person`,
      unit: 's',
      values: values(({ longestGap }) => longestGap),
      note: 'Of it, 0.3 s are the pause of the person.',
    },
    {
      name: `${name}: streaming away`,
      unit: 's',
      values: values(({ longestSilence }) => longestSilence),
      note: 'Clients connect again by themselves and fetch what they have missed; no post stayed unseen.',
    },
    ...[...parts].map(([step, values]): Figure => ({
      name: `${name}, on the machine: ${step}`,
      unit: 's',
      values,
    })),
  ];
}
