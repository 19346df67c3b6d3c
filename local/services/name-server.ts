import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { connect, createServer, isIPv6, type Socket } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';

import type { DnsZone, DnsZones } from '../civo/backends';
import type { CanFail, ServiceFault } from './faults';
import type { Endpoint, Service } from './program';
import { answer, RCODE, undelegated, withRecords } from './zones';

export interface NameServerOptions {
  /** UDP and TCP. */
  listen: Endpoint;
  /** Zones that are always there: the provider's own names. */
  ownZones: DnsZone[];
  /** Who answers for all other names. Default: the resolver that this host uses. */
  resolver?: Endpoint;
  /** The name servers of other local clouds: each is asked for names below `.test` that are in no zone here. */
  peers?: () => readonly Endpoint[];
  log: (line: string) => void;
}

/** Without EDNS no answer over UDP may be larger, in bytes. */
const UDP_SIZE = 512;
/** Top-level domains ask for 900 s and more. */
const DENIAL_REMEMBERED_MS = 5_000;
const RESOLVER_TIMEOUT_MS = 5_000;
/** A peer is on this host. */
const PEER_TIMEOUT_MS = 1_000;
/** Reserved for tests (RFC 6761): a name below it can't hide one of the real world. */
const PEERS_DOMAIN = /(^|\.)test\.?$/i;
const RECURSION_AVAILABLE = 128;
const RECURSION_DESIRED = 256;

/** Starts a name server: authoritative for the zones that it is given, a forwarder for all other names. */
export async function startNameServer(
  options: NameServerOptions,
): Promise<DnsZones & Service & CanFail<'dns'>> {
  const { listen, ownZones, log } = options;
  const resolver = options.resolver ?? hostResolver();
  let zones = ownZones;
  /** What was published last, also while that isn't served. */
  let newest: DnsZone[] = [];
  let fault: (ServiceFault & { service: 'dns' }) | undefined;
  /** Until when names that were asked for before they were delegated are denied. */
  const denied = new Map<string, number>();
  let serial = Math.floor(Date.now() / 1000);

  const serve = () => {
    const records = fault?.records ?? [];
    zones = [
      ...ownZones,
      ...withRecords(
        newest,
        records.map((record) => ({ ...record, ttl: 600 })),
      ),
    ];
    serial += 1;
  };

  /** Answers a query as it came, with an answer as it goes. */
  const respond = async (query: Buffer, forward: Forward): Promise<Buffer> => {
    const packet = decode(query);
    const question = packet.questions?.[0];
    if (!question || operation(packet) !== 0) return encode(reply(packet, RCODE.notImplemented));

    const local = answer(zones, question, serial);
    if (!local && PEERS_DOMAIN.test(question.name)) {
      // A peer asks without recursion: it wants to know what is here, and two servers must not ask each other in turn.
      if (((packet.flags ?? 0) & RECURSION_DESIRED) === 0) return encode(reply(packet, RCODE.refused));
      const theirs = await askPeers(options.peers?.() ?? [], query, forward);
      if (theirs) return theirs;
    }
    if (!local) {
      return forward(resolver, query).catch((error: unknown) => {
        log(`DNS: ${question.name}: ${error instanceof Error ? error.message : String(error)}`);
        return encode(reply(packet, RCODE.serverFailure));
      });
    }
    const ours = answer(ownZones, question, serial);
    if (fault?.fault === 'servfail' && !ours) return encode(reply(packet, RCODE.serverFailure));
    const name = question.name.toLowerCase();
    if (fault?.fault === 'undelegated' && !ours) denied.set(name, Date.now() + DENIAL_REMEMBERED_MS);
    const isDenied = (denied.get(name) ?? 0) > Date.now();
    const { rcode, answers, authorities, leadsTo } = isDenied ? undelegated(name, serial) : local;
    const response: Packet = {
      ...reply(packet, rcode),
      flags: AUTHORITATIVE_ANSWER | flags(packet, rcode),
      answers,
      authorities,
    };
    if (leadsTo !== undefined) {
      const rest = encode({
        type: 'query',
        id: packet.id,
        flags: RECURSION_DESIRED,
        questions: [{ ...question, name: leadsTo }],
      });
      const end = await forward(resolver, rest).then(decode, () => undefined);
      response.answers = [...answers, ...(end?.answers ?? [])];
    }
    return encode(response);
  };

  const udp = createSocket(isIPv6(listen.address) ? 'udp6' : 'udp4');
  udp.on('message', (query, { address, port }) => {
    respond(query, forwardByUdp)
      .then((response) => {
        udp.send(response.length > sizeFor(query) ? truncated(response) : response, port, address);
      })
      .catch(() => undefined); // Not a DNS packet, or from port 0: no answer, as any name server.
  });
  const tcp = createServer((socket) => {
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    readMessages(socket, (query) => {
      respond(query, forwardByTcp).then(
        (response) => socket.write(framed(response)),
        () => socket.destroy(),
      );
    });
  });
  await bind(udp, listen);
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject).listen(listen.port, listen.address, resolve);
  });

  return {
    publish: (published) => {
      newest = published;
      if (fault?.fault !== 'stale') serve();
      return Promise.resolve();
    },
    fail: (wanted) => {
      fault = wanted;
      if (fault?.fault !== 'stale') serve();
      return Promise.resolve();
    },
    stop: async () => {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

/** The first name server of this host's own configuration. */
function hostResolver(): Endpoint {
  const [server = '127.0.0.53'] = getServers();
  const [, address = server, port = '53'] =
    /^\[?([^\]]+?)\]?:(\d+)$/.exec(isIPv6(server) ? `[${server}]:53` : server) ?? [];
  return { address, port: Number(port) };
}

function reply(query: Packet, rcode: number): Packet {
  return { type: 'response', id: query.id, flags: flags(query, rcode), questions: query.questions ?? [] };
}

/** 0 is a query; others (notify, update) are not for this server. */
const operation = (packet: Packet) => ((packet.flags ?? 0) >> 11) & 15;

const flags = (query: Packet, rcode: number) =>
  RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | rcode;

/** How large an answer over UDP the asker can take. */
function sizeFor(query: Buffer): number {
  const option = decode(query).additionals?.find((record) => record.type === 'OPT');
  return Math.max(UDP_SIZE, option?.udpPayloadSize ?? 0);
}

/** Asks the client to retry over TCP. */
function truncated(response: Buffer): Buffer {
  const { id, flags: bits, questions } = decode(response);
  return encode({ type: 'response', id, flags: (bits ?? 0) | TRUNCATED_RESPONSE, questions });
}

/** The answer of the first peer that has the name's zone. */
async function askPeers(
  peers: readonly Endpoint[],
  query: Buffer,
  forward: Forward,
): Promise<Buffer | undefined> {
  // The lowest bit of the third byte: recursion desired (RFC 1035, 4.1.1).
  const iterative = Buffer.from(query);
  iterative.writeUInt8(query.readUInt8(2) & ~1, 2);
  const answers = peers.map(async (peer) => {
    const response = await forward(peer, iterative, PEER_TIMEOUT_MS);
    if (((decode(response).flags ?? 0) & AUTHORITATIVE_ANSWER) === 0) throw new Error('not in its zones');
    response.writeUInt8(response.readUInt8(2) | (query.readUInt8(2) & 1), 2);
    return response;
  });
  return Promise.any(answers).catch(() => undefined);
}

type Forward = (resolver: Endpoint, query: Buffer, timeout?: number) => Promise<Buffer>;

const forwardByUdp: Forward = ({ address, port }, query, timeout) =>
  withinTime(timeout, (resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    // More than one error may come, and none may be without a listener.
    socket.on('error', reject).once('message', resolve);
    socket.connect(port, address, (error?: Error) => {
      if (error)
        reject(error); // such as no route to it
      else socket.send(query);
    });
    return () => socket.close();
  });

const forwardByTcp: Forward = ({ address, port }, query, timeout) =>
  withinTime(timeout, (resolve, reject) => {
    const socket = connect({ host: address, port }, () => socket.write(framed(query)));
    socket.on('error', reject);
    readMessages(socket, resolve);
    return () => socket.destroy();
  });

function withinTime(
  timeout = RESOLVER_TIMEOUT_MS,
  start: (resolve: (answer: Buffer) => void, reject: (error: Error) => void) => () => void,
): Promise<Buffer> {
  let clean: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Buffer>((resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('the resolver of this host does not answer'));
    }, timeout);
    clean = start(resolve, reject);
  }).finally(() => {
    clearTimeout(timer);
    clean();
  });
}

function bind(socket: UdpSocket, { address, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject).bind(port, address, () => {
      socket.off('error', reject).on('error', () => undefined); // an asker that is gone
      resolve();
    });
  });
}

/** Over TCP each message comes after its length. */
function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function readMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      onMessage(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  });
}
