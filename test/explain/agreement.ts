/**
 * What is explained is what happens: the verdict is that of the plan, of the compiled filter and of the mirror, and the
 * copy is that which `replay` writes.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { Explainer, type Explanation } from '../../src/explain/explanation.js';
import { explanationLines } from '../../src/explain/explanation-text.js';
import { Frame, HEADROOM_BYTES } from '../../src/io/frame.js';
import { compile } from '../../src/match/compile.js';
import { interpret, interpretedFilter } from '../../src/match/interpret.js';
import { UNMATCHED, UNMIRRORED_BASE, UNPARSABLE } from '../../src/match/verdict.js';
import { Replay } from '../../src/mirror/replay.js';
import { DIRECTIONS, type SourcePlan, UNMIRRORED_TYPES } from '../../src/plan/mirror-plan.js';
import { addressBytes } from '../../src/wire/address.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { CUT, ENGINE_OPTIONS } from '../fixtures/plans/builders.js';
import { sourcePlanArbitrary } from '../fixtures/plans/plan-arbitrary.js';

const CASES = Number(process.env.MATCH_CASES ?? 20_000);
const FRAMES = 20;
const ADDRESSES = ['10.9.0.2', '10.9.0.3', '10.9.0.4', 'fd00:9::2', 'fd00:9::3'];

t.setTimeout(120_000 + CASES * 5);

/** Plans whose sessions have VNIs of their own and several receivers. */
const plans: fc.Arbitrary<SourcePlan> = fc
  .tuple(
    sourcePlanArbitrary,
    fc.array(fc.subarray(ADDRESSES, { minLength: 1 }), { minLength: 4, maxLength: 4 }),
  )
  .map(([source, addresses]) => ({
    ...source,
    sessions: source.sessions.map((session, index) => ({
      ...session,
      vni: 1000 + index,
      targetAddresses: addresses[index] ?? ADDRESSES,
    })),
  }));

function frameOf(bytes: Uint8Array, wireLength: number): Frame {
  const memory = new Uint8Array(HEADROOM_BYTES + bytes.length);
  memory.set(bytes, HEADROOM_BYTES);
  const frame = new Frame(memory);
  frame.offset = HEADROOM_BYTES;
  frame.capturedLength = bytes.length;
  frame.wireLength = wireLength;
  return frame;
}

/** The verdict of an explanation as the data path has it. */
function verdictOf({ verdict }: Explanation, source: SourcePlan, outcomes: readonly unknown[]): number {
  if (verdict.kind === 'unmatched') return UNMATCHED;
  if (verdict.kind === 'unparsable') return UNPARSABLE;
  if (verdict.kind === 'unmirrored') return UNMIRRORED_BASE - UNMIRRORED_TYPES.indexOf(verdict.type as never);
  if (verdict.kind !== 'matched') throw new Error(verdict.kind);
  const { session, by } = verdict;
  const sessionIndex = source.sessions.findIndex(({ id }) => id === session.sessionId);
  const wanted =
    'ruleId' in by
      ? { sessionIndex, kind: 'rule', ruleId: by.ruleId }
      : { sessionIndex, kind: 'service', service: by.service };
  return outcomes.findIndex((outcome) => JSON.stringify(outcome) === JSON.stringify(wanted));
}

t.test('verdict and copy, for random plans and frames', async (t) => {
  const decoded = new Decoded();
  const frames = fc.array(
    fc.tuple(fc.oneof(arbitraryFrame, arbitraryMutatedFrame), fc.constantFrom(0, 0, 900)),
    {
      minLength: FRAMES,
      maxLength: FRAMES,
    },
  );
  let copies = 0;
  const property = fc.property(plans, frames, fc.constantFrom(...DIRECTIONS), (source, cases, direction) => {
    const plan = { sources: [source], engine: ENGINE_OPTIONS, healthChecks: [] };
    const filter = compile(source, direction);
    const explainer = new Explainer(plan, { source, direction }, new Map(), filter);
    const interpreting = new Explainer(
      plan,
      { source, direction },
      new Map(),
      interpretedFilter(source, direction),
    );
    const packets: Uint8Array[] = [];
    for (const [bytes, cutOff] of cases) {
      packets.length = 0;
      const wireLength = bytes.length + cutOff;
      const replay = new Replay(
        source,
        CUT,
        direction === 'egress' ? bytes.slice(6, 12) : undefined,
        (from, at, length) => packets.push(from.slice(at, at + length)),
      );
      if (direction === 'egress' && bytes.length < 12) continue;
      replay.consume(frameOf(bytes, wireLength));
      replay.endBatch();
      const lane = replay.counts().find((counts) => counts.direction === direction);
      const explanation = explainer.explain(frameOf(bytes, wireLength));
      assert.ok(explanationLines(explanation).length > 2);
      assert.deepEqual(
        interpreting.explain(frameOf(bytes, wireLength)),
        explanation,
        'by the interpreter alone',
      );

      decode(bytes, 0, bytes.length, decoded);
      const verdict = verdictOf(explanation, source, filter.outcomes);
      assert.equal(verdict, filter.evaluate(decoded), 'compiled filter');
      assert.equal(verdict, interpret(source, direction, decoded), 'plan');
      const matched = lane?.sessions
        .filter((session) => session.matched.packets > 0)
        .map((one) => one.sessionId);
      const session = explanation.verdict.kind === 'matched' ? [explanation.verdict.session.sessionId] : [];
      assert.deepEqual(matched, session, 'mirror');
      assert.equal(lane?.unmatched, verdict === UNMATCHED ? 1 : 0);
      assert.equal(lane?.unparsable, verdict === UNPARSABLE ? 1 : 0);

      assert.equal(packets.length, explanation.copy === undefined ? 0 : 1, 'a packet for a copy');
      const [packet] = packets;
      if (packet === undefined || explanation.copy === undefined) continue;
      copies += 1;
      const { address, sourcePort, packetLength, frameLength } = explanation.copy;
      const udp = address.includes(':') ? 40 : 20;
      const destination = udp === 40 ? packet.slice(24, 40) : packet.slice(16, 20);
      const view = new DataView(packet.buffer);
      assert.deepEqual([...destination], [...addressBytes(address)], 'address');
      assert.equal(view.getUint16(udp), sourcePort, 'source port');
      assert.equal(
        view.getUint32(udp + 12) >>> 8,
        1000 + source.sessions.findIndex(({ id }) => id === session[0]),
      );
      assert.equal(packet.length, packetLength);
      assert.equal(packet.length - udp - 16, frameLength);
    }
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / FRAMES) });
  t.ok(copies > CASES / 50, `${copies} copies`);
});
