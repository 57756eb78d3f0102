/** The sinks of the targets: what the host's firewall forbids, and the devices that direct copies leave by. */
import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Counters } from '../../../src/counters/counters.js';
import { SESSION_LENGTH } from '../../../src/counters/layout.js';
import { TunnelHeader } from '../../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../../src/encapsulate/vxlan.js';
import { Frame } from '../../../src/io/frame.js';
import { TargetSinks } from '../../../src/io/ring/target-sinks.js';
import { XdpDevices } from '../../../src/io/xdp/xdp-devices.js';
import type { EngineOptions } from '../../../src/plan/mirror-plan.js';
import type { NextHop } from '../../../src/targets/ways.js';
import { FakeLibc } from '../../fixtures/linux/fake-libc.js';
import { ENGINE_OPTIONS } from '../../fixtures/plans/builders.js';

const AF_INET = 2;
const TARGET = '10.9.0.2';
const NEXT_HOP: NextHop = {
  interfaceIndex: 7,
  sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
  sourceAddress: '10.9.0.1',
  mtu: 1500,
};
const FORBIDDEN = [{ address: TARGET, reason: 'permission' }];

/** Its firewall forbids what is routed. */
class ForbiddingLibc extends FakeLibc {
  readonly #routed = new Set<number>();

  override socket(domain: number, type: number, protocol: number): number {
    const descriptor = super.socket(domain, type, protocol);
    if (domain === AF_INET) this.#routed.add(descriptor);
    return descriptor;
  }

  override sendMessages(descriptor: number, messages: number, count: number): number {
    const taken = super.sendMessages(descriptor, messages, count);
    return this.#routed.has(descriptor) ? -constants.errno.EPERM : taken;
  }
}

function sending(t: Test, nextHop: NextHop | undefined, options: Partial<EngineOptions> = {}) {
  let now = 100_000;
  t.intercept(performance, 'now', { value: () => now });
  const libc = new ForbiddingLibc();
  libc.setInt('IP_MTU', 1500);
  const counters = new Counters(SESSION_LENGTH);
  const nextHops = new Map(nextHop && [[TARGET, nextHop]]);
  const devices = new XdpDevices(libc, counters, { at: () => ({ name: 'mir0', mtu: 1500 }) }, 1 << 30);
  const mode: EngineOptions = { ...ENGINE_OPTIONS, emit: 'direct', ...options };
  const sinks = new TargetSinks(libc, counters, mode, nextHops, devices);
  const sink = sinks.sinkOf(VXLAN, undefined, TARGET);
  const memory = new Uint8Array(8192);
  const address = libc.memory.place(memory);
  const send = (length: number): void => {
    const place = { offset: 256, capturedLength: length, wireLength: length };
    sink.send(Object.assign(new Frame(memory, address), place), length, new TunnelHeader(VXLAN, 5), 1234, 0);
    sink.flush();
  };
  const pass = (ms: number): void => {
    now += ms;
    sinks.checkRoutes();
  };
  t.teardown(() => {
    sinks.close();
    devices.close();
  });
  return { sinks, nextHops, devices, send, pass };
}

t.test(
  'what is lost of a round of routed copies, among direct ones, says nothing of the target',
  async (t) => {
    const { sinks, send, pass } = sending(t, NEXT_HOP);
    pass(0);
    send(60);
    t.same(sinks.sendErrors(), [], 'direct copies pass');
    pass(6000);
    send(60);
    pass(250);
    t.same(sinks.sendErrors(), []);
  },
);

t.test(
  'a target whose next hop is not resolved gets nothing where routed copies are forbidden',
  async (t) => {
    const { sinks, nextHops, send, pass } = sending(t, undefined);
    for (const ms of [0, 250, 6000, 250]) {
      pass(ms);
      send(60);
      t.same(sinks.sendErrors(), FORBIDDEN);
    }
    nextHops.set(TARGET, NEXT_HOP);
    pass(250);
    send(60);
    t.same(sinks.sendErrors(), [], 'resolved');
  },
);

t.test('copies that the routing is to fragment are lost where routed copies are forbidden', async (t) => {
  const { sinks, send, pass } = sending(t, NEXT_HOP, { oversize: 'fragment' });
  pass(0);
  pass(250);
  send(60);
  t.same(sinks.sendErrors(), [], 'short ones are not');
  send(3000);
  t.same(sinks.sendErrors(), FORBIDDEN);
});

t.test('the device of direct copies is kept, although nothing is confirmed by routed ones', async (t) => {
  const { sinks, devices, send, pass } = sending(t, NEXT_HOP);
  // A round is forbidden: the next one comes minutes later.
  pass(6000);
  send(60);
  sinks.sendErrors();
  const device = devices.deviceOf(NEXT_HOP.interfaceIndex);
  for (let second = 0; second < 120; second++) {
    for (let quarter = 0; quarter < 4; quarter++) {
      pass(250);
      devices.check();
      // Devices are not given up while sockets are opened.
      await nextTurn();
    }
    send(60);
  }
  t.equal(devices.deviceOf(NEXT_HOP.interfaceIndex), device);
});
