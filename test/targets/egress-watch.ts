/** Queues and routes of the test's own: where copies give way, and where not. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { QueueState, Queues } from '../../src/linux/queues.js';
import { EgressMemory } from '../../src/targets/egress-memory.js';
import { type EgressPlace, EgressWatch } from '../../src/targets/egress-watch.js';

const [ETH0, VLAN5, PLAIN] = [2, 5, 7];

/** eth0 with a queue that always holds something, a VLAN on it, and a device without queue. */
class ModelledQueues {
  readonly state = { kind: 'fq_codel', handle: 0, sentBytes: 0, backlogBytes: 50_000, drops: 0 };
  obeys = false;
  looks = 0;

  queueing(device: number): number | undefined {
    return device === PLAIN ? undefined : ETH0;
  }

  lowest(device: number): number {
    return device;
  }

  look(): QueueState {
    this.looks += 1;
    return { ...this.state, sentBytes: Math.round(performance.now() * 12_500) };
  }

  obeysPriority(): boolean {
    return this.obeys;
  }
}

function watching(devices: Record<string, number | undefined>) {
  const queues = new ModelledQueues();
  const told: (readonly EgressPlace[])[] = [];
  const watch = new EgressWatch(
    queues as unknown as Queues,
    { egressDevice: (address) => devices[address] },
    (places) => told.push(places),
  );
  return { queues, told, watch };
}

/** Counts copies every 5 ms until there is a limit, or not for half a second. */
async function limitOf(memory: EgressMemory): Promise<number> {
  for (let tries = 0; tries < 200 && memory.limit === 0; tries++) {
    memory.begin();
    memory.end(1000, false);
    await sleep(5);
  }
  return memory.limit;
}

t.test('a queue that does not know priorities', async (t) => {
  const devices = { a: ETH0, b: VLAN5, c: PLAIN, d: undefined };
  const { told, watch } = watching(devices);
  t.teardown(() => watch.close());
  watch.watch(Object.keys(devices), 'routed');
  t.equal(told.length, 1);
  t.same(
    told[0]?.map(({ addresses }) => addresses),
    [['a', 'b']],
    'the targets behind one queue share it, and others have none',
  );
  watch.routesChanged();
  t.equal(told.length, 1, 'nothing new is not told');
  t.ok((await limitOf(new EgressMemory(told[0]?.[0]?.memory))) > 0, 'others send, and copies have a limit');

  Object.assign(devices, { b: PLAIN });
  watch.routesChanged();
  t.same(
    told.at(-1)?.map(({ number, addresses }) => [number, addresses]),
    [[told[0]?.[0]?.number, ['a']]],
  );
  watch.watch([], 'routed');
  t.same(told.at(-1), [], 'no target, no place');
});

t.test('a queue that knows them', async (t) => {
  const { queues, told, watch } = watching({ a: ETH0 });
  t.teardown(() => watch.close());
  queues.obeys = true;
  watch.watch(['a'], 'routed');
  await sleep(50);
  t.equal(queues.looks, 0, 'is not asked');
  watch.watch(['a'], 'direct');
  t.ok((await limitOf(new EgressMemory(told[0]?.[0]?.memory))) > 0, 'unless copies pass it by');
  watch.watch(['a'], 'routed');
  t.equal(new EgressMemory(told[0]?.[0]?.memory).limit, 0, 'no limit is left behind');
});

t.test('without copies it is hardly asked', async (t) => {
  const { queues, watch } = watching({ a: ETH0 });
  t.teardown(() => watch.close());
  watch.watch(['a'], 'routed');
  await sleep(320);
  t.ok(queues.looks <= 5, `${queues.looks} times in 320 ms`);
});

t.test('with emit auto', async (t) => {
  const { queues, told, watch } = watching({ a: ETH0, b: VLAN5, c: PLAIN, d: undefined });
  t.teardown(() => watch.close());
  queues.obeys = true;
  watch.watch(['a', 'b', 'c', 'd'], 'auto');
  t.same(
    told[0]?.map(({ addresses }) => addresses),
    [['a', 'b'], ['c']],
    'copies are counted at a device without queue too',
  );
  t.match(watch.wayOf('a'), { device: ETH0, place: { device: ETH0, isMixed: true } });
  t.match(watch.wayOf('b'), { device: VLAN5, place: { device: ETH0, isMixed: true } });
  t.match(watch.wayOf('c'), { device: PLAIN, place: { device: PLAIN, isMixed: false, isStacked: false } });
  t.equal(watch.wayOf('d'), undefined);
  watch.watch(['b'], 'auto');
  t.match(watch.wayOf('b'), { place: { device: ETH0, isMixed: false, isStacked: true } });
  await sleep(50);
  t.equal(queues.looks, 0, 'a queue that knows priorities is not asked');
  watch.setDirect(new Set(['b']));
  t.ok((await limitOf(new EgressMemory(told[0]?.[0]?.memory))) > 0, 'unless copies may pass it by');
  watch.setDirect(new Set());
  t.equal(new EgressMemory(told[0]?.[0]?.memory).limit, 0);
});
