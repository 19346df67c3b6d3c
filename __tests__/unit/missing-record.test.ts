/** A name that does not lead to the machine: the error says who serves its zone, and what to enter where. */
import { createSocket } from 'node:dgram';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Answer, decode, encode } from 'dns-packet';

const program = join(__dirname, '../../cloud-init/handover/usr/local/lib/mastodon/missing-record');
const NAME_ERROR = 3;
const CIVO = ['ns0.civo.com', 'ns1.civo.com'];

/** The name servers of each zone; a name without an entry does not exist. */
let zones: Readonly<Record<string, readonly string[]>> = {};
const socket = createSocket('udp4');
let resolver: string;

beforeAll(async () => {
  socket.on('message', (message, { port, address }) => {
    const { id, questions } = decode(message);
    const [question] = questions ?? [];
    const servers = zones[question?.name ?? ''];
    const answers = (servers ?? []).map((data): Answer => ({
      type: 'NS',
      name: question?.name ?? '',
      ttl: 60,
      data,
    }));
    const flags = servers === undefined ? NAME_ERROR : 0;
    socket.send(encode({ type: 'response', id, flags, questions, answers }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  resolver = `127.0.0.1:${String(socket.address().port)}`;
});
afterAll(() => socket.close());

async function said(dns: string, found = '', at = resolver): Promise<string> {
  const options = ['--resolver', at, '--dns', dns, '--zone', 'toot.example', '--'];
  const words = ['files.toot.example', '192.0.2.7', found];
  const { stdout } = await promisify(execFile)(program, [...options, ...words]);
  expect(stdout).toMatch(/^[^\n]+\n$/);
  return stdout.trim();
}

test('a domain that is not delegated: the name servers to enter at the registrar', async () => {
  zones = {};
  expect(await said('civo')).toBe(
    'files.toot.example leads to no address; expected 192.0.2.7. toot.example has no name servers in the DNS (not registered, or ' +
      'not delegated yet). At the registrar of toot.example, enter the name servers ns0.civo.com and ns1.civo.com, and run pulumi up again.',
  );
});

test('a domain that others serve: their names, and how to keep them', async () => {
  zones = { 'toot.example': ['ns2.old.example', 'NS1.old.example'] };
  const text = await said('civo', '203.0.113.5');
  expect(text).toContain('files.toot.example leads to 203.0.113.5; expected 192.0.2.7.');
  expect(text).toContain('served by ns1.old.example, ns2.old.example, not by Civo');
  expect(text).toContain('enter the name servers ns0.civo.com and ns1.civo.com instead');
  expect(text).toContain('pulumi config set dns external');
});

test('a domain that Civo serves: the record is to be looked at, not the delegation', async () => {
  zones = { 'toot.example': CIVO };
  const text = await said('civo');
  expect(text).toContain("Check the DNS record (files.toot.example A 192.0.2.7) in Civo's dashboard");
  expect(text).not.toContain('registrar');
});

test('DNS elsewhere: the record to create, and the servers that need it', async () => {
  zones = { 'toot.example': ['ns1.old.example'] };
  expect(await said('external')).toContain(
    'Create the DNS record (files.toot.example A 192.0.2.7) at ns1.old.example and run pulumi up again.',
  );
  zones = {};
  expect(await said('external')).toContain('(files.toot.example A 192.0.2.7) and run pulumi up again.');
});

test('a resolver that does not answer is named', async () => {
  expect(await said('civo', '', '127.0.0.1:9')).toContain(
    "The machine's name server 127.0.0.1:9 does not answer about toot.example",
  );
});
