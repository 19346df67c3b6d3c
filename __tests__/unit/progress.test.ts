import { Progress } from '../../local/progress';

let lines: string[];
let progress: Progress;
beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  progress = new Progress((line) => lines.push(line));
});
afterEach(() => {
  jest.useRealTimers();
});

test('a part that is ready at once costs no line', () => {
  progress.part('quick');
  jest.advanceTimersByTime(900);
  progress.part('quick', 0.9);
  jest.advanceTimersByTime(60_000);
  expect(lines).toEqual([]);
});

test('a long part is named after 3 s, and shows every 20 s that it lives, and how far it is', () => {
  progress.part('build');
  jest.advanceTimersByTime(3_000);
  expect(lines).toEqual(['    build …']);
  jest.advanceTimersByTime(20_000);
  progress.part('build', '12 of 99 packages');
  progress.part('build', '40 of 99 packages');
  jest.advanceTimersByTime(40_000);
  progress.part('build', 64.2);
  jest.advanceTimersByTime(60_000);
  expect(lines).toEqual([
    '    build …',
    '    build … 23 s',
    '    build … 43 s, 40 of 99 packages',
    '    build … 1 min 03 s, 40 of 99 packages',
    '    build 1 min 04 s',
  ]);
});

test('steps side by side are distinguished', async () => {
  await Promise.all([
    progress.step('one', () => Promise.resolve()),
    progress.step('two', () => Promise.resolve()),
  ]);
  expect(lines).toEqual(['▸ one …', '▸ two …', '✓ one 0.0 s', '✓ two 0.0 s']);
  expect(progress.summary()).toMatch(/^ {2}one .*\n {2}two .*\n {2}altogether +0\.0 s$/);
});
