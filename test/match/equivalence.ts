/**
 * Plan, IR, simplified IR and JavaScript give one verdict, for random plans and frames.
 * `MATCH_CASES=10000000 npx tap test/match/equivalence.ts` for a longer run.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { compile } from '../../src/match/compile.js';
import { interpret } from '../../src/match/interpret.js';
import { lower } from '../../src/match/lower.js';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { aimArbitrary, aimAt } from '../fixtures/plans/aim.js';
import { decodedArbitrary } from '../fixtures/plans/decoded-arbitrary.js';
import { sourcePlanArbitrary } from '../fixtures/plans/plan-arbitrary.js';
import { runIr } from '../fixtures/plans/run-ir.js';

/** Pairs of a plan and a frame. */
const CASES = Number(process.env.MATCH_CASES ?? 120_000);
const FRAMES_PER_PLAN = 60;

t.setTimeout(120_000 + CASES);

const frameArbitrary = fc.record({
  frame: decodedArbitrary,
  aim: fc.option(aimArbitrary, { nil: undefined, freq: 2 }),
});

t.test('every pass keeps the verdict of the plan', async (t) => {
  const property = fc.property(
    sourcePlanArbitrary,
    fc.constantFrom(...DIRECTIONS),
    fc.array(frameArbitrary, { minLength: FRAMES_PER_PLAN, maxLength: FRAMES_PER_PLAN }),
    (plan, direction, frames) => {
      const rules = plan.sessions.flatMap((session) => session.rules[direction]);
      const lowered = lower(plan, direction).program;
      const compiled = compile(plan, direction);
      for (const { frame: random, aim } of frames) {
        const frame = aim === undefined ? random : aimAt(rules, aim, random);
        const want = interpret(plan, direction, frame);
        assert.equal(runIr(lowered, frame), want, 'lowered');
        assert.equal(runIr(compiled.ir.program, frame), want, 'simplified');
        assert.equal(compiled.evaluate(frame), want, 'compiled');
      }
    },
  );
  fc.assert(property, { numRuns: Math.ceil(CASES / FRAMES_PER_PLAN) });
  t.pass(`${CASES} pairs`);
});
