/** @type {import('jest').Config} */
const project = (name, extra = {}) => ({
  displayName: name,
  // The SDK's package.json stands a second time beside its compiled files; .local holds machines.
  modulePathIgnorePatterns: ['<rootDir>/sdks/civo/bin/package.json', '<rootDir>/.local/'],
  testMatch: [`<rootDir>/__tests__/${name}/**/*.test.ts`],
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
  ...extra,
});

// What takes longer than a change may: `make nightly`.
const nightly = project('nightly', {
  testEnvironment: '<rootDir>/__tests__/support/failures/environment.ts',
});

module.exports = {
  // More than processors: much of a machine test is waiting.
  maxWorkers: 3,
  // Far below the 4 GB at which V8 ends a process: a worker that used more by the end of a file is replaced.
  workerIdleMemoryLimit: '2GB',
  testSequencer: '<rootDir>/.ci/longest-first.js',
  globalSetup: '<rootDir>/__tests__/support/isolation/setup.ts',
  globalTeardown: '<rootDir>/__tests__/support/isolation/teardown.ts',
  // Two busy cores: a hanging test differs from a slow one by minutes, not by seconds.
  testTimeout: 120_000,
  reporters: process.env.NIGHTLY
    ? ['default', '<rootDir>/.ci/nightly.js']
    : ['default', '<rootDir>/.ci/count-tests.js', '<rootDir>/.ci/times.js'],
  projects: [
    ...(process.env.NIGHTLY ? [nightly] : []),
    project('unit'),
    project('engine'),
    project('machine', { testEnvironment: '<rootDir>/__tests__/support/failures/environment.ts' }),
  ],
};
