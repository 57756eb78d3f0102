/** The thread that watches targets, as the control thread sees it: it may be silent for long. */
import { EventEmitter } from 'node:events';
import t from 'tap';
import type { RouteReport } from '../../src/targets/route.js';
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
  targets: new Map([['10.1.0.1', 'vxlan']]),
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

  /** @param index of the order to watch. */
  answer(index: number, routes: readonly RouteReport[]): void {
    const order = this.orders[index];
    if (order?.type === 'watch') this.emit('message', { type: 'watched', number: order.number, routes });
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
  const [first, second] = [targets.watch(WANTED), targets.watch(WANTED)];
  thread.answer(1, []);
  thread.answer(0, [ROUTE]);
  t.strictSame(await Promise.all([first, second]), [[ROUTE], []]);
  t.match(thread.orders, [
    { type: 'watch', wanted: WANTED },
    { type: 'watch', wanted: WANTED },
  ]);
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
  thread.answer(0, [ROUTE]);
  thread.answer(1, [ROUTE]);
  t.strictSame(heard, [ROUTE], 'the routes follow');
  const third = targets.watch(WANTED);
  thread.answer(2, [ROUTE]);
  t.strictSame(await third, [ROUTE], 'and the next is waited for again');
});

t.test('what the thread finds is told, and what it is to know is posted', (t) => {
  const { thread, heard, targets } = aside();
  const sets = { avoided: ['10.1.0.1'], unresolved: [], probed: [] };
  const places = [{ number: 1, memory: new SharedArrayBuffer(8), addresses: ['10.1.0.1'] }];
  thread.emit('message', { type: 'sets', sets });
  thread.emit('message', { type: 'egress', places });
  thread.emit('message', { type: 'next-hop', address: '10.1.0.1', nextHop: undefined });
  t.strictSame(heard, [sets, places, ['10.1.0.1', undefined]]);

  const errors = [{ address: '10.1.0.1', reason: 'no-route' }] as const;
  const emissions = [{ address: '10.1.0.1', emission: 'routed', emissionReason: '' }] as const;
  targets.addSendErrors(errors);
  targets.setEmissions(emissions);
  targets.setUnhealthy(['10.1.0.1']);
  t.strictSame(thread.orders, [
    { type: 'send-errors', errors },
    { type: 'emissions', emissions },
    { type: 'unhealthy', addresses: ['10.1.0.1'] },
  ]);
  t.end();
});
