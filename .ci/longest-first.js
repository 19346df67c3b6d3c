const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

const RUNS = [
  ['docs', 'testing', 'now.json'],
  ['.local', 'last-run.json'],
].map((path) => join(__dirname, '..', ...path));

/**
 * Starts the longest test files first, by the recorded run (docs/testing.md) and the last one here, so that no worker is
 * left with a long one at the end. Jest itself only knows its own last run, which a fresh checkout doesn't have.
 */
module.exports = class LongestFirst extends Sequencer {
  constructor(options) {
    super(options);
    const files = RUNS.filter(existsSync).flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).files);
    this.seconds = new Map(files.map(({ file, seconds }) => [file, seconds]));
  }

  sort(tests) {
    const [known, others] = [[], []];
    for (const test of tests) (this.secondsOf(test) === undefined ? others : known).push(test);
    // New ones first: their duration is unknown.
    return [...super.sort(others), ...known.sort((a, b) => this.secondsOf(b) - this.secondsOf(a))];
  }

  secondsOf({ path }) {
    const [, name] = /__tests__\/(.*)\.test\.ts$/.exec(path) ?? [];
    return this.seconds.get(name);
  }
};
