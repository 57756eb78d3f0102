/**
 * The BPF program keeps every frame that the interpreter matches, and enough of it; and of the others none, but
 * for IPv6 with extension headers. `MATCH_CASES=10000000 npm test -- test/match/bpf/pre-filter.ts` for a longer run.
 */
import fc from 'fast-check';
import t from 'tap';
import { type Decoded, KIND_IPV4 } from '../../../src/decode/decoded.js';
import { DIRECTIONS } from '../../../src/plan/mirror-plan.js';
import { checkPreFilter } from '../../fixtures/bpf/check-pre-filter.js';
import { arbitraryFrame } from '../../fixtures/frames/arbitrary.js';
import { ipv4, ipv6 } from '../../fixtures/frames/ip.js';
import { frame, payload } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { arbitraryMutatedFrame } from '../../fixtures/frames/mutated.js';
import { tcp, udp } from '../../fixtures/frames/transport.js';
import { frameNearRules } from '../../fixtures/plans/frame-near-rules.js';
import { ALL_STYLES, largePlan } from '../../fixtures/plans/large-plan.js';
import { sourcePlanArbitrary } from '../../fixtures/plans/plan-arbitrary.js';
import { Random } from '../../fixtures/plans/random.js';

/** Pairs of a plan and a frame: for exact programs; a quarter for shortened ones, and for large plans. */
const CASES = Number(process.env.MATCH_CASES ?? 120_000);
const PLANS = 6;
const FRAMES = 20;
const FRAMES_OF_LARGE_PLAN = 100;

t.setTimeout(120_000 + CASES * 0.5);

const pairs = fc.record({
  plans: fc.array(sourcePlanArbitrary, { minLength: PLANS, maxLength: PLANS }),
  direction: fc.constantFrom(...DIRECTIONS),
  frames: fc.array(fc.oneof(arbitraryFrame, arbitraryMutatedFrame), { minLength: FRAMES, maxLength: FRAMES }),
  longestFrame: fc.constantFrom(60, 100, 578, 578),
});

t.test('exact programs', async (t) => {
  let wanted = 0;
  const property = fc.property(pairs, ({ plans, direction, frames, longestFrame }) => {
    const checks = plans.map((plan) => checkPreFilter(plan, direction, { longestFrame }));
    for (const frame of frames) for (const { check } of checks) if (check(frame)) wanted += 1;
    return checks.every(({ exact }) => exact);
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / (PLANS * FRAMES)) });
  t.ok(wanted > CASES / 20 && wanted < CASES / 2, `${wanted} of ${CASES} pairs wanted`);
});

t.test('programs that must be short keep more, never less', async (t) => {
  const limited = fc.record({ some: pairs, maximumInstructions: fc.integer({ min: 1, max: 400 }) });
  let weakened = 0;
  const property = fc.property(limited, ({ some, maximumInstructions }) => {
    const { plans, direction, frames, longestFrame } = some;
    const checks = plans.map((plan) =>
      checkPreFilter(plan, direction, { longestFrame, maximumInstructions }),
    );
    weakened += checks.filter(({ exact }) => !exact).length;
    for (const frame of frames) for (const { check } of checks) check(frame);
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / 4 / (PLANS * FRAMES)) });
  t.ok(weakened > 0, `${weakened} programs weakened`);
});

t.test('large plans', async (t) => {
  const plans = fc.record({
    style: fc.constantFrom(...ALL_STYLES),
    rules: fc.integer({ min: 50, max: 1000 }),
    sessions: fc.constantFrom(1, 2),
    rejects: fc.constantFrom(0, 0.1, 0.5),
    seed: fc.integer(),
  });
  const isExact: boolean[] = [];
  const property = fc.property(plans, ({ seed, ...words }) => {
    const random = new Random(seed);
    const plan = largePlan(words, random);
    const rules = plan.sessions.flatMap((session) => session.rules.ingress);
    const { exact, check } = checkPreFilter(plan, 'ingress');
    isExact.push(exact);
    for (let count = 0; count < FRAMES_OF_LARGE_PLAN; count++) check(bytesOf(frameNearRules(rules, random)));
  });
  fc.assert(property, { numRuns: Math.ceil(CASES / 4 / FRAMES_OF_LARGE_PLAN), endOnFailure: true });
  t.ok(isExact.includes(true) && isExact.includes(false), 'some exact, some weakened');
});

function bytesOf({ kind, protocol, hasPorts, sourcePort, destinationPort, ...rest }: Decoded): Uint8Array {
  const { source0, source1, source2, source3 } = rest;
  const { destination0, destination1, destination2, destination3 } = rest;
  const transport = (protocol === 6 ? tcp : udp)({ sourcePort, destinationPort });
  const behind = hasPorts ? [transport, payload(100)] : [payload(0)];
  if (kind === KIND_IPV4) {
    const addresses = { source: words(4, source0), destination: words(4, destination0) };
    return frame(ethernet(), ipv4({ ...addresses, protocol }), ...behind);
  }
  const source = words(6, source0, source1, source2, source3);
  const destination = words(6, destination0, destination1, destination2, destination3);
  return frame(ethernet(), ipv6({ source, destination, nextHeader: protocol }), ...behind);
}

function words(family: 4 | 6, ...some: readonly number[]) {
  return { family, words: some.map((word) => word >>> 0) };
}
