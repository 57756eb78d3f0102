/**
 * Sends frames as fast as asked, from a device in this namespace, many per system call. For the bench and the
 * load tests; a bound on time and on packets is not optional.
 *
 *     node dist/lab/generator.js DEVICE[,DEVICE...] SECONDS PACKETS_PER_SECOND FRAMES.json [PAUSE_MS [queued]]
 *
 * Several devices take turns, with up to 64 frames in a row each.
 * PACKETS_PER_SECOND 0 = as fast as it goes. FRAMES.json: an array of frames in hex, sent in turn. PAUSE_MS: how long
 * to sleep while nothing is due; absent: not at all, which takes a whole processor. queued: through the queue of the
 * device, as programs of the host send: only then do captures on that device see the frames. Prints
 * {"sent":N,"refused":N,"seconds":S}; refused = the device took it not.
 */
import { readFileSync } from 'node:fs';
import { AF_PACKET } from '../src/linux/constants.js';
import { openLibc } from '../src/linux/libc.js';
import { intValue, packetAddress } from '../src/linux/sockaddr.js';

/** The last line of its output, as JSON. */
export interface Generated {
  readonly sent: number;
  /** Frames that the device did not take. */
  readonly refused: number;
  readonly seconds: number;
}

const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
/** struct mmsghdr and struct iovec. */
const MESSAGE_BYTES = 64;
const VECTOR_BYTES = 16;
const BATCH = 64;
const LONGEST_RUN_SECONDS = 900;

const [devices = '', secondsText, rateText, framesFile = '', pauseText = '0', way] = process.argv.slice(2);
const seconds = Math.min(Number(secondsText), LONGEST_RUN_SECONDS);
const rate = Number(rateText);
const pauseMs = Number(pauseText);
/** Nobody wakes it. */
const bed = new Int32Array(new SharedArrayBuffer(4));
const frames = (JSON.parse(readFileSync(framesFile, 'utf8')) as string[]).map((hex) =>
  Buffer.from(hex, 'hex'),
);

const libc = await openLibc();
const descriptors = devices.split(',').map((device) => {
  const descriptor = libc.socket(AF_PACKET, SOCK_RAW, 0);
  if (way !== 'queued') {
    libc.setOption('PACKET_QDISC_BYPASS', descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, intValue(1));
  }
  libc.bind(descriptor, packetAddress(0, libc.interfaceIndex(device)));
  return descriptor;
});

// Enough messages for every frame to be a batch's first, so that a batch is a window that moves on.
const messageCount = Math.max(BATCH, frames.length) + BATCH;
const messages = layOut(messageCount);

let sent = 0;
let refused = 0;
let next = 0;
let turn = 0;
const started = performance.now();
const end = started + seconds * 1000;
for (let now = started; now < end; now = performance.now()) {
  const due = rate === 0 ? BATCH : Math.floor(((now - started) / 1000) * rate) - sent - refused;
  if (due <= 0) {
    if (pauseMs > 0) Atomics.wait(bed, 0, 0, pauseMs);
    continue;
  }
  const count = Math.min(due, BATCH);
  const result = libc.sendMessages(descriptors[turn], messages + next * MESSAGE_BYTES, count);
  turn = (turn + 1) % descriptors.length;
  // A full device refuses one frame at a time.
  const done = Math.max(result, 1);
  if (result > 0) sent += result;
  else refused += 1;
  next = (next + done) % Math.max(frames.length, 1);
}
const generated: Generated = { sent, refused, seconds: (performance.now() - started) / 1000 };
console.log(JSON.stringify(generated));

/** @returns the address of `count` mmsghdr structures, message i sending frame i modulo their number. */
function layOut(count: number): number {
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  const { address, memory } = libc.allocate(count * (MESSAGE_BYTES + VECTOR_BYTES) + bytes);
  const view = new DataView(memory);
  const vectors = count * MESSAGE_BYTES;
  let at = vectors + count * VECTOR_BYTES;
  const places = frames.map((frame) => {
    new Uint8Array(memory).set(frame, at);
    const place = address + at;
    at += frame.length;
    return place;
  });
  for (let index = 0; index < count; index++) {
    const vector = vectors + index * VECTOR_BYTES;
    const frame = index % frames.length;
    view.setBigUint64(index * MESSAGE_BYTES + 16, BigInt(address + vector), true);
    view.setBigUint64(index * MESSAGE_BYTES + 24, 1n, true);
    view.setBigUint64(vector, BigInt(places[frame]), true);
    view.setBigUint64(vector + 8, BigInt(frames[frame].length), true);
  }
  return address;
}
