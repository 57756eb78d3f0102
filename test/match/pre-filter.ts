/**
 * The BPF program keeps every frame that the interpreter matches, and enough of it; and of the others none, but
 * for IPv6 with extension headers. `MATCH_CASES=10000000 npx tap test/match/pre-filter.ts` for a longer run.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { compile } from '../../src/match/compile.js';
import type { BpfLimits } from '../../src/match/emit-bpf.js';
import { interpret } from '../../src/match/interpret.js';
import { DIRECTIONS, type Direction, type SourcePlan } from '../../src/plan/mirror-plan.js';
import { WHOLE_FRAME } from '../../src/wire/bpf-instruction.js';
import { checkBpf } from '../fixtures/bpf/check-bpf.js';
import { runBpf } from '../fixtures/bpf/run-bpf.js';
import { hasExtensionHeaders, seenBySocket } from '../fixtures/bpf/seen-by-socket.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { validFields } from '../fixtures/frames/decode-guarded.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { sourcePlanArbitrary } from '../fixtures/plans/plan-arbitrary.js';

/** Pairs of a plan and a frame, in each property. */
const CASES = Number(process.env.MATCH_CASES ?? 120_000);
const PLANS = 6;
const FRAMES = 20;

t.setTimeout(120_000 + CASES * 0.5);

const pairs = fc.record({
  plans: fc.array(sourcePlanArbitrary, { minLength: PLANS, maxLength: PLANS }),
  direction: fc.constantFrom(...DIRECTIONS),
  frames: fc.array(fc.oneof(arbitraryFrame, arbitraryMutatedFrame), { minLength: FRAMES, maxLength: FRAMES }),
  longestFrame: fc.constantFrom(60, 100, 1522, 1522),
});

t.test('exact programs', async (t) => {
  let kept = 0;
  let dropped = 0;
  const property = fc.property(pairs, ({ plans, direction, frames, longestFrame }) => {
    const checks = plans.map((plan) => checkerOf(plan, direction, { longestFrame }));
    for (const frame of frames) {
      for (const check of checks) {
        if (check(frame)) kept += 1;
        else dropped += 1;
      }
    }
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / (PLANS * FRAMES)) });
  t.pass(`${kept + dropped} pairs`);
  t.ok(kept > CASES / 20 && dropped > CASES / 20, `${kept} kept, ${dropped} dropped`);
});

t.test('programs that must be short keep more, never less', async (t) => {
  const limited = fc.record({ some: pairs, maximumInstructions: fc.integer({ min: 1, max: 400 }) });
  const property = fc.property(limited, ({ some, maximumInstructions }) => {
    const { plans, direction, frames, longestFrame } = some;
    const checks = plans.map((plan) => checkerOf(plan, direction, { longestFrame, maximumInstructions }));
    for (const frame of frames) for (const check of checks) check(frame);
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / (PLANS * FRAMES)) });
  t.pass(`${CASES} pairs`);
});

/** Checks a program, and then that it treats frames as it should. @returns whether a frame is kept. */
function checkerOf(
  plan: SourcePlan,
  direction: Direction,
  limits: Partial<BpfLimits>,
): (frame: Uint8Array) => boolean {
  const compiled = compile(plan, direction);
  const { instructions, exact } = compiled.bpf(limits);
  checkBpf(instructions);
  if (limits.maximumInstructions !== undefined) assert.ok(instructions.length <= limits.maximumInstructions);
  return (frame) => {
    const want = decodeAndInterpret(plan, direction, frame);
    const outcome = compiled.outcomes[want.verdict];
    for (const { bytes, metadata, tagBytes } of seenBySocket(frame)) {
      const kept = runBpf(instructions, bytes, metadata);
      if (outcome === undefined) {
        if (exact && !hasExtensionHeaders(frame)) assert.equal(kept, 0, 'not wanted');
        continue;
      }
      const { packetLength = Infinity } = plan.sessions[outcome.sessionIndex]!;
      if (bytes.length > (limits.longestFrame ?? Infinity)) assert.equal(kept, WHOLE_FRAME, 'super-frame');
      const captured = Math.min(kept, bytes.length) + tagBytes;
      assert.ok(kept > 0 && captured >= Math.min(frame.length, packetLength), `${kept} bytes kept`);
      assert.deepEqual(
        decodeAndInterpret(plan, direction, frame.subarray(0, captured)),
        want,
        'what is captured',
      );
    }
    return outcome !== undefined;
  };
}

function decodeAndInterpret(plan: SourcePlan, direction: Direction, frame: Uint8Array) {
  const decoded = new Decoded();
  decode(frame, 0, frame.length, decoded);
  return { verdict: interpret(plan, direction, decoded), fields: validFields(decoded) };
}
