/**
 * Jest's environment for tests with machines: at the first failure in a test file, before the server is removed, what
 * it can tell is kept in `.local/failures/`, and the failure's message says where.
 */
import { relative } from 'node:path';
import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import type { keepFailure } from './living';
import { addNote, titleOf } from './note';

export default class MachineEnvironment extends TestEnvironment {
  private readonly file: string;
  private readonly checkout: string;
  private kept = false;

  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    this.file = context.testPath;
    this.checkout = config.globalConfig.rootDir;
  }

  /** Jest waits for it. */
  async handleTestEvent(event: Circus.Event, state: Circus.State): Promise<void> {
    if (event.name !== 'test_fn_failure' && event.name !== 'hook_failure') return;
    // Set by living.ts, where the test file has servers.
    const { keepFailure: keep } = this.global as { keepFailure?: typeof keepFailure };
    if (this.kept || !keep) return;
    this.kept = true;
    try {
      const { error } = event as { error: unknown };
      const title = event.name === 'hook_failure' ? event.hook.type : titleOf(event.test);
      const told = (error as { stack?: string } | undefined)?.stack ?? String(error);
      const folder = await keep({ file: relative(this.checkout, this.file), title, error: told });
      if (folder !== undefined) addNote(error, `What it left: ${relative(this.checkout, folder)}`, state);
      else this.kept = false;
    } catch (problem) {
      process.stderr.write(`What the failure left could not be kept: ${String(problem)}\n`);
    }
  }
}
