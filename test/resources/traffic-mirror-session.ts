import t from 'tap';
import {
  LOAD_BALANCER_PACKET_LENGTH,
  type PacketLength,
  type SessionNumber,
  VNI_RANGE,
  type Vni,
} from '../../src/resources/numbers.js';
import { completeSessions, type RequestedSession } from '../../src/resources/traffic-mirror-session.js';
import type { TrafficMirrorTarget } from '../../src/resources/traffic-mirror-target.js';

const targets: TrafficMirrorTarget[] = [
  { trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids', tags: {} },
  { trafficMirrorTargetId: 'tmt-pool', networkLoadBalancerArn: 'nlb-ids', tags: {} },
  { trafficMirrorTargetId: 'tmt-endpoint', gatewayLoadBalancerEndpointId: 'vpce-ids', tags: {} },
];

function requested(changes: Partial<RequestedSession> = {}): RequestedSession {
  return {
    trafficMirrorSessionId: 'tms',
    networkInterfaceId: 'eni-web',
    trafficMirrorTargetId: 'tmt-ids',
    trafficMirrorFilterId: 'tmf',
    sessionNumber: 1 as SessionNumber,
    tags: {},
    ...changes,
  };
}

t.test('virtual network ids', async (t) => {
  const numbers = [7, 9, 9, 8];
  const asked: number[][] = [];
  const random = (minimum: number, limit: number): number => {
    asked.push([minimum, limit]);
    return numbers.shift() ?? 0;
  };
  const sessions = completeSessions(
    [
      requested(),
      requested({ virtualNetworkId: 7 as Vni }),
      requested(),
      requested({ virtualNetworkId: 7 as Vni }),
    ],
    targets,
    random,
  );
  t.strictSame(
    sessions.map((session) => session.virtualNetworkId),
    [9, 7, 8, 7],
    'what is given stays, what is chosen is nobody else’s',
  );
  t.strictSame(asked[0], [1, VNI_RANGE.maximum + 1], 'never 0');
});

t.test('virtual network ids of before', async (t) => {
  const [first, second, third] = completeSessions(
    ['tms-a', 'tms-b', 'tms-c'].map((trafficMirrorSessionId) => requested({ trafficMirrorSessionId })),
    targets,
    (() => {
      let next = 0;
      return () => {
        next += 1;
        return next;
      };
    })(),
  );
  const vnis = (...sessions: Partial<RequestedSession>[]): number[] =>
    completeSessions(sessions.map(requested), targets, () => 99, [first!, second!, third!]).map(
      (session) => session.virtualNetworkId,
    );
  const [a, b, c] = ['tms-a', 'tms-b', 'tms-c'].map((trafficMirrorSessionId) => ({ trafficMirrorSessionId }));
  t.same(vnis(c!, a!), [3, 1], 'stay, whatever the order and the neighbours');
  t.same(vnis(b!, { trafficMirrorSessionId: 'tms-d' }), [2, 99], 'a new session gets another');
  t.same(vnis({ ...a, virtualNetworkId: 7 as Vni }), [7], 'what is given goes first');
  t.same(vnis(a!, { ...b, virtualNetworkId: 1 as Vni }), [99, 1], 'also when it was another session\u2019s');
});

t.test('random virtual network ids', async (t) => {
  const sessions = completeSessions(
    Array.from({ length: 10_000 }, () => requested()),
    targets,
  );
  const chosen = new Set(sessions.map((session) => session.virtualNetworkId));
  t.equal(chosen.size, 10_000, 'unique');
  t.ok([...chosen].every((vni) => vni >= 1 && vni <= VNI_RANGE.maximum));
});

t.test('packet lengths', async (t) => {
  const rows = [
    { name: 'whole frames to an interface', target: 'tmt-ids', given: undefined, want: undefined },
    { name: 'as given to an interface', target: 'tmt-ids', given: 65_535, want: 65_535 },
    {
      name: 'the default to a load balancer',
      target: 'tmt-pool',
      given: undefined,
      want: LOAD_BALANCER_PACKET_LENGTH,
    },
    { name: 'as given to a load balancer', target: 'tmt-pool', given: 64, want: 64 },
    {
      name: 'the default to an endpoint',
      target: 'tmt-endpoint',
      given: undefined,
      want: LOAD_BALANCER_PACKET_LENGTH,
    },
  ];
  for (const { name, target, given, want } of rows) {
    const packetLength = given === undefined ? {} : { packetLength: given as PacketLength };
    const [session] = completeSessions(
      [requested({ trafficMirrorTargetId: target, ...packetLength })],
      targets,
    );
    t.equal(session?.packetLength, want, name);
  }
});
