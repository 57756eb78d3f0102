/** What the control API is told about packets: by the sessions that are asked, and by nothing of others. */
import t from 'tap';
import type { PacketAnswer } from '../../src/api/traffic-mirror/links.js';
import { answerPacket } from '../../src/daemon/packet-answers.js';
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
  const question = { sourceId: 'eni-1', direction: 'ingress', packet: { bytes }, isAsked } as const;
  const answer = answerPacket(PLAN, 3, new Map(), question);
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
