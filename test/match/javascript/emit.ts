import t from 'tap';
import { Decoded } from '../../../src/decode/decoded.js';
import { compile } from '../../../src/match/compile.js';
import { interpret } from '../../../src/match/interpret.js';
import type { SourcePlan } from '../../../src/plan/mirror-plan.js';
import { type RuleWords, sourcePlan } from '../../fixtures/plans/builders.js';
import { decodedFrame } from '../../fixtures/plans/decoded.js';

const HOSTILE = '"); process.exit()//\n`$' + '{process.exit()}`\u2028*/';

t.test('no text of a plan gets into the source', async (t) => {
  const sessions = [{ id: HOSTILE, amazonDns: true, rules: [{ id: HOSTILE, protocol: 6 }, { id: HOSTILE }] }];
  const plain = compile(sourcePlan([{ amazonDns: true, rules: [{ protocol: 6 }, {}] }]), 'ingress');
  const hostile = compile(sourcePlan(sessions, { id: HOSTILE, device: HOSTILE }), 'ingress');
  t.equal(hostile.javascript, plain.javascript);
  t.same(hostile.outcomes[hostile.evaluate(decodedFrame({ protocol: 1 }))], {
    sessionIndex: 0,
    kind: 'rule',
    ruleId: HOSTILE,
  });
});

t.test('text in the place of a number is refused', async (t) => {
  const plan = sourcePlan([{ rules: [{ protocol: 6 }] }]);
  const rule = plan.sessions[0]!.rules.ingress[0]!;
  const breakIn = (change: object): SourcePlan => {
    const rules = { ingress: [{ ...rule, ...change }], egress: [] };
    return { ...plan, sessions: [{ ...plan.sessions[0]!, rules }] };
  };
  t.throws(() => compile(breakIn({ protocol: HOSTILE }), 'ingress'), TypeError);
  t.throws(() => compile(breakIn({ sourcePorts: { from: HOSTILE, to: HOSTILE } }), 'ingress'), TypeError);
  t.throws(() => compile(breakIn({ sourcePorts: { from: 80.5, to: 90 } }), 'ingress'), TypeError);
  const words = compile(breakIn({ source: { family: 4, words: [HOSTILE], length: 32 } }), 'ingress');
  t.notMatch(words.javascript, /process/);
});

t.test('a rule of two families is refused', async (t) => {
  const plan = sourcePlan([{ rules: [{ from: '10.0.0.0/8', to: '::/0' }] }]);
  t.throws(
    () => compile(plan, 'ingress'),
    new RangeError('rule 10 s1r10: source and destination are of two families'),
  );
});

t.test('the code of a small plan', async (t) => {
  const sessions = [
    { rules: [{ protocol: 6, to: '10.0.0.0/8', toPorts: '80-90', reject: true } as const, { protocol: 6 }] },
  ];
  t.equal(
    compile(sourcePlan(sessions, { unmirrored: ['arp'] }), 'ingress').javascript,
    `'use strict';
function ipv4Tcp(decoded) {
  const destinationPort = decoded.destinationPort;
  const destination0 = decoded.destination0;
  stage0: {
    if (((destinationPort - 80) | (90 - destinationPort)) >= 0 && (destination0 & -16777216) === 167772160) break stage0;
    return 0;
  }
  return -1;
}
function ipv4Portless(decoded) {
  const protocol = decoded.protocol;
  if (protocol === 6) return 0;
  return -1;
}
return function evaluate(decoded) {
  switch (decoded.kind) {
    case 4:
      if (!decoded.hasPorts) return ipv4Portless(decoded);
      return decoded.protocol === 6 ? ipv4Tcp(decoded) : -1;
    case 6:
      if (!decoded.hasPorts) return -1;
      return decoded.protocol === 6 ? -1 : -1;
    case 1:
      return -3;
    case 2:
      return -2;
    default:
      return -1;
  }
};
`,
  );
});

t.test('more rules than one function holds', async (t) => {
  // A reject in the middle of a session has to find its way out of the chain of functions.
  const rules = (rejectEvery: number): RuleWords[] =>
    Array.from({ length: 450 }, (_, index) => ({
      protocol: 6,
      to: `10.0.0.0/${8 + ((index * rejectEvery) % 9)}`,
      toPorts: `${450 - index}`,
      ...(index % rejectEvery === 0 ? { reject: true } : {}),
    }));
  const plan = sourcePlan([
    { rules: [...rules(2), { protocol: 6, fromPorts: '1-10' }] },
    { rules: [...rules(5), { protocol: 6, fromPorts: '8-15' }] },
    { rules: [{ protocol: 6, toPorts: '7' }] },
  ]);
  const { evaluate, javascript } = compile(plan, 'ingress');
  t.ok(javascript.split('function ipv4Tcp').length > 5, 'a chain');
  const wrong: object[] = [];
  for (const to of ['10.0.0.1', '10.1.0.1', '10.200.0.1', '11.0.0.1']) {
    for (let port = 0; port <= 452; port++) {
      const frame = decodedFrame({ to, ports: [port % 20, port] });
      const want = interpret(plan, 'ingress', frame);
      if (evaluate(frame) !== want) wrong.push({ to, port, got: evaluate(frame), want });
    }
  }
  t.same(wrong, []);
});

t.test('evaluates what another frame left behind', async (t) => {
  t.equal(compile(sourcePlan([{ rules: [{}] }]), 'ingress').evaluate(new Decoded()), -1);
});
