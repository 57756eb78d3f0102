/** Copies through npm raw-socket: what it is given, and what its complaints mean. */
import type { SocketWrap } from 'raw-socket';
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from '../../src/counters/layout.js';
import type { SkipReason } from '../../src/counters/skip-reason.js';
import { readLane, type SessionCounts } from '../../src/counters/snapshot.js';
import { OuterHeader } from '../../src/encapsulate/outer-header.js';
import { type RawSocket, RawSocketSink } from '../../src/transmit/raw-socket.js';
import { hex } from '../fixtures/frames/hex.js';
import { frameOf } from '../fixtures/mirror/mirroring.js';

type Send = SocketWrap['send'];

function sinkOver(send: Send) {
  const counters = new Counters(LANE_LENGTH + SESSION_LENGTH);
  const socket = { wrap: { send } } as unknown as RawSocket;
  const sink = new RawSocketSink(socket, '10.9.0.2', counters, 1464);
  const lane = { sourceId: 'eni-1', direction: 'ingress', base: 0 } as const;
  const sessions = [{ sessionId: 'tms-1', base: LANE_LENGTH }];
  const counts = (): SessionCounts => readLane(counters.values, { ...lane, sessions }).sessions[0]!;
  return { sink, counts };
}

const header = new OuterHeader('10.1.0.1', '10.9.0.2', 42);

t.test('one packet, sent from the headroom of its frame before send returns', async (t) => {
  const sent: unknown[] = [];
  const frame = frameOf(hex('0a0b0c0d 0e0f'), 1500);
  const { sink, counts } = sinkOver((bytes, offset, length, address) => {
    sent.push([bytes === frame.bytes, bytes.slice(offset, offset + length), address]);
  });
  sink.send(frame, 4, header, 50000, LANE_LENGTH);
  const want = hex(
    '4500 0028 0000 4000 ff11 67b8 0a010001 0a090002 c350 12b5 0014 0000 08000000 00002a00 0a0b0c0d',
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

t.test('the room is what its owner says', async (t) => {
  const { sink } = sinkOver(() => {});
  t.equal(sink.maximumInnerLength, 1464);
  sink.maximumInnerLength = 8964;
  t.equal(sink.maximumInnerLength, 8964);
});
