/**
 * docs/semantics.md, "Counters": every frame read is in one class and every copy due has one fate, over random
 * plans and frames, whole, mutated and cut; and the interpreter counts the same.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { SKIP_REASONS } from '../../src/counters/skip-reason.js';
import type { LaneCounts, SessionCounts } from '../../src/counters/snapshot.js';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { interpret } from '../../src/match/interpret.js';
import { lower } from '../../src/match/lower.js';
import { UNMATCHED, UNMIRRORED_BASE, UNPARSABLE } from '../../src/match/verdict.js';
import { DIRECTIONS, type Direction, type SourcePlan, UNMIRRORED_TYPES } from '../../src/plan/mirror-plan.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { frameOf, mirroringOf } from '../fixtures/mirror/mirroring.js';
import type { Fate } from '../fixtures/mirror/recording-sink.js';
import { sourcePlanArbitrary } from '../fixtures/plans/plan-arbitrary.js';

const ADDRESSES = ['10.9.0.2', '10.9.0.3', '10.9.0.4'];

interface Given {
  readonly source: SourcePlan;
  readonly direction: Direction;
  readonly frames: readonly { readonly bytes: Uint8Array; readonly beyond: number }[];
  readonly fates: readonly Fate[];
  readonly room: number;
}

/** Sessions with a PacketLength and one to three addresses each. */
const sourceArbitrary = fc
  .tuple(
    sourcePlanArbitrary,
    fc.array(fc.tuple(fc.constantFrom(0, 1, 14, 60, 100, 65535), fc.integer({ min: 1, max: 3 })), {
      minLength: 4,
      maxLength: 4,
    }),
  )
  .map(([plan, details]) => ({
    ...plan,
    sessions: plan.sessions.map((session, index) => {
      const [packetLength, addresses] = details[index]!;
      const targetAddresses = ADDRESSES.slice(0, addresses);
      return { ...session, targetAddresses, ...(packetLength > 0 && { packetLength }) };
    }),
  }));

const given: fc.Arbitrary<Given> = fc.record({
  source: sourceArbitrary,
  direction: fc.constantFrom(...DIRECTIONS),
  frames: fc.array(
    fc.record({
      bytes: fc.oneof(arbitraryFrame, arbitraryMutatedFrame),
      // Bytes that were on the wire and not captured.
      beyond: fc.constantFrom(0, 0, 0, 1, 1400),
    }),
    { maxLength: 60, size: 'max' },
  ),
  fates: fc.array(fc.constantFrom<Fate>('mirrored', 'mirrored', 'mirrored', ...SKIP_REASONS), {
    minLength: 1,
  }),
  room: fc.constantFrom(0, 50, 1400, 65499),
});

t.test('the sums hold, and the oracle agrees', async (t) => {
  const property = fc.property(given, ({ source, direction, frames, fates, room }) => {
    let copies = 0;
    const fate = (): Fate => fates[copies++ % fates.length]!;
    const { mirror, sinks, counts } = mirroringOf(source, { direction, maximumInnerLength: room, fate });
    for (const { bytes, beyond } of frames) mirror.consume(frameOf(bytes, bytes.length + beyond));
    mirror.endBatch();

    const lane = counts();
    const matched = sum(lane.sessions.map((session) => session.matched.packets));
    const unmirrored = sum(Object.values(lane.unmirrored));
    assert.equal(lane.read.packets, frames.length);
    assert.equal(lane.read.bytes, sum(frames.map(({ bytes, beyond }) => bytes.length + beyond)));
    assert.equal(lane.read.packets, matched + lane.unmatched + lane.unparsable + unmirrored);
    assert.equal(matched, copies, 'a frame is mirrored once');
    for (const session of lane.sessions) checkSession(session);
    assert.deepEqual(classesOf(lane), oracleClasses(source, direction, frames));
    for (const { sent } of sinks.values()) assert.ok(sent.every(({ inner }) => inner.length <= room));
  });
  fc.assert(property, { numRuns: 600 });
  t.pass();
});

function checkSession(session: SessionCounts): void {
  const { matched, mirrored, skipped, truncated, cut, rules, services } = session;
  const skips = Object.values(skipped);
  assert.equal(matched.packets, mirrored.packets + sum(skips.map(({ packets }) => packets)), 'packets');
  assert.equal(matched.bytes, mirrored.bytes + sum(skips.map(({ bytes }) => bytes)), 'bytes');
  const decided = sum([...rules.map(({ packets }) => packets), ...Object.values(services)]);
  assert.equal(matched.packets, decided, 'every match was a rule or a service');
  assert.ok(truncated <= matched.packets && cut <= matched.packets);
}

/** How many frames are in each class, as the lane counts them. */
function classesOf({ unmatched, unparsable, unmirrored, sessions }: LaneCounts): Record<string, number> {
  return nonZero({
    unmatched,
    unparsable,
    ...unmirrored,
    ...Object.fromEntries(sessions.map(({ sessionId, matched }) => [sessionId, matched.packets])),
  });
}

/** As the interpreter does, frame by frame. */
function oracleClasses(
  source: SourcePlan,
  direction: Direction,
  frames: Given['frames'],
): Record<string, number> {
  const { outcomes } = lower(source, direction);
  const classes: Record<string, number> = {};
  for (const { bytes } of frames) {
    const decoded = new Decoded();
    decode(bytes, 0, bytes.length, decoded);
    const verdict = interpret(source, direction, decoded);
    const name = verdict >= 0 ? source.sessions[outcomes[verdict]!.sessionIndex]!.id : className(verdict);
    classes[name] = (classes[name] ?? 0) + 1;
  }
  return classes;
}

function className(verdict: number): string {
  if (verdict === UNMATCHED) return 'unmatched';
  return verdict === UNPARSABLE ? 'unparsable' : UNMIRRORED_TYPES[UNMIRRORED_BASE - verdict]!;
}

function nonZero(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
