/** Copies for one address, by AF_XDP and by the packet socket: their order stays that of the frames. */
import { constants } from 'node:os';
import t from 'tap';
import { Counters } from '../../../src/counters/counters.js';
import {
  SESSION_LENGTH,
  SESSION_MIRRORED_PACKETS,
  SESSION_SKIPPED_PACKETS,
} from '../../../src/counters/layout.js';
import { SKIP_INDEX } from '../../../src/counters/skip-reason.js';
import { DirectHeader } from '../../../src/encapsulate/direct-header.js';
import { TunnelHeader } from '../../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../../src/encapsulate/vxlan.js';
import { EgressShare } from '../../../src/io/egress-share.js';
import { Frame } from '../../../src/io/frame.js';
import type { TargetSink } from '../../../src/io/sink.js';
import { HeaderSlots } from '../../../src/io/xdp/umem.js';
import { XdpSender } from '../../../src/io/xdp/xdp-sender.js';
import { XdpSink } from '../../../src/io/xdp/xdp-sink.js';
import { FakeXdpSocket } from '../../fixtures/io/fake-xdp-socket.js';

const { EAGAIN, EBUSY } = constants.errno;
const SLOTS = new HeaderSlots(new ArrayBuffer(1 << 20), 0);
const MACS = { destinationMac: new Uint8Array(6), sourceMac: new Uint8Array(6) };

function sending() {
  const socket = new FakeXdpSocket();
  const counters = new Counters(SESSION_LENGTH);
  const sender = new XdpSender(socket, SLOTS, counters, () => {});
  /** Copies by the packet socket, and how many AF_XDP had sent before each. */
  const others: number[] = [];
  const other: TargetSink = {
    maximumInnerLength: 1450,
    isDown: false,
    isOpen: true,
    share: new EgressShare(),
    takeSendError: () => undefined,
    send: () => others.push(socket.consumed),
    flush: () => {},
  };
  const sink = new XdpSink(other, counters);
  const header = new DirectHeader(VXLAN, MACS, '10.9.0.1', '10.9.0.2', { oversize: 'truncate', dscp: 8 });
  sink.use(header, { interfaceIndex: 7, maximumLength: 1514, sender, problem: undefined });
  const tunnel = new TunnelHeader(VXLAN, 5);
  const memory = new ArrayBuffer(4096);
  const send = (umemOffset: number): void => {
    const frame = Object.assign(new Frame(new Uint8Array(memory), 1), {
      words: new Int32Array(memory),
      offset: 256,
      capturedLength: 64,
      wireLength: 64,
      umemOffset,
    });
    sink.send(frame, 64, tunnel, 1234, 0);
  };
  return { socket, counters, sender, sink, others, inUmem: () => send(0), elsewhere: () => send(-1) };
}

t.test('what AF_XDP cannot send goes behind what it sends', async (t) => {
  const { socket, others, sink, inUmem, elsewhere } = sending();
  inUmem();
  inUmem();
  elsewhere();
  inUmem();
  sink.flush();
  elsewhere();
  t.same(others, [2, 3]);
  t.equal(socket.consumed, 3);
});

t.test('nothing overtakes copies that the device does not take yet', async (t) => {
  const { socket, counters, others, sink, inUmem, elsewhere } = sending();
  for (let call = 0; call < 20; call++) socket.script.push({ result: -EAGAIN, takes: 0 });
  inUmem();
  elsewhere();
  t.same(others, []);
  t.equal(counters.values[SESSION_SKIPPED_PACKETS + SKIP_INDEX.backlog], 1);
  socket.script.length = 0;
  sink.flush();
  elsewhere();
  t.same(others, [1]);
  t.equal(counters.values[SESSION_MIRRORED_PACKETS], 1, 'of AF_XDP');
});

t.test('what AF_XDP loses is a send error of the target', async (t) => {
  const { socket, sink, inUmem, elsewhere } = sending();
  t.equal(sink.takeSendError(), undefined);
  socket.script.push({ result: -EBUSY, takes: 1 });
  inUmem();
  sink.flush();
  t.equal(sink.takeSendError(), 'buffers');
  t.equal(sink.takeSendError(), undefined, 'told once');
  for (let call = 0; call < 20; call++) socket.script.push({ result: -EAGAIN, takes: 0 });
  inUmem();
  elsewhere();
  t.equal(sink.takeSendError(), 'backlog');
});

t.test('by which way copies leave', async (t) => {
  const { sink, inUmem, elsewhere } = sending();
  t.same(sink.takeUse(), { byXdp: 0, outside: 0 });
  inUmem();
  elsewhere();
  elsewhere();
  t.same(sink.takeUse(), { byXdp: 1, outside: 2 });
  for (let look = 0; look < 40; look++) sink.takeUse();
  t.equal(sink.takeUse().outside, 0, 'what was long ago is forgotten');
});

t.test('routed from now on, copies do not wait for what the device has not taken', async (t) => {
  const { socket, counters, others, sink, inUmem, elsewhere } = sending();
  for (let call = 0; call < 20; call++) socket.script.push({ result: -EAGAIN, takes: 0 });
  inUmem();
  sink.flush();
  sink.leave();
  elsewhere();
  t.same(others, [0]);
  t.equal(counters.values[SESSION_SKIPPED_PACKETS + SKIP_INDEX.backlog], 0);
});

t.test('a sender that has taken all is not asked any more, whatever others post to it', async (t) => {
  const { counters, others, sender, sink, inUmem, elsewhere } = sending();
  inUmem();
  sink.flush();
  // Its count has gone round, and it holds copies of others.
  sender.hasCounted = () => false;
  elsewhere();
  t.same(others, [1]);
  t.equal(counters.values[SESSION_SKIPPED_PACKETS + SKIP_INDEX.backlog], 0);
});
