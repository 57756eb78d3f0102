/**
 * Copies above the path MTU, over IPv4 and IPv6. truncate: each arrives as one packet, cut to fit. fragment: the
 * kernel of the target puts the fragments together again to the frame as it was.
 */
import t, { type Test } from 'tap';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { checkSums } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, planOf } from '../fixtures/live/daemon/stand.js';
import { addVxlanDevice } from '../fixtures/live/network/vxlan-device.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import type { SentFrame } from '../fixtures/live/oracle/mirrored-frames.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import {
  ENGINES,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';
import { passFrames } from '../fixtures/live/traffic/passage.js';

const VNI = 42;
const TARGET_MTU = 1500;
const SOURCE_MTU = 9000;
const LONGEST = SOURCE_MTU + 14;

/** Frames around every border that there is: of one packet, of a fragment's 8 bytes, and of the source. */
function framesAround(overhead: number): SentFrame[] {
  const fits = TARGET_MTU - overhead;
  const borders = [60, fits - 8, fits, fits + 1, fits + 8, 2 * fits, 3 * fits + 100, LONGEST];
  const lengths = borders.flatMap((length) => [length - 1, length, length + 1]);
  return DIRECTIONS.flatMap((direction, way) =>
    lengths
      .filter((length) => length <= LONGEST)
      .map((length, index) => {
        // Ethernet 14, IPv4 20, UDP 8, and a number by which to find the frame again.
        const number = payload(Uint8Array.of(way, index));
        const rest = payload(Uint8Array.from({ length: length - 44 }, (_, at) => at * 13 + (at >> 8)));
        return { direction, bytes: frame(ethernet(), ipv4(), udp(), number, rest), name: `${length} bytes` };
      }),
  );
}

async function passOversize(t: Test, io: IoPath, target: string, oversize: 'truncate' | 'fragment') {
  const stand = buildStand(t, { sourceMtu: SOURCE_MTU, targetMtu: TARGET_MTU, ipv6Target: true });
  const configFile = stand.configure({
    ...mirrorEverything('veth0', VNI, target),
    engine: { ...ENGINES[io], oversize },
  });
  const [source] = (await planOf(configFile)).sources;
  const overhead = target.includes(':') ? 56 : 36;
  const sent = framesAround(overhead);
  const device = addVxlanDevice(stand.ids, VNI, target);
  const recording = await Recording.start(stand.ids, device, `${stand.directory}/delivered.pcap`);
  const passage = await passFrames(stand, io, configFile, source!, sent);
  await recording.until(`${sent.length} frames`, (frames) => frames.length >= sent.length);
  await recording.stop();
  t.equal(passage.exitCode, 0, 'exit code');
  checkSums(t, passage.status, oversize);
  const sessions = passage.status.lanes.flatMap((lane) => lane.sessions);
  const sum = (of: 'cut' | 'fragmented'): number => sessions.reduce((all, session) => all + session[of], 0);
  const tooLong = sent.filter(({ bytes }) => bytes.length > TARGET_MTU - overhead).length;
  const ledger = new Ledger();
  for (const { bytes } of recording.frames()) ledger.arrive(bytes.toString('hex'), `${bytes.length} bytes`);
  return {
    ...passage,
    sent,
    tooLong,
    ledger,
    fits: TARGET_MTU - overhead,
    counts: [sum('cut'), sum('fragmented')],
  };
}

async function truncate(t: Test, io: IoPath, target: string): Promise<void> {
  const { arrived, sent, tooLong, ledger, fits, counts } = await passOversize(t, io, target, 'truncate');
  for (const { bytes, name } of sent) {
    ledger.expect(Buffer.from(bytes.subarray(0, fits)).toString('hex'), `what fits of ${name}`);
  }
  ledger.check(t, 'frames out of the vxlan device');
  for (const { bytes } of arrived) readCopy(bytes);
  t.equal(arrived.length, sent.length, 'one packet each');
  t.same(counts, [tooLong, 0], 'cut, in fragments');
}

async function inFragments(t: Test, io: IoPath, target: string): Promise<void> {
  const { arrived, sent, tooLong, ledger, counts } = await passOversize(t, io, target, 'fragment');
  for (const { bytes, name } of sent) ledger.expect(Buffer.from(bytes).toString('hex'), name);
  ledger.check(t, 'frames out of the vxlan device');
  t.ok(
    arrived.every(({ bytes }) => bytes.length <= 14 + TARGET_MTU),
    'no packet is above the MTU',
  );
  const whole = arrived.filter(({ bytes }) => isVxlan(bytes));
  const ids = new Set(whole.map(({ bytes }) => readCopy(bytes, { mayFragment: true }).identification));
  t.ok(target.includes(':') || ids.size > 1, 'routers that fragment them find identifications');
  t.equal(whole.length, sent.length - tooLong, 'what fits goes whole');
  t.ok(arrived.length - whole.length >= 2 * tooLong, 'what does not, in fragments');
  t.same(counts, [0, tooLong], 'cut, in fragments');
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS_AND_DIRECT) {
  const skip = skipUnless('tcpdump') || skipIo(io);
  for (const target of io === 'direct' || io === 'xdp' ? ['10.9.0.2'] : ['10.9.0.2', 'fd00:9::2']) {
    t.test(`${io}, truncate, ${target}`, { skip }, (t) => truncate(t, io, target));
    t.test(`${io}, fragment, ${target}`, { skip }, (t) => inFragments(t, io, target));
  }
}
