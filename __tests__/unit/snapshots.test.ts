import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clone, snapshot } from '../support/isolation/snapshots';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'snapshots-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const making = () =>
  jest.fn((folder: string) => {
    writeFileSync(join(folder, 'file'), 'content');
    return Promise.resolve();
  });

test('a snapshot is made once, also when two ask for it at the same time', async () => {
  const make = making();
  const [one, other] = await Promise.all([1, 2].map(() => snapshot('server', make, directory)));
  expect(one).toBe(other);
  expect(await snapshot('server', make, directory)).toBe(one);
  expect(make).toHaveBeenCalledTimes(1);
});

test('a snapshot that failed leaves nothing, and the next attempt makes it', async () => {
  await expect(snapshot('server', () => Promise.reject(new Error('no')), directory)).rejects.toThrow('no');
  expect(readdirSync(directory)).toEqual([]);
  const folder = await snapshot('server', making(), directory);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('content');
});

test('a snapshot that is older than six hours is made again', async () => {
  const make = making();
  const folder = await snapshot('server', make, directory);
  const old = new Date(Date.now() - 7 * 60 * 60 * 1_000);
  utimesSync(folder, old, old);
  await snapshot('server', make, directory);
  expect(make).toHaveBeenCalledTimes(2);
});

test('only the newest snapshots of a kind are kept', async () => {
  for (const [index, hash] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
    const folder = join(directory, `server-${hash.repeat(12)}`);
    mkdirSync(folder);
    utimesSync(folder, new Date(), new Date(Date.now() - index * 1_000));
  }
  mkdirSync(join(directory, `paper-${'a'.repeat(12)}`));
  await snapshot('other', making(), directory);
  const names = readdirSync(directory).map((name) => name.slice(0, 8));
  expect(names.filter((name) => !name.startsWith('other')).sort()).toEqual([
    ...['paper-aa', 'server-a', 'server-b', 'server-c', 'server-d'],
  ]);
});

test('a copy has the content, the times and the holes of its source', async () => {
  const source = join(directory, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'file'), 'content');
  execFileSync('truncate', ['--size', '1G', join(source, 'disk')]);
  const target = join(directory, 'target');
  mkdirSync(target);
  await clone(source, target);
  expect(existsSync(join(target, 'file'))).toBe(true);
  expect(statSync(join(target, 'file')).mtimeMs).toBe(statSync(join(source, 'file')).mtimeMs);
  expect(statSync(join(target, 'disk'))).toMatchObject({ size: 2 ** 30, blocks: 0 });
});
