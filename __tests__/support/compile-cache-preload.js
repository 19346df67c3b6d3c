/**
 * Loaded into Node.js before anything else (`node --require`): what V8 and TypeScript make of a source is kept in the folder
 * COMPILE_CACHE, and the next process that loads the same source takes it from there. What runs, and in what order, stays
 * the same.
 *
 * Node.js has the first half built in since 22.1 (`module.enableCompileCache`); it works like this one.
 */
const { createHash } = require('node:crypto');
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { basename, dirname, join } = require('node:path');
const { deserialize, serialize, setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');
const { isMainThread } = require('node:worker_threads');

/** Plugins don't end, they are killed, and so is a program when a resource fails: what is new is kept from time to time. */
const KEEP_EVERY_MS = 200;

/** Packages don't change while tests run. */
const PACKAGES = '/node_modules/';

const hash = (...parts) => createHash('sha1').update(parts.join('\0')).digest('base64url');

/** One file for all that a program loads, as it is read at once. It is replaced as a whole, never written into. */
class Store {
  changed = false;

  constructor(file) {
    this.file = file;
    try {
      this.entries = deserialize(readFileSync(file));
    } catch {
      this.entries = new Map(); // empty at the start
    }
  }

  get(key) {
    return this.entries.get(key);
  }

  set(key, value) {
    this.entries.set(key, value);
    this.changed = true;
  }

  write() {
    if (!this.changed) return;
    this.changed = false;
    const unfinished = `${this.file}.${String(process.pid)}`;
    writeFileSync(unfinished, serialize(this.entries));
    renameSync(unfinished, this.file);
  }
}

/** As Node.js makes it for each module (lib/internal/modules/helpers.js, makeRequireFunction). */
function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

/** A script out of the store can't import modules. TypeScript writes such words, but doesn't use them. */
const imports = (content, filename) =>
  !filename.endsWith('/typescript/lib/typescript.js') && /\bimport\s*\(/.test(content);

/** Has modules compiled from the store. Returns what puts into it the code of those that weren't in it: as much as was needed so far. */
function keepCode(store) {
  const compiled = [];
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, format) {
    if (format === 'module') return compile.call(this, content, filename, format);
    // V8 itself distinguishes sources by their length only.
    const key = filename.includes(PACKAGES)
      ? `${filename} ${String(content.length)}`
      : hash(filename, content);
    const cachedData = store.get(key);
    if (cachedData === undefined && imports(content, filename))
      return compile.call(this, content, filename, format);
    let script;
    try {
      script = new Script(Module.wrap(content.replace(/^#!.*/, '')), { filename, cachedData });
    } catch {
      return compile.call(this, content, filename, format); // Node.js says what is wrong with it
    }
    if (cachedData === undefined || script.cachedDataRejected) compiled.push([key, script]);
    const run = script.runInThisContext({ displayErrors: true });
    return run.call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename));
  };
  return () => {
    for (const [key, script] of compiled.splice(0)) store.set(key, script.createCachedData());
  };
}

/** Where Node.js found the files of packages (Module._findPath keeps that for one process): it looks at the disk four times for each. */
function keepPaths(store) {
  const known = store.get('paths') ?? {};
  Object.assign(Module._pathCache, known);
  return () => {
    const inPackages = Object.entries(Module._pathCache).filter(
      ([key, path]) => path.includes(PACKAGES) && key.split('\0').slice(1).every(isInPackages),
    );
    if (inPackages.length > Object.keys(known).length)
      store.set('paths', Object.assign(known, Object.fromEntries(inPackages)));
  };
}

const isInPackages = (folder) => `${folder}/`.includes(PACKAGES);

/**
 * What Pulumi's SDK loads at its start and uses in few programs, a quarter of all that a program loads: npm's Arborist where functions are
 * in a state, OpenTelemetry where a run is traced. It is loaded by the first use.
 */
const SELDOM_USED = [
  { by: '/runtime/closure/codePaths.js', packages: /^@npmcli\/arborist$/ },
  { by: '/cmd/run/tracing.js', packages: /^@opentelemetry\/(?!api$)/ },
];

function loadWhenUsed() {
  const load = Module._load;
  Module._load = function (request, parent, isMain) {
    const seldom = SELDOM_USED.some(
      ({ by, packages }) => packages.test(request) && parent?.filename?.endsWith(by),
    );
    return seldom
      ? functionsOf(() => load(request, parent, isMain))
      : load.call(this, request, parent, isMain);
  };
}

/** The functions and classes that a module exports, without the module until one is called. */
function functionsOf(load) {
  const functionOf = (name) =>
    new Proxy(function () {}, {
      apply: (_, receiver, args) => Reflect.apply(load()[name], receiver, args),
      construct: (_, args) => new (load()[name])(...args),
    });
  return new Proxy({ __esModule: true }, { get: (own, name) => own[name] ?? functionOf(name) });
}

/** Has a function that modules export, of those that are required as `pattern`, replaced before anybody uses it. */
function replaceFunction(pattern, name, replacement) {
  const load = Module._load;
  const done = new WeakSet();
  Module._load = function (request, parent, isMain) {
    const loaded = load.call(this, request, parent, isMain);
    if (pattern.test(request) && typeof loaded[name] === 'function' && !done.has(loaded)) {
      done.add(loaded);
      loaded[name] = replacement(loaded[name]);
    }
    return loaded;
  };
}

/** Keeps what TypeScript makes of a source for ts-node, by which Pulumi's SDK runs programs (cmd/run/run.js). */
function keepTranspiled(store) {
  replaceFunction(/^\.\/ts-transpile-module$/, 'createTsTranspileModule', (create) => (ts, options) => {
    const transpile = create(ts, options);
    return (code, file, type) => {
      // The folder is not in what is made: ts-node puts it there (updateSourceMap).
      const inFolder = { ...file, fileName: basename(file.fileName) };
      const key = hash(ts.version, JSON.stringify([options, inFolder, type]), code);
      const known = store.get(key);
      if (known) return known;
      const made = transpile(code, file, type);
      if (made.diagnostics.length === 0) store.set(key, made);
      return made;
    };
  });
}

/**
 * Pulumi's SDK keeps the text of a stack trace with each of its promises (runtime/debuggable.js), for a message about those that never
 * end. Without the source map each is made in a tenth of the time; the trace then has the positions of the compiled source.
 */
function describePromisesFaster() {
  replaceFunction(/\/debuggable$/, 'debuggablePromise', (debuggable) => (promise, context) => {
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = undefined;
    try {
      return debuggable(promise, context);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
  });
}

const folder = process.env.COMPILE_CACHE;

if (folder && isMainThread) {
  const program = hash(process.version, process.arch, ...process.execArgv, process.argv[1]);
  const code = new Store(join(folder, `${program}.code`));
  const transpiled = new Store(join(folder, 'transpiled'));
  const collect = keepCode(code);
  keepTranspiled(transpiled);
  describePromisesFaster();
  loadWhenUsed();
  const collectPaths = keepPaths(code);
  // Room for all that a program makes while it loads, so that V8 need not move it.
  for (const flag of ['--min-semi-space-size=32', '--max-semi-space-size=64']) setFlagsFromString(flag);
  const keep = () => {
    try {
      collect();
      collectPaths();
      code.write();
      transpiled.write();
    } catch {
      // The folder was deleted with its test run: no process follows this one.
    }
  };
  process.once('exit', keep);
  setInterval(keep, KEEP_EVERY_MS).unref();
}
