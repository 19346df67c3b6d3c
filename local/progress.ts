/** Progress for a person: a line when a step begins, and one with its time when it is done. */
export class Progress {
  private readonly start = performance.now();
  private readonly times: { step: string; seconds: number }[] = [];
  private readonly begun = new Map<string, NodeJS.Timeout>();

  /** Runs one step. Steps may run side by side. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    console.log(`▸ ${name} …`);
    const result = await work();
    const seconds = (performance.now() - start) / 1000;
    this.times.push({ step: name, seconds });
    console.log(`✓ ${name} ${inSeconds(seconds)}`);
    return result;
  }

  /** A part of a step that takes long enough to be worth a line: begun, or, with its time, done. */
  readonly part = (name: string, seconds?: number): void => {
    if (seconds === undefined) {
      const waited = () => {
        console.log(`    ${name} …`);
      };
      this.begun.set(name, setTimeout(waited, 3_000).unref());
      return;
    }
    clearTimeout(this.begun.get(name));
    if (seconds >= 1) console.log(`    ${name} ${inSeconds(seconds)}`);
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

function inSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${String(Math.floor(seconds / 60))} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
}
