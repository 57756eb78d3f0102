/**
 * Sends GSO frames of many segments from several devices of its namespace, one of each in turn, for some seconds:
 *
 *     node dist/lab/gso-flood.js SECONDS RATE BYTES GSO-SIZE DEVICE...
 *
 * RATE frames a second on each device; 0: as many as go. BYTES: TCP payload of each frame. Prints how many were sent.
 */
import { AF_PACKET } from '../src/linux/constants.js';
import { openLibc } from '../src/linux/libc.js';
import { intValue, packetAddress } from '../src/linux/sockaddr.js';
import { internetChecksum } from '../src/wire/checksum.js';

const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_VNET_HDR = 15;
const GSO_TCP_IPV4 = 1;
const NEEDS_CHECKSUM = 1;
const NETWORK = 14;
const TRANSPORT = 34;
const HEADERS = 54;
/** Places from where IP begins, and from where TCP begins. */
const TOTAL_LENGTH = 2;
const IPV4_CHECKSUM = 10;
const TCP_CHECKSUM = 16;
/** From 10.0.0.1, port 40000, to 10.0.0.2, port 80; to no host's link address, so that nobody answers. */
const FRAME_HEADERS = [
  '020000000002020000000001' + '0800',
  '450000000001000040060000' + '0a0000010a000002',
  '9c400050' + '0000000100000001' + '5010ffff00000000',
];

const [seconds = 0, rate = 0, bytes = 0, gsoSize = 0] = process.argv.slice(2, 6).map(Number);
const devices = process.argv.slice(6);
const message = Buffer.concat([offloads(), frame()]);
const libc = await openLibc();
const sockets = devices.map((device) => {
  const socket = libc.socket(AF_PACKET, SOCK_RAW, 0);
  libc.setOption('PACKET_VNET_HDR', socket, SOL_PACKET, PACKET_VNET_HDR, intValue(1));
  libc.bind(socket, packetAddress(0, libc.interfaceIndex(device)));
  return socket;
});
const started = performance.now();
const end = started + seconds * 1000;
let rounds = 0;
for (let now = started; now < end; now = performance.now()) {
  const due = rate === 0 ? rounds + 1 : Math.floor(((now - started) * rate) / 1000);
  // What is due may be more than goes.
  for (; rounds < due && performance.now() < end; rounds++) {
    for (const socket of sockets) libc.send(socket, message);
  }
  await new Promise((resolve) => setTimeout(resolve, rate === 0 ? 0 : 1));
}
console.log(rounds * sockets.length);

/** struct virtio_net_hdr. */
function offloads(): Buffer {
  const fields = Uint16Array.of(HEADERS, gsoSize, TRANSPORT, TCP_CHECKSUM);
  return Buffer.concat([Uint8Array.of(NEEDS_CHECKSUM, GSO_TCP_IPV4), new Uint8Array(fields.buffer)]);
}

function frame(): Buffer {
  const made = Buffer.concat([Buffer.from(FRAME_HEADERS.join(''), 'hex'), Buffer.alloc(bytes)]);
  made.writeUInt16BE(made.length - NETWORK, NETWORK + TOTAL_LENGTH);
  made.writeUInt16BE(internetChecksum(made, NETWORK, TRANSPORT - NETWORK, 0), NETWORK + IPV4_CHECKSUM);
  return made;
}
