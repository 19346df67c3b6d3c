import { setTimeout as sleep } from 'node:timers/promises';
import type { Visitor } from '../visitor';

/** A person who posts one status after the other, until asked to end. */
export class Writer {
  readonly acknowledged: string[] = [];
  /** What the server, or the way to it, said instead of taking a post. */
  readonly failures: string[] = [];
  /** When the server answered, in milliseconds. */
  private readonly answers = [performance.now()];
  private readonly done: Promise<void>;
  private ended = false;

  /** @param pauseMs between a post and the next one */
  constructor(
    private readonly visitor: Visitor,
    private readonly name: string,
    private readonly pauseMs = 0,
  ) {
    this.done = this.write();
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.done;
  }

  /** The longest time without an answer, in seconds. */
  get longestSilence(): number {
    const gaps = this.answers.slice(1).map((time, i) => time - (this.answers[i] ?? time));
    return Math.max(...gaps) / 1_000;
  }

  /** When a post was acknowledged, in milliseconds. */
  timeOf(status: string): number {
    return this.answers[this.acknowledged.indexOf(status) + 1] ?? NaN;
  }

  private async write(): Promise<void> {
    for (let n = 0; !this.ended; n += 1) {
      const status = `${this.name} ${String(n)}`;
      try {
        await this.visitor.api('POST', '/api/v1/statuses', { status });
        this.acknowledged.push(status);
        this.answers.push(performance.now());
        await sleep(this.pauseMs);
      } catch (error) {
        this.failures.push(`${new Date().toISOString()} ${status}: ${String(error)}`);
        await sleep(250);
      }
    }
  }
}
