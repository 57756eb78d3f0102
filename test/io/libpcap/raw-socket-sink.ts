/** Copies through npm raw-socket: what it is given, and what its complaints mean. */
import assert from 'node:assert/strict';
import type { SocketWrap } from 'raw-socket';
import t from 'tap';
import { Counters } from '../../../src/counters/counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from '../../../src/counters/layout.js';
import type { SkipReason } from '../../../src/counters/skip-reason.js';
import { readLane, type SessionCounts } from '../../../src/counters/snapshot.js';
import { TunnelHeader } from '../../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../../src/encapsulate/vxlan.js';
import type { Frame } from '../../../src/io/frame.js';
import { RawSocketSink, type RawSocketSinkOptions } from '../../../src/io/libpcap/raw-socket-sink.js';
import { internetChecksum } from '../../../src/wire/checksum.js';
import { hex } from '../../fixtures/frames/hex.js';
import { frameOf } from '../../fixtures/mirror/mirroring.js';
import { CUT } from '../../fixtures/plans/builders.js';

type Send = SocketWrap['send'];

const OPTIONS: RawSocketSinkOptions = {
  encapsulation: VXLAN,
  source: '10.1.0.1',
  target: '10.9.0.2',
  ...CUT,
  maxInnerLengthNow: () => undefined,
};
const WAY = { mtu: 1500, sourceAddress: '10.9.0.1' };

function sinkOver(send: Send, options: Partial<RawSocketSinkOptions> = {}) {
  const counters = new Counters(LANE_LENGTH + SESSION_LENGTH);
  const sink = new RawSocketSink({ send }, { ...OPTIONS, ...options }, counters, WAY);
  const lane = { sourceId: 'eni-1', direction: 'ingress', base: 0, outcomesBase: 0 } as const;
  const sessions = [{ sessionId: 'tms-1', base: LANE_LENGTH, outcomes: [], outcomesBase: 0 }];
  const counts = (): SessionCounts => readLane(counters.values, { ...lane, sessions }).sessions[0]!;
  return { sink, counts };
}

const header = new TunnelHeader(VXLAN, 42);

/** A kernel with an MTU, which keeps what it takes. */
function kernel(mtu: number) {
  const state = { mtu, taken: [] as Uint8Array[] };
  const send: Send = (bytes, offset, length) => {
    if (length > state.mtu) throw new Error('Message too long');
    state.taken.push(bytes.slice(offset, offset + length));
  };
  return Object.assign(state, { send });
}

function frameOfLength(length: number): Frame {
  return frameOf(Uint8Array.from({ length }, (_, index) => index * 7 + (index >> 8)));
}

/** The payload of IPv4 fragments, put together as RFC 791 says; throws for what no receiver would take. */
function reassemble(fragments: readonly Uint8Array[]): Uint8Array {
  const payload = new Uint8Array(fragments.reduce((sum, { length }) => sum + length - 20, 0));
  for (const [index, fragment] of fragments.entries()) {
    const view = new DataView(fragment.buffer, fragment.byteOffset, fragment.length);
    assert.equal(view.getUint16(2), fragment.length, 'total length');
    assert.equal(view.getUint16(6) >>> 13, index < fragments.length - 1 ? 1 : 0, 'more fragments');
    assert.equal(internetChecksum(fragment, 0, 20, 0), 0, 'checksum');
    assert.equal(view.getUint16(4), new DataView(fragments[0]!.buffer).getUint16(4), 'identification');
    payload.set(fragment.subarray(20), (view.getUint16(6) & 0x1fff) * 8);
  }
  return payload;
}

t.test('one packet, sent from the headroom of its frame before send returns', async (t) => {
  const sent: unknown[] = [];
  const frame = frameOf(hex('0a0b0c0d 0e0f'), 1500);
  const { sink, counts } = sinkOver((bytes, offset, length, address) => {
    sent.push([bytes === frame.bytes, bytes.slice(offset, offset + length), address]);
  });
  sink.send(frame, 4, header, 50000, LANE_LENGTH);
  const want = hex(
    '4520 0028 0000 4000 ff11 6798 0a010001 0a090002 c350 12b5 0014 0000 08000000 00002a00 0a0b0c0d',
  );
  t.same(sent, [[true, want, '10.9.0.2']], 'no copy is made');
  t.match(counts(), { mirrored: { packets: 1, bytes: 1500 }, skipped: {} });
  sink.flush();
  t.equal(sent.length, 1, 'nothing is held back');
});

t.test('every complaint has its reason', async (t) => {
  const rows: readonly { name: string; want: SkipReason }[] = [
    { name: 'Resource temporarily unavailable', want: 'backlog' },
    { name: 'No buffer space available', want: 'buffers' },
    { name: 'Cannot allocate memory', want: 'buffers' },
    { name: 'Network is unreachable', want: 'no-route' },
    { name: 'No route to host', want: 'no-route' },
    { name: 'Network is down', want: 'no-route' },
    { name: 'Cannot assign requested address', want: 'no-route' },
    { name: 'Connection refused', want: 'refused' },
    { name: 'Operation not permitted', want: 'permission' },
    { name: 'Permission denied', want: 'permission' },
    { name: 'Message too long', want: 'oversize' },
    { name: 'Invalid argument', want: 'error' },
    { name: '', want: 'error' },
  ];
  for (const { name, want } of rows) {
    const { sink, counts } = sinkOver(() => {
      throw new Error(name);
    });
    sink.send(frameOf(hex('0a0b0c0d')), 4, header, 50000, LANE_LENGTH);
    t.strictSame(counts().skipped, { [want]: { packets: 1, bytes: 4 } }, name === '' ? 'no text' : name);
    t.equal(counts().mirrored.packets, 0);
  }
});

t.test('the longest frame is set by the owner of the sink', async (t) => {
  const { sink } = sinkOver(() => {});
  t.equal(sink.maximumInnerLength, 1464);
  sink.setRoute({ mtu: 9000, sourceAddress: '10.9.0.1' });
  t.equal(sink.maximumInnerLength, 8964);
  sink.setRoute(undefined);
  t.equal(sink.maximumInnerLength, 65499, 'without a route nothing is cut');
});

t.test('an MTU that fell a moment ago', async (t) => {
  const device = kernel(1500);
  let asked = 0;
  const { sink, counts } = sinkOver(device.send, {
    maxInnerLengthNow: () => {
      asked += 1;
      return device.mtu - 36;
    },
  });
  device.mtu = 136;
  const frame = frameOfLength(300);
  sink.send(frame, 300, header, 50000, LANE_LENGTH);
  t.match(counts(), { mirrored: { packets: 1 }, skipped: {}, cut: 1, fragmented: 0 });
  t.same(device.taken[0]?.subarray(36), frame.bytes.subarray(frame.offset, frame.offset + 100), 'cut to fit');
  t.equal(sink.maximumInnerLength, 100, 'the mirror cuts the next ones');
  sink.send(frameOfLength(300), 100, header, 50000, LANE_LENGTH);
  t.match(counts(), { mirrored: { packets: 2 }, cut: 1 });
  t.equal(asked, 1);

  device.mtu = 120;
  sink.send(frameOfLength(300), 100, header, 50000, LANE_LENGTH);
  t.match(counts(), { mirrored: { packets: 3 }, cut: 1 }, 'what the mirror has cut is not counted twice');
  const refusing = sinkOver(
    () => {
      asked += 1;
      throw new Error('Message too long');
    },
    { maxInnerLengthNow: () => 1464 },
  );
  asked = 0;
  refusing.sink.send(frameOfLength(100), 100, header, 50000, LANE_LENGTH);
  refusing.sink.send(frameOfLength(100), 100, header, 50000, LANE_LENGTH);
  t.match(refusing.counts().skipped, { oversize: { packets: 2 } });
  t.equal(asked, 2, 'what the MTU does not explain is not tried again');
});

t.test('fragments', async (t) => {
  for (const length of [100, 101, 107, 108, 109, 1000, 65499]) {
    const device = kernel(136);
    const { sink, counts } = sinkOver(device.send, { oversize: 'fragment' });
    sink.setRoute({ mtu: 136, sourceAddress: '' });
    t.equal(sink.maximumInnerLength, 65499);
    const frame = frameOfLength(length);
    const bytes = frame.bytes.slice(frame.offset);
    sink.send(frame, length, header, 50000, LANE_LENGTH);
    t.equal(device.taken.length, length <= 100 ? 1 : Math.ceil((16 + length) / 112), `${length} bytes`);
    t.equal(device.taken[0]![6]! & 0x40, 0, 'without DF');
    const payload = reassemble(device.taken);
    t.same(
      payload.subarray(0, 16),
      hex(`c350 12b5 ${(16 + length).toString(16).padStart(4, '0')} 0000 08000000 00002a00`),
    );
    t.same(payload.subarray(16), bytes, `${length} bytes come out as they went in`);
    t.match(counts(), { mirrored: { packets: 1 }, cut: 0, fragmented: length > 100 ? 1 : 0 });
  }
});

t.test('fragments while the MTU falls', async (t) => {
  const device = kernel(1500);
  const { sink, counts } = sinkOver(device.send, {
    oversize: 'fragment',
    maxInnerLengthNow: () => device.mtu - 36,
  });
  device.mtu = 600;
  const frame = frameOfLength(3000);
  const bytes = frame.bytes.slice(frame.offset);
  sink.send(frame, 3000, header, 50000, LANE_LENGTH);
  t.same(reassemble(device.taken).subarray(16), bytes, 'the first one tells: all are made anew');
  t.match(counts(), { mirrored: { packets: 1 }, fragmented: 1 });

  device.taken.length = 0;
  const shrinking: Send = (...sent) => {
    device.send(...sent);
    device.mtu = 300;
  };
  const late = sinkOver(shrinking, { oversize: 'fragment', maxInnerLengthNow: () => device.mtu - 36 });
  device.mtu = 1500;
  late.sink.send(frameOfLength(3000), 3000, header, 50000, LANE_LENGTH);
  t.match(late.counts(), { mirrored: { packets: 0 }, skipped: { oversize: { packets: 1 } } });
  t.equal(device.taken.length, 1, 'a payload that is no longer whole is not sent again');
});

t.test('over IPv6', async (t) => {
  const device = kernel(1300);
  const { sink } = sinkOver(device.send, { source: undefined, target: 'fd00:9::2', oversize: 'fragment' });
  sink.setRoute({ mtu: 1300, sourceAddress: 'fd00:9::1' });
  t.equal(sink.maximumInnerLength, 65519);
  const frame = frameOfLength(1244);
  sink.send(frame, 1244, header, 50000, LANE_LENGTH);
  const [whole] = device.taken.splice(0);
  t.same(whole?.subarray(0, 8), hex('62000000 04ec 11ff'));
  t.same(whole?.subarray(8, 24), hex('fd000009000000000000000000000001'), 'the source address of the route');

  const long = frameOfLength(3000);
  const bytes = long.bytes.slice(long.offset);
  sink.send(long, 3000, header, 50000, LANE_LENGTH);
  const payloads = device.taken.map((fragment) => fragment.subarray(48));
  t.same(
    device.taken.map((fragment) => [fragment[6], fragment[40], new DataView(fragment.buffer).getUint16(42)]),
    [
      [44, 17, 0x0001],
      [44, 17, 0x04e1],
      [44, 17, 0x09c0],
    ],
  );
  t.same(Buffer.concat(payloads).subarray(16), Buffer.from(bytes));

  sink.setRoute({ mtu: 1300, sourceAddress: 'fd00:9::7' });
  device.taken.length = 0;
  sink.send(frameOfLength(60), 60, header, 50000, LANE_LENGTH);
  t.equal(device.taken[0]?.[23], 7, 'another source address');
});
