import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

const PATIENCE_MS = 60_000;
const DOWN = '\x1b[B';
const CTRL_C = '\x03';
/** Ctrl-U: clears the line. */
const CLEAR = '\x15';

/** A program on a terminal, and who sits there: waits for what is asked, then types. */
export class Terminal {
  private readonly child: ChildProcess;
  private output = '';
  /** Up to where it has been read. */
  private read = 0;
  private ended?: number;

  /** util-linux's script makes the terminal. */
  constructor(command: string, cwd: string, env: NodeJS.ProcessEnv) {
    const args = ['--quiet', '--return', '--log-out', '/dev/null', '--command', command];
    this.child = spawn('script', args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.child.on('close', (code) => (this.ended = code ?? 1));
  }

  get screen(): string {
    return stripVTControlCharacters(this.output);
  }

  /** Waits until a text is shown that wasn't there before. */
  async see(text: string): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const at = this.screen.indexOf(text, this.read);
      if (at >= 0) {
        this.read = at + text.length;
        return;
      }
      if (this.ended !== undefined || Date.now() > end)
        throw new Error(`"${text}" was not shown:\n${this.screen.slice(this.read)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Answers a question. `cleared`: in the place of the text there. */
  async type(question: string, answer: string, { cleared = false } = {}): Promise<void> {
    await this.see(question);
    this.child.stdin?.write(`${cleared ? CLEAR : ''}${answer}\r`);
  }

  /** Chooses the nth of a list, counted from what is marked. */
  async choose(question: string, n: number): Promise<void> {
    await this.see(question);
    this.child.stdin?.write(`${DOWN.repeat(n)}\r`);
  }

  interrupt(): void {
    this.child.stdin?.write(CTRL_C);
  }

  /** Waits for the end of the program. Returns its exit code. */
  async end(): Promise<number> {
    while (this.ended === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    return this.ended;
  }

  /** Whatever still runs there ends. */
  close(): void {
    this.child.kill();
  }
}
