/** A server whose machine is taken over from, and what tests do to its machines and see of its lease. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Result } from '../stack';
import type { Visitor } from '../visitor';
import { eventually } from '../eventually';
import { Hardware } from './hardware';
import { DOMAIN, LocalServer } from './local-server';
import type { Outputs } from './outputs';
import { s3 } from './s3';

export const LEASE = '/usr/local/sbin/mastodonctl lease';
export const SERVING = [
  'postgresql@17-main', 'mastodon-web@1', 'mastodon-web@2', 'mastodon-streaming', 'mastodon-sidekiq@default',
].join(' '); // prettier-ignore

export interface Lease {
  machine: string;
  term: number;
  beat: number;
  state: string;
}

export class TakeoverServer {
  server!: LocalServer;
  hardware!: Hardware;
  outputs!: Outputs;
  /** The owner, logged in. */
  visitor!: Visitor;

  /** The first machine, in its first term: a boot of the holder begins none. */
  async up(): Promise<void> {
    this.server = await LocalServer.served();
    this.hardware = new Hardware(this.server);
    this.outputs = await this.server.outputs();
    this.visitor = await this.server.owner();
  }

  async remove(): Promise<void> {
    // What did not come up leaves nothing either.
    await (this.server as LocalServer | undefined)?.remove();
  }

  readonly sudo = (command: string) => this.server.sudo(command);
  readonly sql = (query: string) => this.server.sql(query);
  readonly healthy = () => this.server.healthy();
  readonly currentMachine = async () => (await this.server.stack.outputs<Outputs>()).instanceId;

  /** The lease as it is in the bucket. */
  readonly lease = async (): Promise<Lease> => {
    const client = await s3(this.server, 'backups');
    const { name: Bucket } = this.outputs.buckets.backups;
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'lease/holder.json' }));
    return JSON.parse((await answer.Body?.transformToString()) ?? '') as Lease;
  };

  /** Waits until the lease has a term. Returns how many seconds it had not changed before. */
  readonly takeoverTimes = async (term: number): Promise<{ silence: number }> => {
    let { beat } = await this.lease();
    let last = performance.now();
    for (;;) {
      const now = await this.lease();
      if (now.term === term) return { silence: (performance.now() - last) / 1_000 };
      if (now.beat !== beat) {
        beat = now.beat;
        last = performance.now();
      }
      await sleep(500);
    }
  };

  /** Raises `generation`: the machine before hands over. */
  readonly replaceMachine = async (generation: number): Promise<Result> => {
    await this.server.stack.setConfig({ generation });
    return this.server.stack.up();
  };

  /** Raises `generation` where the machine before can't hand over: the new one serves, and the `up` fails so as to keep the old one. */
  readonly succeed = async (generation: number, dead: string): Promise<void> => {
    const { stack } = this.server;
    await stack.setConfig({ generation });
    await expect(stack.up()).rejects.toThrow(
      `this machine took over while ${dead} gave no sign. It serves, but`,
    );
  };

  /** Asks for the lease once, as a machine that is on its way does at each check; signed, as only a machine can. */
  readonly ask = (machine: string, term: number, count: number) =>
    this.server.root(`python3 -B - <<'PYTHON'
import sys
sys.path.insert(0, '/usr/local/lib/mastodon')
from mastodonctl.lease.records import Request
from mastodonctl.lease.store import open_store
open_store().write_request(Request('${DOMAIN}', '${machine}', 'stranger', ${String(term)}, ${String(count)}))
PYTHON`);

  readonly otherMachine = (than: string): string => {
    const [other] = this.hardware.all().filter((machine) => machine !== than);
    if (other === undefined) throw new Error('there is one machine only');
    return other;
  };

  private readonly states = (machine: string) =>
    this.hardware.inside(machine, `systemctl is-active ${SERVING}`);

  readonly expectNothingServes = (machine: string): void => {
    expect(this.states(machine)).not.toMatch(/^active$/m);
  };

  readonly downWithinAMinute = (machine: string) =>
    eventually('its services are down', () => Promise.resolve(!/^active$/m.test(this.states(machine))), 60);

  /** Gives the lease's daemon on a machine a clock that is wrong by 5 minutes. */
  readonly setClockOff = (machine: string, offset: '+5m' | '-5m'): void => {
    const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
    const installed = this.hardware.inside(
      machine,
      `[[ -e ${library} ]] || { apt-get update -q && apt-get install -qy --no-install-recommends libfaketime; } >/dev/null 2>&1
       mkdir -p /etc/systemd/system/mastodon-lease.service.d
       printf '[Service]\\nEnvironment=LD_PRELOAD=${library} FAKETIME=${offset}\\n' >/etc/systemd/system/mastodon-lease.service.d/clock.conf
       systemctl daemon-reload && systemctl restart mastodon-lease.service && LD_PRELOAD=${library} FAKETIME=${offset} date +%s && date +%s`,
    );
    const [told = 0, right = 0] = installed.trim().split('\n').map(Number);
    expect(Math.abs(told - right)).toBeGreaterThan(290);
  };
}

/** What a takeover took, on the test's output. */
export function report(what: string, upSeconds: number | undefined, silence: number): void {
  process.stdout.write(
    `${what}: up ${String(Math.round(upSeconds ?? 0))} s, without an answer for ${silence.toFixed(0)} s\n`,
  );
}
