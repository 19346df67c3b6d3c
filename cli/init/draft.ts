import { NAMESPACE } from '../../settings/namespace';
import type { PlainSettings } from '../../settings/types';
import { validate } from '../../settings/validate';
import { plain, readConfig, type Setting, writeConfig } from '../lib/stack-config';
import type { PulumiCli } from '../lib/pulumi-cli';

export type Answers = Readonly<Record<string, Setting>>;
type Fields = Readonly<Record<string, unknown>>;

/** An answer that everybody may see. */
export const open = (value: unknown): Setting => ({ value, secret: false });
export const secret = (value: string): Setting => ({ value, secret: true });

/** The stack's settings as far as they have been answered: Pulumi's own file is the only place where they are kept. */
export class Draft {
  private constructor(
    private readonly pulumi: PulumiCli,
    private answered: Fields,
  ) {}

  static async of(pulumi: PulumiCli): Promise<Draft> {
    return new Draft(pulumi, plain(await readConfig(pulumi)));
  }

  /** As the program reads them; what is not answered yet is empty. */
  get judged(): PlainSettings {
    const validation = validate(this.answered);
    return 'settings' in validation ? validation.settings : validation.usable;
  }

  /** What the program says of the settings at these paths; of all without one. With `more` as if it had been answered. */
  problems(paths: readonly string[] = [], more: Fields = {}): readonly string[] {
    const validation = validate({ ...this.answered, ...more });
    const problems = 'problems' in validation ? validation.problems : [];
    return paths.length === 0
      ? problems
      : problems.filter((problem) => paths.some((path) => isAbout(path, problem)));
  }

  /** Takes answers over into the stack's file at once. An object keeps what is not answered again; a list keeps nothing. */
  async keep(answers: Answers): Promise<void> {
    for (const [key, { value }] of Object.entries(answers)) {
      if (Array.isArray(value) && key in this.answered)
        await this.pulumi.output(['config', 'rm', `${NAMESPACE}${key}`]);
    }
    await writeConfig(this.pulumi, answers);
    this.answered = plain(await readConfig(this.pulumi));
  }
}

const isAbout = (path: string, problem: string) =>
  problem.startsWith(path) && /^[ :.[]/.test(problem.slice(path.length));
