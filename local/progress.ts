/** What is logged of a part at once, and again and again while it lasts. */
const AT_FIRST_MS = 3_000;
const EVERY_MS = 20_000;

/** Progress for a person: a line when a step begins, signs of life while it lasts, and one with its time when it is done. */
export class Progress {
  private readonly start = performance.now();
  private readonly times: { step: string; seconds: number }[] = [];
  private readonly begun = new Map<string, Part>();

  constructor(private readonly print: (line: string) => void = console.log) {}

  /** Runs one step. Steps may run side by side. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    this.print(`▸ ${name} …`);
    const result = await work();
    const seconds = (performance.now() - start) / 1000;
    this.times.push({ step: name, seconds });
    this.print(`✓ ${name} ${inSeconds(seconds)}`);
    return result;
  }

  /**
   * A part of a step that takes long enough to be worth a line: begun, how far it is, or, with its time, done.
   * One that lasts is named after 3 s, and every 20 s with its time so far and what was last said of it.
   */
  readonly part = (name: string, state?: number | string): void => {
    const part = this.begun.get(name);
    if (typeof state === 'string') {
      if (part) part.howFar = state;
      return;
    }
    part?.stop();
    this.begun.delete(name);
    if (state === undefined) this.begun.set(name, new Part(name, this.print));
    else if (state >= 1) this.print(`    ${name} ${inSeconds(state)}`);
  };

  /** How long each step took, and all of them together. */
  summary(): string {
    const total = (performance.now() - this.start) / 1000;
    const rows = [...this.times, { step: 'altogether', seconds: total }];
    const width = Math.max(...rows.map(({ step }) => step.length));
    return rows
      .map(({ step, seconds }) => `  ${step.padEnd(width)}  ${inSeconds(seconds).padStart(9)}`)
      .join('\n');
  }
}

/** A part that is being worked on. */
class Part {
  howFar = '';
  private readonly start = performance.now();
  private timer: NodeJS.Timeout;

  constructor(
    private readonly name: string,
    private readonly print: (line: string) => void,
  ) {
    // Work keeps the process alive, not its log.
    this.timer = setTimeout(() => {
      this.print(`    ${this.name} …`);
      this.timer = setInterval(() => {
        this.tell();
      }, EVERY_MS).unref();
    }, AT_FIRST_MS).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private tell(): void {
    const soFar = inSeconds((performance.now() - this.start) / 1000, 0);
    this.print(`    ${[`${this.name} … ${soFar}`, this.howFar].filter(Boolean).join(', ')}`);
  }
}

function inSeconds(seconds: number, digits = 1): string {
  if (seconds < 60) return `${seconds.toFixed(digits)} s`;
  const whole = Math.round(seconds);
  return `${String(Math.floor(whole / 60))} min ${String(whole % 60).padStart(2, '0')} s`;
}
