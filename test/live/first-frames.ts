/** The first frames after a source is captured are mirrored, each way: none is lost because it is the first. */
import t, { type Test } from 'tap';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { laneOf } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import type { CapturedFrame } from '../fixtures/live/oracle/pcap.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { MARKER } from '../fixtures/live/traffic/marker.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const FRAMES_PER_WAY = 5;
/** Ethernet, IPv4 and UDP. */
const HEADER_BYTES = 42;

/** @param busy frames of the one direction pass all the while that the source is opened. */
async function sendFirstFrames(t: Test, io: IoPath, busy: boolean): Promise<void> {
  const stand = buildStand(t);
  const inClient = new Sender(stand.client);
  const inHost = new Sender(stand.host);
  const file = `${stand.directory}/arrived.pcap`;
  const recording = await Recording.start(stand.ids, 'ids0', file, '-Q', 'in', 'not arp');
  const configFile = stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES[io] });
  let started = false;
  const starting = stand.start(configFile).finally(() => {
    started = true;
  });
  while (busy && !started) await inHost.send('veth0', framesNamed('early', 20));
  const daemon = await starting;

  const ways = {
    ingress: framesNamed('ingress', FRAMES_PER_WAY),
    egress: framesNamed('egress', FRAMES_PER_WAY),
  };
  const ledger = new Ledger();
  for (const bytes of [...ways.ingress, ...ways.egress]) ledger.expect(textOf(bytes), textOf(bytes));
  await inClient.send('veth1', ways.ingress);
  await inHost.send('veth0', ways.egress);
  const due = 2 * FRAMES_PER_WAY;
  // The check below tells which are missing.
  await recording.until(`${due} copies`, (frames) => copiesIn(frames).length >= due).catch(() => {});
  const arrived = await recording.end(MARKER, () => inHost.send('mir0', [MARKER]));
  for (const text of copiesIn(arrived)) ledger.arrive(text, text);
  ledger.check(t, 'the first frames');
  const status = await daemon.until('counted', ({ lanes }) =>
    lanes.every(({ read }) => read.packets >= FRAMES_PER_WAY),
  );
  t.equal(laneOf(status, 'ingress').read.packets, FRAMES_PER_WAY, 'nothing of the other way was read');
  t.equal(await daemon.stop(), 0, 'exit code');
}

function framesNamed(name: string, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    frame(ethernet(), ipv4(), udp(), payload(Buffer.from(`${name} ${index}`))),
  );
}

/** The payloads of the copies, without those of `early`. */
function copiesIn(frames: readonly CapturedFrame[]): string[] {
  return frames
    .filter(({ bytes }) => !MARKER.every((byte, index) => byte === bytes[index]))
    .map(({ bytes }) => textOf(readCopy(bytes).inner))
    .filter((text) => !text.startsWith('early'));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(HEADER_BYTES)).toString();
}

for (const io of IO_PATHS) {
  const skip = skipUnless('tcpdump') || skipIo(io);
  t.test(`${io}, of an idle source`, { skip }, (t) => sendFirstFrames(t, io, false));
  t.test(`${io}, of a source that is busy the other way`, { skip }, (t) => sendFirstFrames(t, io, true));
}
