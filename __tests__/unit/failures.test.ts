import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Circus } from '@jest/types';
import { collect, failureName, removeOldest } from '../support/failures/collect';
import { keepFailure, type Server } from '../support/failures/living';
import { addNote } from '../support/failures/note';
import { TestCivo } from '../support/test-civo';

let folder: string;
let civo: TestCivo;
const { PATH: path } = process.env;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'failures-'));
  civo = await TestCivo.start();
  write('bin/journalctl', '#!/bin/sh\necho "asked: $*"\n');
  chmodSync(join(folder, 'bin/journalctl'), 0o755);
  process.env.PATH = [join(folder, 'bin'), path].join(delimiter);
});
afterEach(async () => {
  process.env.PATH = path;
  await civo.stop();
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** A server whose cloud has a machine that is on, as far as files tell. */
function fakeServer(): Server {
  write('cloud/civo.json', '{}');
  write('cloud/log/cloud.log', 'ready\n');
  write('cloud/log/acme.log', 'no challenge\n');
  write('cloud/machines/one/console.log', 'Welcome\n');
  write('cloud/machines/one/root/var/log/mastodon-boot.log', 'converged\n');
  write('cloud/machines/one/root/var/log/journal/1/system.journal', 'binary');
  const event = (message: string) => JSON.stringify({ diagnosticEvent: { message } });
  const events = [
    event('<{%reset%}>converge: failed in step 40<{%reset%}>\n'),
    '{"preludeEvent":{}}',
    '{"ha',
  ];
  write('stack/events.jsonl', events.join('\n'));
  return {
    cloud: { stateFolder: join(folder, 'cloud'), civoApiUrl: civo.api.url },
    stack: {
      eventLog: join(folder, 'stack/events.jsonl'),
      export: () => Promise.resolve({ version: 3 }),
    },
  };
}

const failure = { file: '__tests__/machine/restore.test.ts', title: 'restores', error: 'Error: no' };
const keep = (servers: Server[]) => keepFailure(failure, servers, join(folder, 'kept'));

describe('what a failing test with a machine leaves', () => {
  test('is one folder with logs, calls, journal, console and state', async () => {
    await civo.get('/v2/regions');
    const kept = (await keep([fakeServer()])) ?? '';
    const read = (name: string) => readFileSync(join(kept, name), 'utf8');
    expect(kept).toMatch(/\/restore-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/);
    expect(read('test.txt')).toBe('__tests__/machine/restore.test.ts\nrestores\n\nError: no\n');
    expect(read('cloud/log/acme.log')).toBe('no challenge\n');
    expect(read('cloud/log/cloud.log')).toBe('ready\n');
    expect(read('cloud/civo.json')).toBe('{}');
    expect(read('cloud/requests.txt')).toMatch(/^\S+ GET \/v2\/regions\s+200 \d+ ms\n$/);
    expect(read('cloud/machines/one/console.log')).toBe('Welcome\n');
    expect(read('cloud/machines/one/journal.txt')).toMatch(/^asked: --directory .*root\/var\/log\/journal /);
    expect(read('cloud/machines/one/var-log/mastodon-boot.log')).toBe('converged\n');
    expect(existsSync(join(kept, 'cloud/machines/one/var-log/journal'))).toBe(false);
    expect(JSON.parse(read('stack/state.json'))).toEqual({ version: 3 });
    expect(read('stack/events.jsonl')).toContain('preludeEvent');
    expect(read('stack/messages.txt')).toBe('converge: failed in step 40\n');
    expect(existsSync(join(kept, 'missing.txt'))).toBe(false);
  });

  test('has a cloud once that two stacks share', async () => {
    const server = fakeServer();
    const kept = (await keep([server, { ...server }])) ?? '';
    expect(readdirSync(kept).sort()).toEqual(['cloud', 'stack', 'stack-2', 'test.txt']);
  });

  test('has the rest where something is gone, and says what is missing', async () => {
    const server = fakeServer();
    rmSync(join(folder, 'cloud/civo.json'));
    rmSync(join(folder, 'cloud/machines/one/root'), { recursive: true });
    rmSync(join(folder, 'stack'), { recursive: true });
    const kept = (await keep([server])) ?? '';
    const missing = readFileSync(join(kept, 'missing.txt'), 'utf8');
    for (const name of ['cloud/civo.json', 'cloud/machines/one/journal.txt', 'stack/events.jsonl'])
      expect(missing).toMatch(new RegExp(`^${name}: .*Error`, 'm'));
    expect(existsSync(join(kept, 'cloud/log/cloud.log'))).toBe(true);
    expect(existsSync(join(kept, 'stack/state.json'))).toBe(true);
  });

  test('is nothing where there is no server', async () => {
    expect(await keep([])).toBeUndefined();
    expect(existsSync(join(folder, 'kept'))).toBe(false);
  });

  test('does not wait for a part that does not end', async () => {
    let ended = false;
    const hanging = {
      name: 'hangs',
      write: (_target: string, signal: AbortSignal) =>
        new Promise<void>(() => {
          signal.addEventListener('abort', () => (ended = true));
        }),
    };
    const other = { name: 'other', write: (target: string) => writeFile(target, 'there') };
    await collect(join(folder, 'kept'), [hanging, other], 1_000);
    expect(readFileSync(join(folder, 'kept/missing.txt'), 'utf8')).toBe('hangs: Error: not within 1 s\n');
    expect(readFileSync(join(folder, 'kept/other'), 'utf8')).toBe('there');
    expect(ended).toBe(true);
  });

  test('is removed when there are many newer ones', () => {
    const names = [1, 2, 3].map((second) =>
      failureName(second === 1 ? 'z.test.ts' : 'a.test.ts', new Date(second * 1_000)),
    );
    for (const name of names) mkdirSync(join(folder, 'kept', name), { recursive: true });
    removeOldest(join(folder, 'kept'), 2);
    expect(readdirSync(join(folder, 'kept'))).toEqual(['a-1970-01-01T00-00-02', 'a-1970-01-01T00-00-03']);
  });
});

describe('the failure says where', () => {
  const stateWith = (errors: Circus.TestError[] = []) => {
    const children = [{ type: 'describeBlock', children: [{ type: 'test', errors }] }];
    return { rootDescribeBlock: { children }, unhandledErrors: [] } as unknown as Circus.State;
  };

  test('between its message and the calls', () => {
    const error = new Error('costs $& and $1');
    addNote(error, 'What it left: here', stateWith());
    expect(error.message).toBe('costs $& and $1\n\nWhat it left: here');
    expect(error.stack).toMatch(/^Error: costs \$& and \$1\n\nWhat it left: here\n {4}at /);
  });

  test('behind a text, as Jest throws it when the time is up', () => {
    const state = stateWith([['late', 'where'], 'late', 'other']);
    addNote('late', 'here', state);
    const [group] = state.rootDescribeBlock.children as Circus.DescribeBlock[];
    const [test] = group?.children as Circus.TestEntry[];
    expect(test?.errors).toEqual([['late\n\nhere', 'where'], 'late\n\nhere', 'other']);
  });

  test('unless nothing was thrown', () => {
    expect(() => {
      addNote(undefined, 'here', stateWith());
    }).not.toThrow();
  });
});
