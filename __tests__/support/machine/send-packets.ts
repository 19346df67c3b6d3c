/** Run in a network namespace that may claim any source: sends the packets of its standard input to each address given. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

export interface Packet {
  readonly source: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'gre' | 'esp' | 'sctp';
  /** Only TCP and UDP have one. */
  readonly port: number;
}

/** Long enough for the first packet to have been judged; an answer is not expected. */
const PATIENCE_MS = 500;

/** An echo request with its checksum. */
const PING = Buffer.from('0800f7ff00000000', 'hex');

function sendTcp({ source, port }: Packet, host: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, localAddress: source });
    socket.on('error', () => undefined); // refused: it arrived where no process listens
    setTimeout(() => {
      socket.destroy();
      resolve();
    }, PATIENCE_MS);
  });
}

function sendUdp({ source, port }: Packet, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.on('error', reject);
    socket.bind({ address: source }, () => {
      socket.send('x', port, host, () => {
        socket.close();
        resolve();
      });
    });
  });
}

function sendRaw({ source, protocol }: Packet, host: string): Promise<void> {
  const number = { icmp: 1, gre: 47, esp: 50, sctp: 132, tcp: 6, udp: 17 }[protocol];
  const input = protocol === 'icmp' ? PING : Buffer.alloc(16);
  const address = `IP4-SENDTO:${host}:${String(number)},bind=${source}`;
  const { status, stderr } = spawnSync('socat', ['-u', '-', address], { input });
  return status === 0 ? Promise.resolve() : Promise.reject(new Error(stderr.toString()));
}

const senders = { tcp: sendTcp, udp: sendUdp, icmp: sendRaw, gre: sendRaw, esp: sendRaw, sctp: sendRaw };

async function main(): Promise<void> {
  const packets = JSON.parse(readFileSync(0, 'utf8')) as Packet[];
  const hosts = process.argv.slice(2);
  await Promise.all(hosts.flatMap((host) => packets.map((packet) => senders[packet.protocol](packet, host))));
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
