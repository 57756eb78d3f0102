/** What the control API is told about packets: by the sessions that are asked, and by nothing of others. */
import t from 'tap';
import type { PacketAnswer } from '../../src/api/traffic-mirror/links.js';
import { Explainers, MOST_KEPT } from '../../src/daemon/explainers.js';
import { PacketAnswers } from '../../src/daemon/packet-answers.js';
import type { TargetWays } from '../../src/explain/copies.js';
import { compile } from '../../src/match/compile.js';
import type { MirrorPlan } from '../../src/plan/mirror-plan.js';
import { ENGINE_OPTIONS, sessionPlan, sourcePlan } from '../fixtures/plans/builders.js';

const OWN = { ...sessionPlan({ id: 'tms-own', rules: [{}] }), targetAddresses: ['10.9.0.2'] };
const OTHER = { ...sessionPlan({ id: 'tms-other', rules: [{}] }, 1), targetAddresses: ['10.9.0.3'] };
const PLAN: MirrorPlan = {
  sources: [sourcePlan([], { sessions: [OWN, OTHER] })],
  engine: ENGINE_OPTIONS,
  healthChecks: [],
};

/** An ICMP error (type 3) that quotes a VXLAN packet to an address of 10.9.0.0/24. */
function errorAboutCopyTo(host: number): Uint8Array {
  const quoted = `4500003200000000401100000a010001${`0a0900${host.toString(16).padStart(2, '0')}`}c00012b5001e0000`;
  const icmp = `0303000000000000${quoted}`;
  const length = (20 + icmp.length / 2).toString(16).padStart(4, '0');
  const ip = `4500${length}00000000400100000a0100020a010001`;
  return Buffer.from(`0200000000010200000000020800${ip}${icmp}`, 'hex');
}

function ask(bytes: Uint8Array, isAsked: (id: string) => boolean): PacketAnswer | undefined {
  const question = {
    accountId: 'a',
    sourceId: 'eni-1',
    direction: 'ingress',
    packet: { bytes },
    isAsked,
  } as const;
  const answer = new PacketAnswers(() => new Map()).answer(PLAN, 3, question);
  if (answer !== undefined && !answer.ok) throw new Error(answer.text);
  return answer?.value;
}

t.test('an error about a copy does not tell where copies of others go', async (t) => {
  const isOwn = (id: string): boolean => id === OWN.id;
  t.match(ask(errorAboutCopyTo(2), isOwn), { explanation: { skipped: 'loop' }, isPartial: true });
  const answers = [3, 4].map((host) => ask(errorAboutCopyTo(host), isOwn)?.explanation);
  for (const answer of answers) t.match(answer, { verdict: { kind: 'matched' }, copy: {} });
  t.notOk(
    answers.some((answer) => answer?.skipped !== undefined),
    'a target of another, and none',
  );
  t.match(
    ask(errorAboutCopyTo(3), () => true),
    { explanation: { skipped: 'loop' }, isPartial: false },
  );
});

t.test('without a session that is asked there is no answer', async (t) => {
  t.equal(
    ask(errorAboutCopyTo(2), () => false),
    undefined,
  );
});

/** Asks about a packet, and counts the filters that are compiled. */
function counting() {
  const stand = { compiled: 0, ways: new Map() as TargetWays, plan: PLAN };
  const answers = new PacketAnswers(
    () => stand.ways,
    new Explainers((...lane) => {
      stand.compiled += 1;
      return compile(...lane);
    }),
  );
  const ask = (
    accountId: string,
    sourceId = 'eni-1',
    isAsked = (_id: string): boolean => true,
  ): PacketAnswer => {
    const packet = { words: 'udp 10.1.0.2:1 > 10.1.0.1:2' };
    const answer = answers.answer(stand.plan, 3, {
      accountId,
      sourceId,
      direction: 'ingress',
      packet,
      isAsked,
    });
    if (!answer?.ok) throw new Error('no answer');
    return answer.value;
  };
  return { stand, ask };
}

t.test('a source is compiled once for an account', async (t) => {
  const { stand, ask } = counting();
  const first = ask('a');
  for (let time = 0; time < 3; time += 1) t.strictSame(ask('a'), first);
  t.equal(stand.compiled, 1);
  const isOwn = (id: string): boolean => id === OWN.id;
  t.match(ask('b', 'eni-1', isOwn), { isPartial: true });
  t.equal(stand.compiled, 2, 'for another account');
  t.match(
    ask('a', 'eni-1', (id) => !isOwn(id)),
    {
      explanation: { verdict: { session: { sessionId: OTHER.id } } },
    },
  );
  t.equal(stand.compiled, 3, 'with other sessions');
  stand.plan = { ...PLAN };
  ask('a');
  t.equal(stand.compiled, 4, 'of another plan');
});

t.test('ways are those of now', async (t) => {
  const { stand, ask } = counting();
  t.equal(ask('a').explanation.copy?.way, undefined);
  const way = { device: 'mir0', mtu: 1500, maximumInnerLength: 1450, state: 'suspect', reason: 'refused' };
  stand.ways = new Map([['10.9.0.2', way]]);
  t.match(ask('a').explanation.copy, { way: { state: 'suspect' } });
  stand.ways = new Map([['10.9.0.2', { ...way, state: 'reachable', reason: '' }]]);
  t.match(ask('a').explanation.copy, { way: { state: 'reachable' } });
  t.equal(stand.compiled, 1, 'the filter does not depend on them');
});

t.test('a few are kept, those that were asked last', async (t) => {
  const { stand, ask } = counting();
  const ids = Array.from({ length: MOST_KEPT + 1 }, (_, index) => `eni-${index}`);
  stand.plan = { ...PLAN, sources: ids.map((id) => sourcePlan([], { id, sessions: [OWN] })) };
  for (const id of ids.slice(0, MOST_KEPT)) ask('a', id);
  ask('a', ids[0]);
  t.equal(stand.compiled, MOST_KEPT);
  ask('a', ids[MOST_KEPT]);
  ask('a', ids[0]);
  t.equal(stand.compiled, MOST_KEPT + 1, 'it was asked again');
  ask('a', ids[1]);
  t.equal(stand.compiled, MOST_KEPT + 2);
});
