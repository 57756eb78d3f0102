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

const { EAGAIN } = constants.errno;
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
  return { socket, counters, sink, others, inUmem: () => send(0), elsewhere: () => send(-1) };
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
