/** What the kernel is asked, and that the copies are taken off what a device has sent: a kernel of the test's own. */
import t, { type Test } from 'tap';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import type { QueueState, Queues } from '../../src/linux/queues.js';
import type { Way } from '../../src/linux/routes.js';
import { DirectWatch, type DirectWays } from '../../src/targets/direct-watch.js';
import { EgressMemory } from '../../src/targets/egress-memory.js';
import type { EgressWatch } from '../../src/targets/egress-watch.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import {
  type ListedLink,
  linkBody,
  NLMSG_DONE,
  netlinkMessage,
  RTM_NEWLINK,
} from '../fixtures/linux/link-messages.js';

const TARGET = '10.9.0.2';
const RTM_GETLINK = 18;
const NLM_F_DUMP = 0x300;
const TICK_MS = 100;
const MTU = Uint8Array.of(0xdc, 5, 0, 0);

/** Of a packet without mark and source address. */
const PLAIN: Way = {
  interfaceIndex: 2,
  neighbour: Uint8Array.of(10, 9, 0, 2),
  source: undefined,
  mtu: 1500,
};

/** It answers questions about devices. */
class Kernel extends FakeLibc {
  links: ListedLink[] = [{ index: 2, name: 'eth0' }];
  /** How often all devices were listed, and what else that does. */
  dumps = 0;
  onDump = (): void => {};
  /** Each look for events finds one. */
  isChanging = false;
  /** Sockets for events, and whether the next read of one has the event. */
  readonly #listening = new Map<number, boolean>();
  readonly #waiting = new Map<number, Uint8Array[]>();

  override bind(descriptor: number, address: Uint8Array): void {
    super.bind(descriptor, address);
    const groups = new DataView(address.buffer, address.byteOffset).getUint32(8, true);
    if (groups !== 0) this.#listening.set(descriptor, true);
  }

  override send(descriptor: number, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (view.getUint16(4, true) !== RTM_GETLINK) return;
    const sequence = view.getUint32(8, true);
    const isDump = (view.getUint16(6, true) & NLM_F_DUMP) === NLM_F_DUMP;
    if (isDump) {
      this.dumps++;
      this.onDump();
    }
    const asked = this.links.filter(({ index }) => isDump || index === view.getInt32(20, true));
    const answers = asked.map((link) => netlinkMessage(RTM_NEWLINK, sequence, linkBody(link)));
    if (isDump) answers.push(netlinkMessage(NLMSG_DONE, sequence, new Uint8Array(4)));
    this.#waiting.set(descriptor, answers);
  }

  override receive(descriptor: number, bytes: Uint8Array): number {
    const answer = this.#eventFor(descriptor) ?? this.#waiting.get(descriptor)?.shift() ?? new Uint8Array(0);
    bytes.set(answer);
    return answer.length;
  }

  #eventFor(descriptor: number): Uint8Array | undefined {
    const isNext = this.#listening.get(descriptor);
    if (!this.isChanging || isNext === undefined) return undefined;
    this.#listening.set(descriptor, !isNext);
    return isNext ? netlinkMessage(RTM_NEWLINK, 0, linkBody({ index: 9, name: 'tap9' })) : undefined;
  }
}

function watching(t: Test) {
  let now = 1_000_000;
  t.intercept(performance, 'now', { value: () => now });
  const kernel = new Kernel();
  kernel.options.set('IP_MTU', MTU);
  const queue: QueueState = { kind: 'noqueue', handle: 0, sentBytes: 0, backlogBytes: 0, drops: 0 };
  const state = { queue, hasFilters: false, isSameWay: true, device: 2 as number | undefined };
  const memory = new EgressMemory();
  const place = { device: 2, memory, isStacked: false, isMixed: false };
  const direct: ReadonlySet<string>[] = [];
  const told: DirectWays[] = [];
  const watch = new DirectWatch(
    kernel,
    { look: () => state.queue, hasFilters: () => state.hasFilters } as unknown as Queues,
    {
      way: (): Way => ({ ...PLAIN, interfaceIndex: state.isSameWay ? PLAIN.interfaceIndex : 3 }),
    },
    { wayOf: () => PLAIN, mtuOf: () => PLAIN.mtu },
    {
      wayOf: () => (state.device === undefined ? undefined : { device: state.device, place }),
      setDirect: (addresses: ReadonlySet<string>) => direct.push(addresses),
    } as unknown as EgressWatch,
    (ways) => told.push(ways),
  );
  watch.watch(new Map([[TARGET, VXLAN]]), 1);
  /** @param act for each tenth of a second. @returns what was told last of the target. */
  const pass = (seconds: number, act = () => {}): string | undefined => {
    for (let tick = 0; tick < seconds * 10; tick++) {
      act();
      now += TICK_MS;
      watch.update(now);
    }
    return new Map(told.at(-1)).get(TARGET);
  };
  /** Copies, and what the device counts of them. */
  const copy = (bytes: number, isDirect: boolean): void => {
    memory.begin();
    memory.end(bytes, isDirect);
  };
  const send = (bytes: number): void => {
    kernel.links = kernel.links.map((link) => ({ ...link, sentBytes: (link.sentBytes ?? 0) + bytes }));
  };
  const enqueue = (bytes: number): void => {
    state.queue = { ...state.queue, sentBytes: state.queue.sentBytes + bytes };
  };
  /** Time that something takes. */
  const take = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { take, watch, kernel, state, place, direct, told, pass, copy, send, enqueue };
}

t.test('a device without queue', async (t) => {
  const { pass, copy, send, direct, told } = watching(t);
  t.equal(pass(4), 'what others send by eth0 is not known yet');
  t.equal(pass(2), '');
  t.same(direct.at(-1), new Set([TARGET]));
  const copies = (): void => {
    copy(2_000_000, true);
    copy(1_000_000, false);
    send(3_000_000);
  };
  t.equal(pass(20, copies), '', 'copies are not what others send');
  const { length } = told;
  t.equal(pass(5, copies), '');
  t.equal(told.length, length, 'nothing new is not told');
  // More than 10 Mbit/s: the speed is not known.
  const others = (): void => send(200_000);
  t.match(pass(5, others), /^others send more by eth0/);
  t.same(direct.at(-1), new Set());
  t.match(
    pass(20, () => {
      copies();
      others();
    }),
    /^others send/,
  );
  t.equal(pass(6, copies), '', 'they have stopped');
});

t.test('a device with a queue', async (t) => {
  const { pass, copy, send, enqueue, state } = watching(t);
  state.queue = { ...state.queue, kind: 'fq_codel' };
  t.equal(pass(6), '');
  const copies = (): void => {
    copy(1_000_000, true);
    copy(500_000, false);
    enqueue(500_000);
    // Some drivers count a second or two later.
    send(7);
  };
  t.equal(pass(20, copies), '', 'direct copies do not enter it');
  t.match(
    pass(5, () => enqueue(200_000)),
    /^others send/,
  );
});

t.test('a queue below the device', async (t) => {
  const { pass, copy, enqueue, state, place, kernel } = watching(t);
  kernel.links = [
    { index: 2, name: 'eth0' },
    { index: 3, name: 'eth0.5', kind: 'vlan', link: 2 },
  ];
  state.device = 3;
  place.isStacked = true;
  state.queue = { ...state.queue, kind: 'pfifo_fast' };
  t.equal(pass(6), '');
  const copies = (): void => {
    copy(1_000_000, true);
    enqueue(1_000_000);
  };
  t.equal(pass(20, copies), '', 'direct copies enter that one all the same');
  place.isMixed = true;
  t.match(pass(2, copies), /^other copies leave by eth0 too, below eth0\.5$/);
});

t.test('what stands in the way', async (t) => {
  const { watch, pass, state, kernel, place } = watching(t);
  t.equal(pass(6), '');
  state.queue = { ...state.queue, kind: 'tbf', handle: 0x8001_0000 };
  t.match(pass(2), /^the queue of eth0, tbf/);
  state.queue = { ...state.queue, kind: 'noqueue', handle: 0 };
  t.equal(pass(2), '');
  state.hasFilters = true;
  t.match(pass(2), /clsact/);
  state.hasFilters = false;
  state.isSameWay = false;
  t.match(pass(2), /^a routing rule/);
  state.isSameWay = true;
  kernel.options.set('IP_MTU', Uint8Array.of(0x9e, 5, 0, 0));
  t.match(pass(2), /^the MTU of a connected socket, 1438, is not that of the route, 1500$/);
  kernel.options.set('IP_MTU', MTU);
  kernel.refused.set('connect', 1);
  t.match(pass(2), /^the kernel does not connect/);
  kernel.refused.delete('connect');
  watch.setSources({ devices: new Set(['eth0', 'eth1']), addresses: new Map() });
  t.equal(pass(0.2), 'eth0 is a source');
  watch.setSources({ devices: new Set(['eth1']), addresses: new Map() });
  t.equal(pass(0.2), '');
  state.device = undefined;
  t.equal(pass(2), 'there is no route to it');
  state.device = 2;
  place.memory.begin();
  t.equal(pass(7), '', 'also while copies are on their way at every look');
  watch.watch(new Map(), 1);
  t.equal(pass(1), undefined, 'a target that is not watched any more');
  watch.close();
  t.equal(kernel.open.size, 0);
});

t.test('devices that change all the time', async (t) => {
  const { watch, kernel, pass, take } = watching(t);
  pass(1);
  kernel.isChanging = true;
  kernel.onDump = () => take(60);
  kernel.dumps = 0;
  t.equal(pass(6), '');
  t.ok(
    kernel.dumps >= 4 && kernel.dumps <= 7,
    `to list them takes a twentieth: ${kernel.dumps} times in 6 s`,
  );
  watch.watch(new Map(), 1);
  kernel.dumps = 0;
  pass(3);
  t.equal(kernel.dumps, 0, 'nor are they listed without targets');
});

t.test('a target with an IPv6 address is not judged', async (t) => {
  const { watch, told, pass } = watching(t);
  watch.watch(new Map([['fd00::2', VXLAN]]), 1);
  pass(1);
  t.same(told.at(-1), []);
});
