/** Where lists come from: servers that answer something else, slowly, too much or not at all. */
import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { folderOf } from '../../community-files/folder';
import { follow } from '../../community-files/follow';
import { Problems } from '../../community-files/problems';
import { fetchList, redirected } from '../../cli/community/fetch-list';
import { takeLists } from '../../cli/community/followed-lists';
import { folder, sound, TEAM } from '../support/community/files';

const LIST = `#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n${Array.from({ length: 4 }, (_, i) => `bad-${String(i)}.example,suspend,false,false,Hate,false\n`).join('')}`;
/** The time is for a busy computer; of who is slow on purpose less is waited for. */
const LIMITS = { bytes: 10_000, time: 30_000 };
const IMPATIENT = { ...LIMITS, time: 500 };
const NOW = new Date('2026-11-25T12:00:00Z');
type Answer = (response: ServerResponse, request: Pick<IncomingMessage, 'url'>) => void;

let server: Server;
let answer: Answer;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/good.csv') text(LIST.replaceAll('bad-', 'good-'))(response, request);
    else answer(response, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const text =
  (body: string, type = 'text/csv', status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  };
const redirect =
  (location: string): Answer =>
  (response, request) => {
    if (request.url === '/end.csv') text(LIST)(response, request);
    else response.writeHead(302, { location }).end('moved');
  };
const endless: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/csv' });
  const more = () => {
    while (!response.destroyed && response.write('spam.example\n'.repeat(100)));
  };
  response.on('drain', more);
  more();
};
const drip: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/csv' });
  const timer = setInterval(() => response.write('#'), 50);
  response.on('close', () => {
    clearInterval(timer);
  });
};
const silent: Answer = () => undefined;
const cut: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/csv', 'content-length': LIST.length });
  response.write(LIST.slice(0, 60), () => response.destroy());
};
const cutChunk: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/csv' });
  response.write(LIST.slice(0, 120), () => response.destroy());
};
const bomb: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/csv', 'content-encoding': 'gzip' });
  response.end(gzipSync('spam.example\n'.repeat(10_000)));
};

const FAILURES: [string, Answer, string][] = [
  ['HTML', text('<!doctype html><title>Just a moment</title>', 'text/html; charset=utf-8'), 'answers with text/html; expected text/csv or text/plain'],
  ['HTML that is called text', text('<!doctype html><title>Just a moment</title>', 'text/plain'), 'is HTML, XML or JSON, and no CSV'],
  ['another content type', text('[]', 'application/json'), 'answers with application/json'],
  ['404', text('Not Found', 'text/plain', 404), 'answers 404 Not Found'],
  ['500', text(LIST, 'text/csv', 500), 'answers 500 Internal Server Error'],
  ['nothing, and calls it fine', text('', 'text/csv', 204), 'answers 204'],
  ['an empty file', text(''), 'is empty'],
  ['less than it says', cut, 'ended in the middle'],
  ['chunks without an end', cutChunk, 'ended in the middle'],
  ['nothing, and hangs up', (response) => response.destroy(), "can't be read: "],
  ['without an end', endless, 'is larger than 10000 bytes'],
  ['little that unpacks to much', bomb, 'is larger than 10000 bytes'],
  ['a byte now and then', drip, 'did not come in full within 0.5 seconds'],
  ['nothing at all', silent, 'did not come in full within 0.5 seconds'],
  ['redirects in a circle', redirect('/again.csv'), 'redirects more than 5 times'],
  ['a redirect to another scheme', redirect('file:///etc/passwd'), 'redirects to file:///etc/passwd; expected an https:// address'],
  ['a redirect to nowhere', redirect('https://'), 'which is no address'],
  ['half of the list, well-formed', text('bad-0.example\n'), 'has 1 blocks, and had 4; if that is meant: bin/mastodon community follow --shrink council'],
]; // prettier-ignore

const COPY = (name: string, day: string) =>
  `# Read on ${day} from ${origin}/${name}.csv. Written by bin/mastodon community follow.\n` +
  `#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate,#list\n` +
  Array.from({ length: 4 }, (_, i) => `was-${String(i)}.example,suspend,false,false,,false,${name}\n`).join(
    '',
  );

/** Two lists are followed: `council`, from the server's answer, and `good`. */
function community(files: Record<string, string> = {}, never = '') {
  const lists = ['council', 'good'].map((name) => `  - {name: ${name}, url: "https://lists.example/${name}.csv"}\n`);
  const all = { 'follow.yaml': `lists:\n${lists.join('')}${never}`, ...files };
  return folderOf(Object.fromEntries(Object.entries(all).map(([file, body]) => [file, body.replaceAll(origin, 'https://lists.example')])));
} // prettier-ignore

function taken(from: ReturnType<typeof community>, shrink: string[] = [], now = NOW) {
  const problems = new Problems();
  return takeLists(from, follow(from, problems), {
    ...{ own: ['toot.example'], now, shrink },
    fetchText: async (url) => {
      const slow = url.endsWith('/council.csv') && [drip, silent].includes(answer);
      const from = url.replace('https://lists.example', origin);
      const { text: body, address } = await fetchList(from, slow ? IMPATIENT : LIMITS);
      return { text: body, address: address.replace(origin, 'https://lists.example') };
    },
  });
}

const blocked = (csv = '') =>
  csv
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(',')[0]);
const names = (prefix: string) => Array.from({ length: 4 }, (_, i) => `${prefix}-${String(i)}.example`);

test.each(FAILURES)(
  'a list that answers with %s keeps its last good copy, and all other lists are taken over',
  async (_, broken, reason) => {
    answer = broken;
    const { files, failures } = await taken(community({ 'followed/council.csv': COPY('council', '2026-11-01') }));
    expect(failures).toEqual([expect.stringContaining(reason)]);
    expect(failures[0]).toMatch(
      /^council: https:\/\/lists\.example\/council\.csv .*; its 4 blocks of 2026-11-01 stay$/,
    );
    expect(blocked(files.get('followed-blocks.csv'))).toEqual([...names('good'), ...names('was')]);
    expect([...files.keys()]).toEqual(['followed/good.csv', 'followed-blocks.csv']);
  },
); // prettier-ignore

test('before there are copies, what is in followed-blocks.csv of a list stays', async () => {
  answer = text('', 'text/csv', 503);
  const was = COPY('council', '2026-11-01').replace(/^.*\n/, '');
  const { files, failures } = await taken(community({ 'followed-blocks.csv': was }));
  expect(failures[0]).toContain('; its 4 blocks stay');
  expect(blocked(files.get('followed-blocks.csv'))).toEqual([...names('good'), ...names('was')]);
});

test('of a list that was not read yet nothing is taken over, and that is reported', async () => {
  answer = text('', 'text/csv', 404);
  const { files, failures } = await taken(community());
  expect(failures[0]).toContain('nothing is known of it yet, and nothing is taken over');
  expect(blocked(files.get('followed-blocks.csv'))).toEqual(names('good'));
});

test('what a list that fails blocks below another list’s block comes back when that one is lifted', async () => {
  answer = text('', 'text/csv', 500);
  const council = COPY('council', '2026-11-01').replace('was-0.example', 'sub.big.example');
  const good = COPY('good', '2026-11-01').replace('was-0.example', 'big.example');
  const { files } = await taken(
    community({ 'followed/council.csv': council, 'followed/good.csv': good, 'followed-blocks.csv': good.replace(/^.*\n/, '') }),
  );
  expect(blocked(files.get('followed-blocks.csv'))).toContain('sub.big.example');
}); // prettier-ignore

test('what can be read is copied with its day and address, and is written again only if it changed or a week has passed', async () => {
  answer = text(LIST);
  const first = await taken(community());
  expect(first.failures).toEqual([]);
  expect(first.said).toContain('council: 4 blocks of suspend or more, 0 lines not used');
  expect(first.files.get('followed/council.csv')).toMatch(
    /^# Read on 2026-11-25 from https:\/\/lists\.example\/council\.csv\. Written by bin\/mastodon community follow\.\n#domain,.*\nbad-0\.example,suspend,false,false,Hate,false,council\n/,
  );
  const written = community(Object.fromEntries(first.files));
  const soon = await taken(written, [], new Date('2026-12-01T12:00:00Z'));
  expect([...soon.files.keys()]).toEqual([]);
  const later = await taken(written, [], new Date('2026-12-02T12:00:00Z'));
  expect([...later.files.keys()]).toEqual(['followed/council.csv', 'followed/good.csv']);
});

test('a list may shrink if it is named in SHRINK, or if it is another one now', async () => {
  answer = text('bad-0.example\n');
  const copy = COPY('council', '2026-11-01');
  expect((await taken(community({ 'followed/council.csv': copy }), ['council'])).failures).toEqual([]);
  const elsewhere = copy.replace('/council.csv', '/old.csv');
  expect((await taken(community({ 'followed/council.csv': elsewhere }))).failures).toEqual([]);
});

test('an unreadable copy counts as missing, and one of a list that is followed no more is removed', async () => {
  answer = text('', 'text/csv', 500);
  const { failures, obsolete } = await taken(
    community({ 'followed/council.csv': '<<<<<<< HEAD\n', 'followed/gone.csv': COPY('gone', '2026-01-01') }),
  );
  expect(failures[0]).toContain('nothing is known of it yet');
  expect(obsolete).toEqual(['followed/gone.csv']);
});

test('a redirect is followed on the same host and to another one, and the address is said', async () => {
  answer = redirect('/end.csv');
  const { said, failures } = await taken(community());
  expect(failures).toEqual([]);
  expect(said).toContain('  it came from https://lists.example/end.csv');
  const other = createServer((request, response) => {
    text(LIST)(response, request);
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  answer = redirect(`http://127.0.0.1:${String((other.address() as AddressInfo).port)}/x.csv`);
  expect((await fetchList(`${origin}/a.csv`, LIMITS)).text).toBe(LIST);
  other.closeAllConnections();
  other.close();
});

test('a redirect never leads from HTTPS to HTTP', () => {
  const from = new URL('https://lists.example/a.csv');
  expect(redirected(from, '/b.csv').href).toBe('https://lists.example/b.csv');
  expect(redirected(from, 'https://files.example/b.csv').href).toBe('https://files.example/b.csv');
  expect(() => redirected(from, 'http://lists.example/a.csv')).toThrow(
    'redirects to http://lists.example/a.csv; expected an https:// address',
  );
});

test.each(['text/plain; charset=utf-8', 'application/octet-stream', 'binary/octet-stream', 'TEXT/CSV'])(
  'a list is taken as %s',
  async (type) => {
    answer = text(LIST, type);
    expect((await fetchList(`${origin}/a.csv`, LIMITS)).text).toBe(LIST);
  },
);

test('a check warns of a list that has not been read for a month, or never', () => {
  const copies = { 'followed/good.csv': COPY('good', '2026-10-20'), 'follow.yaml': community().text('follow.yaml') ?? '' };
  expect(sound(folder(copies)).warnings).toEqual([
    'follow.yaml:2: the list council has not been read yet: run bin/mastodon community follow',
    expect.stringMatching(
      /^follow\.yaml:3: the list good was last read on 2026-10-20, 36 days ago: run bin\/mastodon community follow/,
    ),
  ]);
  const fresh = { 'followed/good.csv': COPY('good', '2026-11-20'), 'followed/council.csv': COPY('council', '2026-11-20') };
  expect(sound(folder({ ...copies, ...fresh })).warnings).toEqual([]);
}); // prettier-ignore

test('the command needs no stack, takes over what it can, names the list that failed with what to do, and exits with 1', async () => {
  const checkout = join(__dirname, '..', '..');
  const here = mkdtempSync(join(tmpdir(), 'follow-'));
  mkdirSync(join(here, 'community', 'lists'), { recursive: true });
  const files = {
    'Pulumi.prod.yaml': 'config:\n  m:community: community\n  m:domain: Bücher.Example\n',
    'community/team.yaml': TEAM,
    'community/lists/ours.csv': 'bad.example\nxn--bcher-kva.example\nb**.example\n',
    // It speaks no TLS.
    'community/follow.yaml': `lists:\n  - {name: ours, file: lists/ours.csv}\n  - {name: council, url: "${origin.replace('http:', 'https:')}/x.csv"}\n`,
  };
  for (const [file, body] of Object.entries(files)) writeFileSync(join(here, file), body);
  const command = [join(checkout, 'bin', 'mastodon'), 'community', 'follow', '--cwd', here];
  const run = promisify(execFile)(process.execPath, command, { cwd: here, env: { PATH: '' } });
  const { code, stdout, stderr } = await run
    .catch((error: unknown) => error as { code: number; stdout: string; stderr: string })
    .then((done) => ({ code: 0, ...done }));
  expect(stdout).toContain('  not used: line 3: b**.example (is obfuscated, or a pattern)');
  expect(stdout).toContain('What they would cost is not known');
  expect(stderr).toMatch(
    /^1 of the lists can't be used; all others were taken over:\n {2}council: https:.* can't be read: /,
  );
  expect(stderr).toContain('If it has ended, take it out there');
  expect(code).toBe(1);
  expect(blocked(readFileSync(join(here, 'community', 'followed-blocks.csv'), 'utf8'))).toEqual([
    'bad.example',
  ]);
  rmSync(here, { recursive: true });
}, 60_000);
