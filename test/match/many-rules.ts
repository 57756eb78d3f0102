/**
 * Plans of 200 to 1,500 rules: the decision trees give each frame the interpreter's verdict.
 * `MATCH_CASES=1000000 npm test -- test/match/many-rules.ts` for a longer run.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { compile } from '../../src/match/compile.js';
import { interpret } from '../../src/match/interpret.js';
import { frameNearRules } from '../fixtures/plans/frame-near-rules.js';
import { ALL_STYLES, largePlan } from '../fixtures/plans/large-plan.js';
import { Random } from '../fixtures/plans/random.js';

/** Pairs of a plan and a frame. */
const CASES = Number(process.env.MATCH_CASES ?? 120_000) / 4;
const FRAMES = 200;

t.setTimeout(120_000 + CASES * 5);

t.test('large plans', async (t) => {
  const plans = fc.record({
    style: fc.constantFrom(...ALL_STYLES),
    rules: fc.integer({ min: 200, max: 1500 }),
    sessions: fc.constantFrom(1, 1, 1, 2, 3),
    rejects: fc.constantFrom(0, 0.1, 0.5),
    seed: fc.integer(),
  });
  let matched = 0;
  let unmatched = 0;
  const property = fc.property(plans, ({ seed, ...words }) => {
    const random = new Random(seed);
    const plan = largePlan(words, random);
    const { evaluate } = compile(plan, 'ingress');
    const rules = plan.sessions.flatMap((session) => session.rules.ingress);
    for (let count = 0; count < FRAMES; count++) {
      const frame = frameNearRules(rules, random);
      const want = interpret(plan, 'ingress', frame);
      assert.equal(evaluate(frame), want, JSON.stringify(frame));
      if (want >= 0) matched += 1;
      else unmatched += 1;
    }
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / FRAMES), endOnFailure: true });
  t.ok(matched > CASES / 10 && unmatched > CASES / 10, `${matched} matched, ${unmatched} not`);
});
