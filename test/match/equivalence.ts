/**
 * Plan, IR, simplified IR and JavaScript give one verdict, for random plans and frames.
 * `MATCH_CASES=10000000 npm test -- test/match/equivalence.ts` for a longer run.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { compile } from '../../src/match/compile.js';
import { interpret } from '../../src/match/interpret.js';
import { lower } from '../../src/match/lower.js';
import { DIRECTIONS, type Direction, type SourcePlan } from '../../src/plan/mirror-plan.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { aimArbitrary, aimAt } from '../fixtures/plans/aim.js';
import { decodedArbitrary } from '../fixtures/plans/decoded-arbitrary.js';
import { sourcePlanArbitrary } from '../fixtures/plans/plan-arbitrary.js';
import { runIr } from '../fixtures/plans/run-ir.js';

/** Pairs of a plan and a frame, in each property. */
const CASES = Number(process.env.MATCH_CASES ?? 120_000);

const directionArbitrary = fc.constantFrom(...DIRECTIONS);

// A pair takes 25 to 100 microseconds, by the property and by what else the machine does.
t.setTimeout(120_000 + CASES * 0.5);

t.test('decoded frames, half of them at the corners of a rule', async (t) => {
  const frame = fc.record({
    random: decodedArbitrary,
    aim: fc.option(aimArbitrary, { nil: undefined, freq: 2 }),
  });
  const property = fc.property(
    sourcePlanArbitrary,
    directionArbitrary,
    exactly(60, frame),
    (plan, direction, frames) => {
      const check = checkerOf(plan, direction);
      const rules = plan.sessions.flatMap((session) => session.rules[direction]);
      for (const { random, aim } of frames) check(aim === undefined ? random : aimAt(rules, aim, random));
    },
  );
  fc.assert(property, { numRuns: Math.ceil(CASES / 60) });
  t.pass(`${CASES} pairs`);
});

t.test('frames of bytes, half of them damaged, decoded into one object', async (t) => {
  const decoded = new Decoded();
  // Frames of bytes take long to make: each meets several plans.
  const plans = exactly(6, sourcePlanArbitrary);
  const frame = fc.oneof(arbitraryFrame, arbitraryMutatedFrame);
  const property = fc.property(plans, directionArbitrary, exactly(20, frame), (plans, direction, frames) => {
    const checks = plans.map((plan) => checkerOf(plan, direction));
    for (const bytes of frames) {
      decode(bytes, 0, bytes.length, decoded);
      for (const check of checks) check(decoded);
    }
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / 120) });
  t.pass(`${CASES} pairs`);
});

function exactly<T>(count: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { minLength: count, maxLength: count });
}

/** Says of a decoded frame whether every pass gives it the plan's verdict. */
function checkerOf(plan: SourcePlan, direction: Direction): (decoded: Decoded) => void {
  const lowered = lower(plan, direction).program;
  const compiled = compile(plan, direction);
  return (decoded) => {
    const want = interpret(plan, direction, decoded);
    assert.equal(runIr(lowered, decoded), want, 'lowered');
    assert.equal(runIr(compiled.ir.program, decoded), want, 'simplified');
    assert.equal(compiled.evaluate(decoded), want, 'compiled');
  };
}
