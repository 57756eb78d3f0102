/** The thread that watches targets, as the control thread sees it: it may be silent for long. */
import { EventEmitter } from 'node:events';
import t from 'tap';
import type { RouteReport } from '../../src/targets/route.js';
import type { SendError } from '../../src/targets/target-states.js';
import {
  type TargetAnswer,
  type TargetOrder,
  TargetsAside,
  type WantedTargets,
} from '../../src/targets/targets-aside.js';

const LIMIT_MS = 300;
const ROUTE: RouteReport = {
  type: 'route',
  address: '10.1.0.1',
  sourceAddress: '10.1.0.2',
  device: 'eth0',
  port: 4789,
  mtu: 1500,
  maximumInnerLength: 1450,
  reason: '',
};
const WANTED: WantedTargets = {
  targets: new Map([['10.1.0.1', { name: 'vxlan' }]]),
  balanced: new Set(),
  emit: 'routed',
  workers: 1,
};

/** Answers only when the test has it do so. */
class SilentThread extends EventEmitter<{ message: [TargetAnswer] }> {
  readonly orders: TargetOrder[] = [];

  postMessage(order: TargetOrder): void {
    this.orders.push(order);
  }

  answer(...routes: RouteReport[]): void {
    this.emit('message', { type: 'taken', routes });
  }
}

function aside() {
  const thread = new SilentThread();
  const heard: unknown[] = [];
  const targets = new TargetsAside(
    {
      route: (route) => heard.push(route),
      report: (report) => heard.push(report),
      sets: (sets) => heard.push(sets),
      egress: (places) => heard.push(places),
      ways: (ways) => heard.push(ways),
      nextHop: (address, nextHop) => heard.push([address, nextHop]),
    },
    thread,
    LIMIT_MS,
  );
  return { thread, heard, targets };
}

t.test('routes are the answer to the order that asked for them', async (t) => {
  const { thread, targets } = aside();
  targets.setUnhealthy([]);
  const wanted = targets.watch(WANTED);
  t.strictSame(thread.orders, [{ unhealthy: [] }], 'one order at a time');
  thread.answer();
  t.strictSame(thread.orders.splice(0), [{ unhealthy: [] }, { wanted: WANTED }]);
  thread.answer(ROUTE);
  t.strictSame(await wanted, [ROUTE]);
  thread.answer();
  t.strictSame(thread.orders, [], 'nothing is left');
});

t.test('a thread that does not answer is not waited for longer than the limit', async (t) => {
  const { thread, heard, targets } = aside();
  const startedMs = performance.now();
  t.strictSame(await targets.watch(WANTED), []);
  const firstMs = performance.now() - startedMs;
  t.ok(firstMs >= LIMIT_MS - 5, `${firstMs} ms for the first`);
  t.strictSame(await targets.watch(WANTED), []);
  const secondMs = performance.now() - startedMs - firstMs;
  t.ok(secondMs < LIMIT_MS / 2, `${secondMs} ms for the next: it is silent still`);

  thread.emit('message', ROUTE);
  t.strictSame(heard, [ROUTE], 'the routes follow');
  thread.answer(ROUTE);
  t.strictSame(heard.splice(0), [ROUTE, ROUTE], 'also those of the late answer');
  thread.answer(ROUTE);
  const third = targets.watch(WANTED);
  thread.answer(ROUTE);
  t.strictSame(await third, [ROUTE], 'and the next is waited for again');
});

t.test('a thread that is silent for long is told the newest of each', async (t) => {
  const { thread, targets } = aside();
  targets.setUnhealthy(['10.1.0.1']);
  const error = (address: string, reason: SendError['reason']): SendError => ({ address, reason });
  const emission = { address: '10.1.0.1', emission: 'routed', emissionReason: '' } as const;
  const others = { ...WANTED, emit: 'direct' as const };
  for (let time = 0; time < 1000; time++) {
    targets.addSendErrors([error('10.1.0.1', 'no-route'), error(`10.1.0.${time % 3}`, 'buffers')]);
    targets.setEmissions([emission]);
    targets.setUnhealthy([]);
    if (time < 2) void targets.watch(time === 0 ? WANTED : others);
  }
  thread.answer();
  t.equal(thread.orders.length, 2);
  t.strictSame(thread.orders[1], {
    wanted: others,
    unhealthy: [],
    emissions: [emission],
    errors: [
      error('10.1.0.1', 'no-route'),
      ...['10.1.0.0', '10.1.0.1', '10.1.0.2'].map((address) => error(address, 'buffers')),
    ],
  });
  thread.answer();
});

t.test('how copies leave goes with each order to watch: the thread forgets it with a target', async (t) => {
  const { thread, targets } = aside();
  const emission = { address: '10.1.0.1', emission: 'xdp', emissionReason: '' } as const;
  targets.setEmissions([emission]);
  thread.answer();
  for (const wanted of [{ ...WANTED, targets: new Map() }, WANTED]) {
    thread.orders.splice(0);
    void targets.watch(wanted);
    t.strictSame(thread.orders, [{ wanted, emissions: [emission] }]);
    thread.answer();
  }
});

t.test('what the thread finds is told', (t) => {
  const { thread, heard } = aside();
  const sets = { avoided: ['10.1.0.1'], unresolved: [], probed: [] };
  const places = [{ number: 1, memory: new SharedArrayBuffer(8), addresses: ['10.1.0.1'] }];
  thread.emit('message', { type: 'sets', sets });
  thread.emit('message', { type: 'egress', places });
  thread.emit('message', { type: 'next-hop', address: '10.1.0.1', nextHop: undefined });
  t.strictSame(heard, [sets, places, ['10.1.0.1', undefined]]);
  t.end();
});
