/** GSO frames in the mirror: what is sent of each segment, and what is counted. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Counters } from '../../src/counters/counters.js';
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { SESSION_MIRRORED_PACKETS } from '../../src/counters/layout.js';
import { SKIP_REASONS } from '../../src/counters/skip-reason.js';
import type { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import type { Frame } from '../../src/io/frame.js';
import type { PacketSink } from '../../src/io/sink.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror } from '../../src/mirror/build-mirror.js';
import { runBpf } from '../fixtures/bpf/run-bpf.js';
import { gsoFrame, type UnfinishedFrame, unfinishedFrame } from '../fixtures/frames/gso-frame.js';
import { GuardedFrame, offloadsOf, SURROUNDINGS } from '../fixtures/frames/guarded.js';
import { segmentsOf } from '../fixtures/frames/reference-segments.js';
import { fewestBytesLeft } from '../fixtures/memory/allocation.js';
import { mirroringOf } from '../fixtures/mirror/mirroring.js';
import type { Fate } from '../fixtures/mirror/recording-sink.js';
import { sourcePlan } from '../fixtures/plans/builders.js';
import { Random } from '../fixtures/plans/random.js';

const EVERYTHING = [{ rules: [{}, { to: '::/0' }] }];
const ADDRESS = '10.9.0.2';

function planOf(packetLength?: number) {
  const plan = sourcePlan(EVERYTHING);
  return packetLength === undefined ? plan : { ...plan, sessions: [{ ...plan.sessions[0]!, packetLength }] };
}

interface Want {
  readonly copies: Buffer[];
  readonly truncated: number;
  readonly cut: number;
}

/** By the reference: what is sent of a frame of which so many bytes were captured. */
function wantOf(source: UnfinishedFrame, captured: number, packetLength: number, room: number): Want {
  let truncated = 0;
  let cut = 0;
  const headers = source.isGso ? source.headers : 0;
  let at = headers;
  const copies = segmentsOf(source).map(({ whole, unfinished }) => {
    const there = headers + Math.max(0, Math.min(whole.length - headers, captured - at));
    at += whole.length - headers;
    if (whole.length > packetLength) truncated += 1;
    const kept = Math.min(there, packetLength);
    const isShort = source.isGso && kept < Math.min(whole.length, packetLength, room);
    if (kept > room || isShort) cut += 1;
    const length = Math.min(kept, room);
    return (length === whole.length ? whole : unfinished).subarray(0, length);
  });
  return { copies, truncated, cut };
}

t.test('PacketLength, room, and what the pre-filter left', async (t) => {
  const property = fc.property(
    fc.integer(),
    fc.constantFrom(1, 40, 60, 128, 700, 65535),
    fc.constantFrom(0, 50, 100, 1400, 65499),
    fc.boolean(),
    (seed, packetLength, room, isCut) => {
      const random = new Random(seed);
      const source = unfinishedFrame(random);
      // Never short of the headers of a GSO frame: without those it is no longer one.
      const captured = isCut ? random.between(source.headers, source.bytes.length) : source.bytes.length;
      const { mirror, sinks, counts } = mirroringOf(planOf(packetLength), { maximumInnerLength: room });
      const guarded = new GuardedFrame(
        source.bytes.subarray(0, captured),
        offloadsOf(source.offloads),
        random.pick(SURROUNDINGS),
        source.bytes.length,
      );
      mirror.consume(guarded.frame);
      guarded.check();
      const want = wantOf(source, captured, packetLength, room);
      const sent = sinks.get(ADDRESS)!.sent.map(({ inner }) => Buffer.from(inner));
      assert.deepEqual(sent.map(withoutZeros(source)), want.copies.map(withoutZeros(source)));
      const [session] = counts().sessions;
      assert.equal(session!.truncated, want.truncated);
      assert.equal(session!.cut, want.cut);
      assert.equal(session!.mirrored.packets, want.copies.length);
    },
  );
  fc.assert(property, { numRuns: 400 });
  t.pass();
});

t.test('what the pre-filter keeps is enough for each segment', async (t) => {
  const property = fc.property(fc.integer(), fc.constantFrom(1, 128, 700), (seed, packetLength) => {
    const source = smallGsoFrame(new Random(seed));
    const plan = planOf(packetLength);
    const { mirror, sinks, counts } = mirroringOf(plan);
    const kept = runBpf(compile(plan, 'ingress').bpf().instructions, source.bytes);
    const guarded = new GuardedFrame(
      source.bytes.subarray(0, kept),
      offloadsOf(source.offloads),
      SURROUNDINGS[0]!,
      source.bytes.length,
    );
    mirror.consume(guarded.frame);
    const want = wantOf(source, source.bytes.length, packetLength, 65499);
    assert.deepEqual(
      sinks.get(ADDRESS)!.sent.map(({ inner }) => Buffer.from(inner)),
      want.copies,
    );
    assert.equal(counts().sessions[0]!.truncated, want.truncated);
  });
  fc.assert(property, { numRuns: 200 });
  t.pass();
});

/** A frame of two segments. The first has at least the payload that every host takes at once (RFC 9293 §3.7.1). */
function smallGsoFrame(random: Random): UnfinishedFrame {
  for (;;) {
    const frame = gsoFrame(random);
    const payload = frame.bytes.length - frame.headers;
    if (frame.gsoSize >= 536 && payload <= 2 * frame.gsoSize) return frame;
  }
}

/** A plain frame's checksum of zero is completed as the other zero, which says the same to TCP. */
function withoutZeros({ isGso, isTcp, transport }: UnfinishedFrame): (copy: Buffer) => Buffer {
  return (copy) => {
    const at = transport + 16;
    if (isGso || !isTcp || copy.length < at + 2 || copy.readUInt16BE(at) !== 0xffff) return copy;
    const other = Buffer.from(copy);
    other.writeUInt16BE(0, at);
    return other;
  };
}

t.test('every segment has one fate', async (t) => {
  const fates = fc.array(fc.constantFrom<Fate>('mirrored', 'mirrored', ...SKIP_REASONS), { minLength: 1 });
  const property = fc.property(fc.integer(), fates, (seed, each) => {
    const random = new Random(seed);
    let copies = 0;
    const { mirror, counts } = mirroringOf(planOf(), { fate: () => each[copies++ % each.length]! });
    const frames = Array.from({ length: 6 }, () => unfinishedFrame(random));
    for (const { bytes, offloads } of frames) {
      mirror.consume(new GuardedFrame(bytes, offloadsOf(offloads), SURROUNDINGS[0]!).frame);
    }
    const [session] = counts().sessions;
    const { matched, segmented, segments, unsegmented, mirrored, skipped } = session!;
    const supers = frames.filter(({ isGso }) => isGso);
    const sum = Object.values(skipped).reduce((total, { packets }) => total + packets, mirrored.packets);
    assert.equal(matched.packets, frames.length);
    assert.equal(segmented, supers.length);
    assert.equal(segments, supers.flatMap(segmentsOf).length);
    assert.equal(unsegmented, 0);
    assert.equal(sum, copies);
    assert.equal(matched.packets - segmented + segments, copies);
  });
  fc.assert(property, { numRuns: 150 });
  t.pass();
});

t.test('what cannot be segmented is copied as it is, and counted', async (t) => {
  const source = gsoFrame(new Random(3));
  const elsewhere = { ...offloadsOf(source.offloads), checksumStart: source.transport + 8 };
  const { mirror, sinks, counts } = mirroringOf(planOf(), { maximumInnerLength: 1400 });
  mirror.consume(new GuardedFrame(source.bytes, elsewhere, SURROUNDINGS[0]!).frame);
  t.same(
    sinks.get(ADDRESS)?.sent.map(({ inner }) => Buffer.from(inner)),
    [source.bytes.subarray(0, 1400)],
  );
  t.match(counts().sessions[0], {
    matched: { packets: 1 },
    mirrored: { packets: 1 },
    segmented: 0,
    segments: 0,
    unsegmented: 1,
    cut: 1,
  });
});

/** Takes everything, and looks at some of it. */
class LookingSink implements PacketSink {
  readonly isOpen = true;
  readonly maximumInnerLength = 1450;
  sum = 0;
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  send(frame: Frame, innerLength: number, _header: TunnelHeader, sourcePort: number, base: number): void {
    this.sum =
      (this.sum + frame.segmentHeader[frame.segmentHeaderLength >> 1]! + innerLength + sourcePort) | 0;
    this.#counters.mirrored(base, frame.wireLength);
  }

  flush(): void {}
}

const SEGMENTS = 1_000_000;
const MAXIMUM_BYTES_PER_THOUSAND_SEGMENTS = 8;

t.test('a segment leaves nothing behind', async (t) => {
  const lane = { source: planOf(), direction: 'ingress' } as const;
  const { counters, bases } = layOutCounters([lane]);
  const sink = new LookingSink(counters);
  const filter = compile(lane.source, lane.direction);
  const mirror = buildMirror(lane, filter, counters, bases[0]!, () => sink);
  const random = new Random(5);
  const frames = Array.from({ length: 50 }, () => {
    const { bytes, offloads } = unfinishedFrame(random);
    return new GuardedFrame(bytes, offloadsOf(offloads), SURROUNDINGS[0]!).frame;
  });
  for (const frame of frames) mirror.consume(frame);
  const sentByRound = counters.values[bases[0]!.sessions[0]!.base + SESSION_MIRRORED_PACKETS]!;
  const rounds = Math.ceil(SEGMENTS / sentByRound);
  const limit = (MAXIMUM_BYTES_PER_THOUSAND_SEGMENTS * SEGMENTS) / 1000;
  const least = fewestBytesLeft(limit, () => {
    for (let round = 0; round < rounds; round++) {
      for (let index = 0; index < frames.length; index++) mirror.consume(frames[index]!);
    }
  });
  t.ok(least < limit, `${least} bytes after ${rounds * sentByRound} segments`);
  t.type(sink.sum, 'number');
});
