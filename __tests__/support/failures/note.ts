import type { Circus } from '@jest/types';

/** A test's title with those of its groups, as Jest reports it. */
export function titleOf({ name, parent }: Pick<Circus.TestEntry, 'name' | 'parent'>): string {
  const names: string[] = [name];
  for (let block = parent; block.parent; block = block.parent) names.unshift(block.name);
  return names.join(' ');
}

type State = Pick<Circus.State, 'rootDescribeBlock' | 'unhandledErrors'>;

/** Adds a line to Jest's report of an error that a test failed with. */
export function addNote(error: unknown, note: string, state: State): void {
  // An error of the test's own realm is no instance of this one's Error.
  if (typeof error === 'object' && error !== null) addToError(error, note);
  // A text, such as Jest's own when the time is up: in every list that it was put on.
  else for (const errors of errorLists(state)) replaceIn(errors, error, `${String(error)}\n\n${note}`);
}

/** Also where the stack repeats the message, which is what Jest shows. */
function addToError(error: { message?: unknown; stack?: unknown }, note: string): void {
  const message = typeof error.message === 'string' ? error.message : '';
  const stack = typeof error.stack === 'string' ? error.stack : '';
  const noted = `${message}\n\n${note}`;
  error.message = noted;
  // Between the message and the calls.
  error.stack =
    message !== '' && stack.includes(message)
      ? stack.replace(message, () => noted)
      : stack.replace(/\n {4}at |$/, (calls) => `\n\n${note}${calls}`);
}

function errorLists({ rootDescribeBlock, unhandledErrors }: State): Circus.TestError[][] {
  const within = (block: Circus.DescribeBlock): Circus.TestError[][] =>
    block.children.flatMap((child) => (child.type === 'test' ? [child.errors] : within(child)));
  return [unhandledErrors, ...within(rootDescribeBlock)];
}

/** An entry is what was thrown, or that with an error that knows where it began. */
function replaceIn(errors: Circus.TestError[], thrown: unknown, noted: string): void {
  errors.forEach((entry, index) => {
    if (entry === thrown) errors[index] = noted;
    else if (Array.isArray(entry) && entry[0] === thrown) errors[index] = [noted, entry[1] as unknown];
  });
}
