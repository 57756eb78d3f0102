/** What GENEVE tells of each frame: of frames from a ring, of their segments, and where nobody knows the time. */
import assert from 'node:assert/strict';
import t from 'tap';
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { encapsulationOf } from '../../src/encapsulate/encapsulations.js';
import type { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import type { Frame } from '../../src/io/frame.js';
import type { PacketSink } from '../../src/io/sink.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror } from '../../src/mirror/build-mirror.js';
import { buildSessionTarget } from '../../src/mirror/session-target.js';
import { FineClock, StampingSink } from '../../src/mirror/stamping-sink.js';
import {
  DIRECTIONS,
  type Direction,
  ENCAPSULATION_OPTIONS,
  type EncapsulationPlan,
  type SourcePlan,
} from '../../src/plan/mirror-plan.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { gsoFrame } from '../fixtures/frames/gso-frame.js';
import { GuardedFrame, offloadsOf, SURROUNDINGS } from '../fixtures/frames/guarded.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { type GeneveOptions, readGeneve } from '../fixtures/frames/read-geneve.js';
import { segmentsOf } from '../fixtures/frames/reference-segments.js';
import { udp } from '../fixtures/frames/transport.js';
import { frameOf } from '../fixtures/mirror/mirroring.js';
import { sourcePlan } from '../fixtures/plans/builders.js';
import { Random } from '../fixtures/plans/random.js';

const EVERYTHING = { rules: [{}], egress: [{}] };
const ALL: EncapsulationPlan = {
  name: 'geneve',
  options: ENCAPSULATION_OPTIONS,
  networkInterface: 'eni-1',
};

/** Reads the headers of each copy when it is sent, as a sink would write them. */
class ReadingSink implements PacketSink {
  readonly maximumInnerLength = 1400;
  readonly isOpen = true;
  readonly read: GeneveOptions[] = [];

  send(_frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number): void {
    const { overhead } = header.encapsulation;
    const bytes = emitted(overhead, (into, offset) => header.writeTo(into, offset, innerLength, sourcePort));
    this.read.push(readGeneve(Buffer.from(bytes.subarray(8))).options);
  }

  flush(): void {}
}

function mirrorOf(encapsulation: EncapsulationPlan, direction: Direction = 'ingress') {
  const plain = sourcePlan([EVERYTHING]);
  const source: SourcePlan = {
    ...plain,
    sessions: [{ ...plain.sessions[0]!, sessionNumber: 7, encapsulation }],
  };
  const lane = { source, direction };
  const { counters, bases } = layOutCounters([lane]);
  const sink = new ReadingSink();
  return { sink, mirror: buildMirror(lane, compile(source, direction), counters, bases[0]!, () => sink) };
}

/** A frame as a ring has it, with its time in words of its own. */
function timed(given: Frame, seconds: number, nanoseconds: number): Frame {
  given.words = Int32Array.of(0, seconds, nanoseconds);
  given.timeWord = 1;
  return given;
}

const datagram = (length: number): Uint8Array => frame(ethernet(), ipv4(), udp(), payload(length));

t.test('frames from a ring', async (t) => {
  for (const direction of DIRECTIONS) {
    const { mirror, sink } = mirrorOf(ALL, direction);
    mirror.consume(timed(frameOf(datagram(100)), 4_000_000_000 | 0, 999_999_999));
    mirror.consume(timed(frameOf(datagram(2000)), 1_700_000_000, 1));
    mirror.consume(timed(frameOf(datagram(10), 9000), 1_700_000_000, 2));
    const same = { direction, sessionNumber: 7, networkInterface: 'eni-1' };
    t.same(
      sink.read,
      [
        { captureTime: 4_000_000_000_999_999_999n, originalLength: 142, ...same },
        { captureTime: 1_700_000_000_000_000_001n, originalLength: 2042, ...same },
        { captureTime: 1_700_000_000_000_000_002n, originalLength: 9000, ...same },
      ],
      `${direction}: also of those that were cut, before or here`,
    );
  }
});

t.test('segments of a GSO frame have its time, and lengths of their own', async (t) => {
  const { mirror, sink } = mirrorOf(ALL);
  const source = gsoFrame(new Random(1));
  const guarded = new GuardedFrame(source.bytes, offloadsOf(source.offloads), SURROUNDINGS[0]!);
  mirror.consume(timed(guarded.frame, 1_700_000_000, 5));
  t.same(
    sink.read.map(({ captureTime, originalLength }) => [captureTime, originalLength]),
    segmentsOf(source).map(({ whole }) => [1_700_000_000_000_000_005n, whole.length]),
  );
  t.ok(sink.read.length > 1, `${sink.read.length} segments`);
});

t.test('frames without a time have that of their copy', async (t) => {
  const sink = new ReadingSink();
  const times = [1_764_450_000_123.25, 1_764_450_000_999.75];
  const stamping = new StampingSink(sink, { now: () => times.shift() ?? assert.fail('asked too often') });
  const { header } = buildSessionTarget(
    { ...sourcePlan([EVERYTHING]).sessions[0]!, encapsulation: ALL },
    'ingress',
    0,
    () => sink,
  );
  for (let index = 0; index < 2; index++) stamping.send(frameOf(datagram(100)), 142, header, 50000, 0);
  const [first, second] = sink.read.map(({ captureTime }) => Number(captureTime) / 1e6);
  t.ok(Math.abs(first! - 1_764_450_000_123.25) < 0.001, `${first}`);
  t.ok(Math.abs(second! - 1_764_450_000_999.75) < 0.001, `${second}`);
  t.same([stamping.maximumInnerLength, stamping.isOpen], [1400, true]);
});

t.test('a clock finer than the time of day, and never far from it', async (t) => {
  let [day, monotonic] = [1_000_000, 500.25];
  const clock = new FineClock(
    () => day,
    () => monotonic,
  );
  t.equal(clock.now(), 1_000_000);
  monotonic += 0.125;
  t.equal(clock.now(), 1_000_000.125);
  [day, monotonic] = [day + 1, monotonic + 0.5];
  t.equal(clock.now(), 1_000_000.625, 'no step with each millisecond');
  day += 3600_000;
  t.equal(clock.now(), day, 'somebody set it forward');
  day -= 7200_000;
  t.equal(clock.now(), day, 'or back');
});

t.test('a process that stands still between two looks at the clocks does not set its own', async (t) => {
  let realMs = 0;
  /** Milliseconds for which it stands still before its next looks at the time of day. */
  let pausesMs: number[] = [];
  const clock = new FineClock(
    () => {
      realMs += pausesMs.shift() ?? 0;
      return Math.floor(1_000_000 + realMs);
    },
    () => realMs,
  );
  clock.now();
  for (const pauses of [[10], [10, 10], [10, 10, 10, 10]]) {
    pausesMs = [...pauses];
    realMs += 0.25;
    clock.now();
    pausesMs = [];
    t.equal(clock.now(), 1_000_000 + realMs, `${pauses.length} times`);
  }
});

t.test('who tells nothing of a frame has nothing in front of its sink', async (t) => {
  const [session] = sourcePlan([EVERYTHING]).sessions;
  const sink = new ReadingSink();
  const sinkWith = (encapsulation?: EncapsulationPlan): PacketSink | undefined =>
    buildSessionTarget({ ...session!, ...(encapsulation && { encapsulation }) }, 'ingress', 0, () => sink)
      .sinks[0];
  t.equal(sinkWith(), sink, 'VXLAN');
  t.equal(sinkWith({ name: 'geneve' }), sink, 'GENEVE');
  t.equal(
    sinkWith({ name: 'geneve', options: ['direction', 'sessionNumber', 'networkInterface'] }),
    sink,
    'what is the same for all frames of a session',
  );
  for (const option of ['captureTime', 'originalLength'] as const) {
    t.type(sinkWith({ name: 'geneve', options: [option] }), StampingSink, option);
  }
  t.equal(encapsulationOf(ALL).overhead, 16 + 12 + 8 + 8 + 8 + 12);
});
