// Which folder may import which: `make lint` refuses any other import, and every cycle. CONTRIBUTING.md says what each folder is for.
const PROGRAM = ['lib', 'settings', 'network', 'community-files', 'cloud-init', 'components'];
const PRODUCTION = [...PROGRAM, 'index.ts', 'policies', 'cli', 'local', 'trials'];

/** A folder or file, and what it may import besides itself. What is not named here may be imported by none of these. */
const MAY_IMPORT = {
  lib: [],
  settings: ['lib', 'network'],
  network: ['settings'],
  'community-files': ['lib', 'settings'],
  'cloud-init': ['lib', 'settings', 'network'],
  components: ['lib', 'settings', 'network', 'community-files', 'cloud-init'],
  'index.ts': ['settings', 'components'],
  policies: [],
  cli: PROGRAM,
  local: ['lib'],
  trials: [...PROGRAM, 'cli', 'local'],
  examples: ['components'],
  '__tests__/support': PRODUCTION,
  benchmarks: [...PRODUCTION, '__tests__/support'],
  docs: [...PRODUCTION, '__tests__/support'],
  '.ci': ['__tests__/support'],
};

const within = (name) => `^${name.replace('.', '\\.')}(/|$)`;
const PACKAGES = '^(node_modules|sdks/civo)/';

const layers = Object.entries(MAY_IMPORT).map(([name, others]) => ({
  name: `${name} may import ${others.join(', ') || 'nothing else'}`,
  severity: 'error',
  from: { path: within(name) },
  to: { pathNot: [name, ...others].map(within).concat(PACKAGES), dependencyTypesNot: ['core'] },
}));

module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'tests import __tests__/support, and not each other',
      severity: 'error',
      from: { path: '^__tests__/(?!support/)' },
      to: { path: '^__tests__/(?!support/).*\\.ts$' },
    },
    {
      name: 'a folder that .ci/layers.cjs does not know',
      severity: 'error',
      from: { pathNot: [...Object.keys(MAY_IMPORT), '__tests__'].map(within).concat(PACKAGES) },
      to: { pathNot: PACKAGES, dependencyTypesNot: ['core'] },
    },
    { name: 'no cycles', severity: 'error', from: { pathNot: PACKAGES }, to: { circular: true } },
    { name: 'no import leads nowhere', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: PACKAGES },
    // Also imports of types: a reader follows them, too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'import', 'default'] },
    // Another program, with packages of its own.
    exclude: { path: '^local/stand-in/streaming/' },
  },
};
