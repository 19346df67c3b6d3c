/** What a server before left in the DNS: found by the machine and by `bin/mastodon doctor`, in what the local name server serves. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startNameServer } from '../../local/services/name-server';
import { Outside } from '../../cli/doctor/probe';
import { authorityAllowed, otherAddresses } from '../../cli/doctor/stray-records';
import { freeEndpoint } from '../support/free-endpoint';
import { exampleSettings } from '../support/example-settings';

const program = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/stray-records');
const NAMES = ['toot.example', 'files.toot.example'];
/** A directory as Let's Encrypt has it, and one that gives no identity. */
const directories = createServer((request, response) => {
  const meta = request.url === '/silent' ? {} : { caaIdentities: ['letsencrypt.org'] };
  response.end(JSON.stringify({ newOrder: 'https://acme.example/new', meta }));
});

let server: Awaited<ReturnType<typeof startNameServer>>;
let resolver: string;
let directory: string;

beforeAll(async () => {
  const listen = await freeEndpoint();
  resolver = `${listen.address}:${String(listen.port)}`;
  const nobody = await freeEndpoint();
  server = await startNameServer({ listen, ownZones: [], resolver: nobody, log: () => undefined });
  const a = (name: string) => ({ name, type: 'A', value: '192.0.2.7', ttl: 600 });
  await server.publish([{ name: 'toot.example', records: [a('@'), a('files')] }]);
  await new Promise<void>((resolve) => directories.listen(0, '127.0.0.1', resolve));
  directory = `http://127.0.0.1:${String((directories.address() as AddressInfo).port)}`;
  process.env.RESOLVER = resolver;
});
afterEach(() => server.fail(undefined));
afterAll(async () => {
  await server.stop();
  directories.close();
});

const leave = (...records: { name: string; type: 'AAAA' | 'CAA'; value: string }[]) =>
  server.fail({ service: 'dns', fault: 'left-over', records });

/** What the machine says, and what `bin/mastodon doctor` says. */
async function told(from = `${directory}/`): Promise<{ machine: string; doctor: string }> {
  const { stdout } = await promisify(execFile)(program, ['--resolver', resolver, from, ...NAMES]).catch(
    (error: unknown) => error as { stdout: string },
  );
  const outside = new Outside();
  const settings = { ...exampleSettings(), acme: { directory: from, contact: '' } };
  const found = [
    ...(await Promise.all(NAMES.map((name) => otherAddresses(name, outside)))),
    await authorityAllowed(NAMES, { settings, outside }),
  ];
  const bad = found.filter((one) => one?.verdict === 'bad');
  return { machine: stdout, doctor: bad.map((one) => `${one?.text ?? ''}. ${one?.remedy ?? ''}`).join('\n') };
}

test('nothing is said of a zone that has only what is ours', async () => {
  expect(await told()).toEqual({ machine: '\n', doctor: '' });
});

test('an AAAA record is named, with its address', async () => {
  await leave({ name: 'files.toot.example', type: 'AAAA', value: '2001:db8::1' });
  const { machine, doctor } = await told();
  for (const said of [machine, doctor])
    expect(said).toContain('files.toot.example also leads to 2001:db8::1');
  expect(machine).toContain('may remember it for 600 s');
});

test.each([
  ['another authority', '0 issue "digicert.example"', /toot\.example lets only "?digicert\.example"? issue/],
  ['no authority', '0 issue ";"', /toot\.example lets only .* issue/],
])('a CAA record that lets only %s issue certificates is named, and what to add', async (_, value, text) => {
  await leave({ name: 'toot.example', type: 'CAA', value });
  const { machine, doctor } = await told();
  for (const said of [machine, doctor]) {
    expect(said).toMatch(text);
    expect(said).toContain('toot.example CAA 0 issue "letsencrypt.org"');
  }
});

test.each([
  ['lets our authority issue', ['0 issue "letsencrypt.org; validationmethods=http-01"']],
  ['lets ours and another', ['0 issue "digicert.example"', '0 issue "letsencrypt.org"']],
  ['is about something else', ['0 iodef "mailto:a@toot.example"', '0 issuewild ";"']],
])('a CAA record that %s counts as missing', async (_, values) => {
  await leave(...values.map((value) => ({ name: 'toot.example', type: 'CAA' as const, value })));
  expect(await told()).toEqual({ machine: '\n', doctor: '' });
});

test('CAA records are left alone where the authority does not tell its name', async () => {
  await leave({ name: 'toot.example', type: 'CAA', value: '0 issue "digicert.example"' });
  expect(await told(`${directory}/silent`)).toEqual({ machine: '\n', doctor: '' });
});

test('a domain that is not delegated is denied, and for a while after it is', async () => {
  const asker = new Resolver({ tries: 1, timeout: 2_000 });
  asker.setServers([resolver]);
  await server.fail({ service: 'dns', fault: 'undelegated' });
  await expect(asker.resolve4('toot.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await server.fail(undefined);
  // A client that asked too early has to wait, as behind a resolver with a cache.
  await expect(asker.resolve4('toot.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(await asker.resolve4('files.toot.example')).toEqual(['192.0.2.7']);
});
