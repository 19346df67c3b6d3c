/** Servers of several slots: their names, the authority that all trust, and what `make federate` says. */
import { execFile, execFileSync } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cloudAddresses, SLOTS } from '../../local/addresses';
import type { DnsZone, DnsZones, InstanceSpec } from '../../local/civo/backends';
import {
  type AnnouncedServer,
  announce,
  announcedServers,
  forgetAuthority,
  shareAuthority,
} from '../../local/federation';
import { lookUp, type Run } from '../../local/look-up';
import { seed } from '../../local/machines/seed';
import { startAcmeFront } from '../../local/services/acme-front';
import { openAuthority } from '../../local/services/authority';
import { startNameServer } from '../../local/services/name-server';
import type { Endpoint, Service } from '../../local/services/program';
import { settingsOfSlot } from '../../local/stack';
import { freeEndpoint } from '../support/free-endpoint';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'federation-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('each slot but 0 has a domain of its own, in every setting that names it', () => {
  const settings = {
    domain: 'mastodon.test',
    administrators: [{ name: 'alice', email: 'alice@mastodon.test' }],
    smtp: { host: 'smtp.civo.test', from: 'Mastodon <notifications@mastodon.test>' },
    generation: 1,
  };
  expect(settingsOfSlot(settings, 0)).toEqual(settings);
  expect(settingsOfSlot(settings, 1)).toEqual({
    domain: 'mastodon1.test',
    administrators: [{ name: 'alice', email: 'alice@mastodon1.test' }],
    smtp: { host: 'smtp.civo.test', from: 'Mastodon <notifications@mastodon1.test>' },
    generation: 1,
  });
});

describe('the name servers of two slots', () => {
  const zone = (name: string, value: string): DnsZone => ({
    name,
    records: [{ name: '@', type: 'A', value, ttl: 600 }],
  });
  const servers: (DnsZones & Service)[] = [];
  const resolvers: Resolver[] = [];
  let dead: Endpoint;

  beforeAll(async () => {
    dead = await freeEndpoint();
    const places = [await freeEndpoint(), await freeEndpoint()] as const;
    for (const [listen, peer] of [places, [places[1], places[0]] as const]) {
      servers.push(
        await startNameServer({
          listen,
          ownZones: [],
          // There is no listener: what no peer knows is refused by the resolver at once.
          resolver: dead,
          peers: () => [dead, peer],
          log: () => undefined,
        }),
      );
      const resolver = new Resolver({ timeout: 5_000, tries: 1 });
      resolver.setServers([`${listen.address}:${String(listen.port)}`]);
      resolvers.push(resolver);
    }
    await servers[0]?.publish([zone('mastodon.test', '198.18.0.20')]);
    await servers[1]?.publish([zone('mastodon1.test', '198.18.1.20'), zone('toot.example', '198.18.1.21')]);
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  test("give each other's names, and say which are not there", async () => {
    const [zero, one] = resolvers;
    expect(await zero?.resolve4('mastodon1.test')).toEqual(['198.18.1.20']);
    expect(await one?.resolve4('mastodon.test')).toEqual(['198.18.0.20']);
    await expect(zero?.resolve4('files.mastodon1.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('ask each other for reserved names alone, and never in turn', async () => {
    const [zero] = resolvers;
    await expect(zero?.resolve4('toot.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    await expect(zero?.resolve4('nowhere.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });
});

describe('the authority of all slots', () => {
  const slot = (name: string) => join(folder, 'local', name);

  test('is the same whichever comes first, stays while a slot has a cloud, and is not forced on an older one', async () => {
    mkdirSync(slot('2'), { recursive: true });
    writeFileSync(join(slot('2'), 'ca.pem'), 'an older one');
    for (const name of ['1', '0', '2']) await shareAuthority(slot(name), join(folder, 'local'));
    const certificates = ['0', '1', '2'].map((name) => readFileSync(join(slot(name), 'ca.pem'), 'utf8'));
    expect(certificates[0]).toBe(certificates[1]);
    expect(certificates[2]).toBe('an older one');
    const { certificate } = await openAuthority(slot('0'));
    expect(readFileSync(certificate, 'utf8')).toBe(certificates[0]);

    for (const name of ['0', '2']) rmSync(slot(name), { recursive: true });
    forgetAuthority(join(folder, 'local'));
    expect(existsSync(slot('authority'))).toBe(true);
    rmSync(slot('1'), { recursive: true });
    forgetAuthority(join(folder, 'local'));
    expect(existsSync(slot('authority'))).toBe(false);
  });

  test("vouches for what a slot's ACME server issues", async () => {
    const common = await openAuthority(join(folder, 'common'));
    const own = await openAuthority(join(folder, 'pebble'));
    const issued = await own.issue('site', ['mastodon1.test']);
    const tls = await common.issue('acme', ['127.0.0.1']);
    const [server, listen] = [await freeEndpoint(), await freeEndpoint()];
    const pem = { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) };
    const acme = createServer(pem, (_, response) => {
      const chain = readFileSync(issued.certificate, 'utf8');
      const headers = { 'Content-Type': 'application/pem-certificate-chain; charset=utf-8' };
      response.writeHead(200, { ...headers, 'Content-Length': chain.length }).end(chain);
    });
    await new Promise<void>((resolve) => acme.listen(server.port, server.address, resolve));
    const crossSigned = await common.crossSign(readFileSync(own.certificate, 'utf8'));
    const ca = readFileSync(common.certificate);
    const front = await startAcmeFront({
      listen,
      server,
      tls,
      expired: tls,
      ca,
      crossSigned: () => crossSigned,
    });
    try {
      const curl = ['--silent', '--fail', '--cacert', common.certificate];
      const url = `https://127.0.0.1:${String(listen.port)}/certZ/1`;
      const { stdout } = await promisify(execFile)('curl', [...curl, url]);
      const chain = join(folder, 'chain.pem');
      writeFileSync(chain, stdout);
      const verify = (authority: string) =>
        execFileSync('openssl', ['verify', '-CAfile', authority, '-untrusted', chain, chain], {
          encoding: 'utf8',
        });
      expect(verify(common.certificate)).toContain('OK');
      // As before for a client that trusts the ACME server's own root.
      expect(verify(own.certificate)).toContain('OK');
    } finally {
      await front.stop();
      acme.close();
    }
  });
});

test("a machine's containers may ask the public addresses of all slots, and the machine trusts the authority", async () => {
  const root = join(folder, 'root');
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), '');
  const { certificate: authority } = await openAuthority(join(folder, 'seed'));
  const spec = {
    id: '1',
    hostname: 'a',
    privateIp: '10.98.1.10',
    initialUser: 'deploy',
    script: '',
  } as InstanceSpec;
  seed(root, spec, { addresses: cloudAddresses(1), authority, interfaceName: 'host0', showsPlan: false });
  expect(readFileSync(join(root, 'etc/containers/containers.conf.d/local-cloud.conf'), 'utf8')).toBe(
    '[containers]\nenv = ["ALLOWED_PRIVATE_ADDRESSES=198.18.0.0/16"]\n',
  );
  for (const slot of SLOTS) expect(cloudAddresses(slot).publicCidr).toMatch(/^198\.18\./);
  expect(readFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')).toContain(
    readFileSync(authority, 'utf8').trim(),
  );
});

describe('make federate', () => {
  const server = (slot: number, domain: string): AnnouncedServer => ({
    ...{
      slot,
      domain,
      username: 'alice',
      software: 'stand-in',
      ssh: ['ssh', '-i', 'key', `alice@198.18.${String(slot)}.20`],
    },
  });
  const [zero, one] = [server(0, 'mastodon.test'), server(1, 'mastodon1.test')];
  const answering =
    (...answers: { code: number | null; stdout?: string; stderr?: string }[]): Run =>
    () =>
      Promise.resolve({ code: 1, stdout: '', stderr: '', ...answers.shift() });
  const found = { code: 0, stdout: JSON.stringify({ subject: 'acct:alice@mastodon1.test' }) };

  test('finds the servers that make local announced', () => {
    for (const { slot, domain } of [one, zero]) {
      mkdirSync(join(folder, 'announced', String(slot)), { recursive: true });
      announce(join(folder, 'announced', String(slot)), server(slot, domain));
    }
    expect(announcedServers(join(folder, 'announced')).map(({ domain }) => domain)).toEqual([
      'mastodon.test',
      'mastodon1.test',
    ]);
  });

  test('looks an account up on the machine, and lets Mastodon fetch it where Mastodon runs', async () => {
    const commands: string[][] = [];
    const recording =
      (run: Run): Run =>
      (command, input, timeout) => {
        commands.push([...command, input]);
        return run(command, input, timeout);
      };
    expect(await lookUp(zero, one, recording(answering(found)))).toContain('over HTTPS and WebFinger');
    expect(commands[0]).toEqual([
      ...['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-i', 'key', 'alice@198.18.0.20'],
      "curl --silent --show-error --fail --max-time 20 'https://mastodon1.test/.well-known/webfinger?resource=acct:alice@mastodon1.test'",
      '',
    ]);

    const uri = 'https://mastodon1.test/users/alice';
    const official = { ...zero, software: 'official' as const };
    expect(await lookUp(official, one, recording(answering(found, { code: 0, stdout: `${uri}\n` })))).toBe(
      `as ${uri}`,
    );
    expect(commands.at(-1)?.at(-1)).toContain("ResolveAccountService.new.call('alice@mastodon1.test'");
    const refusal = { code: 1, stderr: 'Mastodon::PrivateNetworkAddressError' };
    await expect(lookUp(official, one, answering(found, refusal))).rejects.toThrow(
      "Mastodon on mastodon.test can't fetch the account: Mastodon::PrivateNetworkAddressError",
    );
  });

  test.each([
    [{ code: 6 }, /name mastodon1\.test has no address there.*Run: LOCAL_SLOT=1 make local$/],
    [
      { code: 7, stderr: 'curl: (7) refused' },
      /can't be reached \(curl: \(7\) refused\). Run: LOCAL_SLOT=1 make local$/,
    ],
    [
      { code: 60 },
      /certificate of mastodon1\.test is not trusted.*make local-down; LOCAL_SLOT=1 make local-down/,
    ],
    [
      { code: 255, stderr: 'Connection refused' },
      /SSH to the machine of mastodon\.test failed.*Run: make local$/,
    ],
    [{ code: null }, /machine of mastodon\.test did not answer in 40 s/],
    [{ code: 0, stdout: '<html>' }, /answers for another account/],
  ])('says why a look-up failed, and what to run: %j', async (answer, message) => {
    await expect(lookUp(zero, one, answering(answer))).rejects.toThrow(message);
  });

  test('lets no name into the shell that is not plain', async () => {
    await expect(lookUp(zero, { ...one, username: "a'; reboot" }, answering(found))).rejects.toThrow(
      'not a plain name',
    );
  });
});
