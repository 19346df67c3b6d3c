import { setTimeout as delay } from 'node:timers/promises';

/**
 * Work that outlives the request that asked for it: a machine that boots, an address that takes a second.
 *
 * Jobs with the same key run one after the other, in the order in which they came. What a job leads to is in the state
 * (a status, a wish), never in the job: after a restart, the kind's owner looks for half-done records and starts
 * their jobs again.
 */
export class Jobs {
  private readonly last = new Map<string, Promise<void>>();
  private readonly closing = new AbortController();

  constructor(private readonly log: (line: string) => void) {}

  /** Runs `work` after the key's earlier jobs, whether those failed or not. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    const job = (this.last.get(key) ?? Promise.resolve()).then(work);
    const settled = job
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(key) === settled) this.last.delete(key);
      });
    this.last.set(key, settled);
    return job;
  }

  /** Like `run`, but fire-and-forget: failures are logged under `what`, except work aborted by `close`. */
  start(key: string, what: string, work: () => Promise<void>): void {
    this.run(key, work).catch((error: unknown) => {
      if (!this.closed) this.log(`${what}: ${messageOf(error)}`);
    });
  }

  get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Waits; rejects when the API closes meanwhile, so that the job ends there and is resumed by the next start. */
  async wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.closing.signal });
  }

  /** Ends all waits, then resolves when no job runs any more. */
  async close(): Promise<void> {
    this.closing.abort();
    while (this.last.size > 0) await Promise.all(this.last.values());
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
