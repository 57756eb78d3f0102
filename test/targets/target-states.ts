/** States of targets from routes, neighbours, send errors and health checks. */
import t from 'tap';
import { type TargetReport, TargetStates } from '../../src/targets/target-states.js';

const A = '10.9.0.2';
const B = '10.9.0.3';
const NONE = { avoided: [], unresolved: [], probed: [] };

function routeOf(address: string, reason = '') {
  const device = reason === '' ? 'mir0' : '';
  const maximumInnerLength = reason === '' ? 1464 : 0;
  const mtu = reason === '' ? 1500 : 0;
  return {
    type: 'route',
    address,
    port: 4789,
    sourceAddress: '',
    device,
    mtu,
    maximumInnerLength,
    reason,
  } as const;
}

/** Both behind a load balancer. */
function watched(): { states: TargetStates; told: TargetReport[]; now: (address: string) => unknown } {
  const told: TargetReport[] = [];
  const states = new TargetStates((report) => told.push(report));
  for (const address of [A, B]) states.setRoute(routeOf(address));
  states.keepOnly([A, B], new Set([A, B]));
  states.update(0);
  const now = (address: string): unknown => {
    const last = told.findLast((report) => report.address === address);
    return [last?.state, last?.reason];
  };
  return { states, told, now };
}

t.test('a target without problems is reachable, and is reported once', async (t) => {
  const { states, told, now } = watched();
  t.same(now(A), ['reachable', '']);
  t.same(states.update(100), NONE);
  t.equal(told.length, 2);
});

t.test('no route', async (t) => {
  const { states, now } = watched();
  states.setRoute(routeOf(A, 'connect ENETUNREACH'));
  t.same(states.update(100), { avoided: [A], unresolved: [], probed: [A] });
  t.same(now(A), ['unreachable', 'connect ENETUNREACH']);
  t.same(now(B), ['reachable', ''], 'the other is');
  states.setRoute(routeOf(A));
  t.same(states.update(200), NONE);
});

t.test('a neighbour', async (t) => {
  const { states, now } = watched();
  states.setNeighbour(A, 'asking', 0);
  t.same(states.update(1000).avoided, [], 'is being asked: it may yet answer');
  t.same(states.awaitingNeighbour, [A]);
  states.setNeighbour(A, 'asking', 1600);
  t.same(states.update(1600), { avoided: [A], unresolved: [A], probed: [A] }, 'has had time to answer');
  states.setNeighbour(A, 'valid', 1700);
  t.same(states.update(1700), NONE, 'answers');
  t.same(states.awaitingNeighbour, []);
  states.setNeighbour(A, 'failed', 1800);
  t.same(states.update(1800).unresolved, [A]);
  states.setNeighbour(A, 'asking', 1900);
  t.same(states.update(1900).unresolved, [A], 'is asked again, but did not answer yet');
  t.same(now(A), ['unreachable', 'its next hop does not answer']);
});

t.test('send errors', async (t) => {
  const rows = [
    { reason: 'permission', state: 'unreachable', isAvoided: true, forMs: 1000 },
    { reason: 'no-route', state: 'unreachable', isAvoided: true, forMs: 1000 },
    { reason: 'refused', state: 'suspect', isAvoided: true, forMs: 3000 },
    { reason: 'buffers', state: 'suspect', isAvoided: false, forMs: 1000 },
    { reason: 'backlog', state: 'suspect', isAvoided: false, forMs: 1000 },
    { reason: 'oversize', state: 'suspect', isAvoided: false, forMs: 1000 },
    { reason: 'error', state: 'suspect', isAvoided: false, forMs: 1000 },
  ] as const;
  for (const { reason, state, isAvoided, forMs } of rows) {
    const { states, told } = watched();
    states.addSendError(A, reason, 0);
    t.same(states.update(0).avoided, isAvoided ? [A] : [], `${reason}: avoided`);
    t.match(told.at(-1), { address: A, state, reason: new RegExp(`^${reason}: `) }, reason);
    states.update(forMs - 1);
    t.equal(told.at(-1)?.state, state, `${reason}: stays`);
    t.same(states.update(forMs).avoided, [], `${reason}: passes`);
    t.match(told.at(-1), { state: 'reachable', reason: '' }, `${reason}: is told`);
  }
});

t.test('a health check', async (t) => {
  const { states, now } = watched();
  states.setUnhealthy([B]);
  t.same(states.update(0), { avoided: [B], unresolved: [], probed: [] });
  t.same(now(B), ['unreachable', 'its health check fails']);
  states.setUnhealthy([]);
  t.same(states.update(0).avoided, []);
});

t.test('only addresses behind load balancers are avoided', async (t) => {
  const { states } = watched();
  states.keepOnly([A, B], new Set([B]));
  for (const address of [A, B]) states.setNeighbour(address, 'failed', 0);
  t.same(states.update(0), { avoided: [B], unresolved: [A, B], probed: [A, B] });
});

t.test('removed targets are forgotten', async (t) => {
  const { states, told } = watched();
  states.keepOnly([B], new Set());
  states.setNeighbour(A, 'failed', 0);
  states.addSendError(A, 'refused', 0);
  t.same(states.update(0), NONE);
  t.same(states.addresses, [B]);
  t.equal(told.length, 2);
});

t.test('a refusal counts until the next one can come, where copies are direct', async (t) => {
  const { states, now } = watched();
  states.keepOnly([A, B], new Set());
  states.setEmission({ address: A, emission: 'xdp', emissionReason: '' });
  for (const address of [A, B]) states.addSendError(address, 'refused', 0);
  states.update(5100);
  t.same(now(A), ['suspect', 'refused: nothing listens on its UDP port 4789']);
  t.same(now(B), ['reachable', ''], 'routed copies would be refused again');
  states.update(8100);
  t.same(now(A), ['reachable', '']);
});

t.test('a probe that the firewall forbids tells nothing of direct copies', async (t) => {
  const { states, now } = watched();
  const permission = (nowMs: number): unknown => {
    states.addProbeError(A, 'permission', nowMs);
    states.update(nowMs);
    return now(A);
  };
  t.match(permission(100), ['unreachable', /^permission/]);
  states.setEmission({ address: A, emission: 'xdp', emissionReason: '' });
  t.same(permission(2000), ['reachable', '']);
  states.addProbeError(A, 'refused', 2100);
  states.update(2100);
  t.match(now(A), [/suspect|unreachable/, /^refused/], 'a refusal does');
});
