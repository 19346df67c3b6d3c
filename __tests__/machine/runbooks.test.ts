/** The runbooks' commands are tried before an administrator needs them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from '../support/machine/doctor';
import { Listeners } from '../support/machine/listeners';
import { LocalServer } from '../support/machine/local-server';

jest.setTimeout(300_000);

let server: LocalServer;
let listeners: Listeners;

beforeAll(async () => {
  server = await LocalServer.served();
  listeners = await Listeners.around(server);
  await listeners.introduce();
}, 900_000);

afterAll(async () => {
  await (listeners as Listeners | undefined)?.stop();
  await (server as LocalServer | undefined)?.remove();
}, 120_000);

test('the commands of the runbooks do what they say, on a machine that is well', async () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'runbooks.md'), 'utf8');
  const lines = [...page.matchAll(/^ *```sh\n(.*?)^ *```$/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/ #.*$/, '').trim());
  const onMachine = lines.filter((line) => /^(sudo|df|systemctl|journalctl|timeout) /.test(line));
  expect(onMachine.length).toBeGreaterThan(8);
  for (const line of onMachine) await server.ssh('alice', line);
  const tootctl = lines.flatMap((line) => /^bin\/mastodon tootctl (.*)$/.exec(line)?.[1] ?? []);
  expect(tootctl.length).toBeGreaterThan(1);
  for (const ARGS of tootctl) {
    const { exitCode, said } = await server.operation('tootctl', { ARGS });
    expect([ARGS, exitCode, said]).toEqual([ARGS, 0, said]);
  }
  expect((await doctor(server, { MAIL: 'no' })).said).toContain('✓ webfinger');
});
