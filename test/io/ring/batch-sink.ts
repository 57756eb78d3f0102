/** Batches over a kernel that refuses: every errno, and what becomes of the packets behind. */
import { constants } from 'node:os';
import t from 'tap';
import type { SkipReason } from '../../../src/counters/skip-reason.js';
import { DirectHeader } from '../../../src/encapsulate/direct-header.js';
import { geneve } from '../../../src/encapsulate/geneve.js';
import { VXLAN } from '../../../src/encapsulate/vxlan.js';
import { EgressShare } from '../../../src/io/egress-share.js';
import { DirectTxSocket, RoutedTxSocket } from '../../../src/io/ring/tx-socket.js';
import { LinuxError } from '../../../src/linux/errors.js';
import { ENCAPSULATION_OPTIONS } from '../../../src/plan/mirror-plan.js';
import { EgressMemory } from '../../../src/targets/egress-memory.js';
import { hex } from '../../fixtures/frames/hex.js';
import { readGeneve } from '../../fixtures/frames/read-geneve.js';
import { Batching } from '../../fixtures/io/batching.js';
import type { FakeLibc, SendMessages } from '../../fixtures/linux/fake-libc.js';
import { CUT } from '../../fixtures/plans/builders.js';

const { EAGAIN, ECONNREFUSED, EMSGSIZE, EPERM, ENETUNREACH, EADDRNOTAVAIL, EINVAL, EMFILE } = constants.errno;
const BATCH_PACKETS = 256;
const HEADERS = 16;

/** Answers one after the other, then takes everything. A number above 0: so many packets at most. */
function answering(...answers: readonly number[]): SendMessages {
  let next = 0;
  return (count) => Math.min(answers[next++] ?? count, count);
}

/** Takes everything that fits, and keeps it in `into`. */
function taking(into: Uint8Array[], mtu = Infinity): SendMessages {
  return (count, read) => {
    for (let index = 0; index < count; index++) {
      const packet = read(index);
      if (20 + packet.length > mtu) return index === 0 ? -EMSGSIZE : index;
      into.push(packet);
    }
    return count;
  };
}

/** Packets by what became of them. */
function fates(batching: Batching): Record<string, number> {
  const { mirrored, skipped } = batching.counts();
  const reasons = Object.entries(skipped).map(([reason, { packets }]) => [reason, packets]);
  return { mirrored: mirrored.packets, ...Object.fromEntries(reasons) };
}

function sendSome(batching: Batching, count: number): void {
  for (let index = 0; index < count; index++) batching.send(60);
}

t.test('a way that was not to be had is tried again', async (t) => {
  let failures = 1;
  const batching = new Batching((libc) => {
    if (failures-- > 0) throw new LinuxError('socket', EMFILE);
    return new RoutedTxSocket(libc, VXLAN, undefined, '10.9.0.2', CUT);
  });
  batching.send(60);
  batching.sink.flush();
  t.same(fates(batching), { mirrored: 0, error: 1 });
  batching.sink.remeasure();
  batching.send(60);
  batching.sink.flush();
  t.same(fates(batching), { mirrored: 1, error: 1 });
  t.equal(batching.sink.maximumInnerLength, 1464);
});

t.test('what is sent', async (t) => {
  const batching = new Batching();
  const packets: Uint8Array[] = [];
  batching.libc.onSend = taking(packets);
  const first = batching.send(60).slice();
  const second = batching.send(200).slice();
  t.equal(batching.libc.sendMessagesCalls, 0, 'nothing before the batch ends');
  batching.sink.flush();
  t.equal(batching.libc.sendMessagesCalls, 1);
  const headers = (length: number) =>
    Uint8Array.from(
      Buffer.from(`c35012b5${length.toString(16).padStart(4, '0')}00000800000000002a00`, 'hex'),
    );
  t.same(packets[0], Uint8Array.of(...headers(HEADERS + 60), ...first));
  t.same(packets[1], Uint8Array.of(...headers(HEADERS + 200), ...second));
  batching.sink.flush();
  t.equal(batching.libc.sendMessagesCalls, 1, 'an empty batch is not sent');
});

t.test('what is sent past the routing of the host', async (t) => {
  const nextHop = {
    interfaceIndex: 7,
    sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
  };
  const rows = [
    { name: 'the source that the kernel would choose', source: '10.9.0.1', want: '6740 0a090001' },
    { name: 'a source address of the configuration', source: '10.1.0.1', want: '6748 0a010001' },
  ];
  for (const { name, source, want } of rows) {
    const header = new DirectHeader(VXLAN, nextHop, source, '10.9.0.2', CUT);
    const batching = new Batching(
      (libc) => new DirectTxSocket(libc, nextHop.interfaceIndex, header, () => 1400 - 36),
    );
    const packets: Uint8Array[] = [];
    batching.libc.onSend = taking(packets);
    t.equal(batching.sink.maximumInnerLength, 1400 - 36, name);
    const [first, second] = [batching.send(60), batching.send(84)];
    batching.sink.flush();
    const udpAndVxlan = (length: string) => `c350 12b5 ${length} 0000 08000000 00002a00`;
    const ethernet = '020000000002 020000000001 0800';
    const headers = hex(`${ethernet} 4520 0078 0000 4000 ff11 ${want} 0a090002 ${udpAndVxlan('0064')}`);
    t.same(packets[1], Uint8Array.of(...headers, ...second), `${name}: from the Ethernet header on`);
    t.same(packets[0]?.subarray(50), first);
  }
});

t.test('a full batch is sent without a flush', async (t) => {
  const batching = new Batching();
  sendSome(batching, BATCH_PACKETS);
  t.same([batching.libc.sendMessagesCalls, fates(batching)], [1, { mirrored: BATCH_PACKETS }]);
  sendSome(batching, BATCH_PACKETS + 3);
  batching.sink.flush();
  t.same([batching.libc.sendMessagesCalls, fates(batching)], [3, { mirrored: 2 * BATCH_PACKETS + 3 }]);
});

t.test('ten packets and a kernel that answers', async (t) => {
  const rows: readonly {
    name: string;
    answers: readonly number[];
    want: Record<string, number>;
    calls: number;
  }[] = [
    { name: 'takes all', answers: [], want: { mirrored: 10 }, calls: 1 },
    { name: 'takes some, then the rest', answers: [3, 1, 2], want: { mirrored: 10 }, calls: 4 },
    { name: 'refuses one', answers: [4, -EPERM], want: { mirrored: 9, permission: 1 }, calls: 3 },
    {
      name: 'refuses two for different reasons',
      answers: [-ENETUNREACH, -ENETUNREACH, 2, -EPERM],
      want: { mirrored: 8, 'no-route': 1, permission: 1 },
      calls: 5,
    },
    {
      name: 'is full: the rest would only be refused too',
      answers: [4, -EAGAIN],
      want: { mirrored: 4, backlog: 6 },
      calls: 2,
    },
    {
      name: 'tells of an earlier refusal: sent again',
      answers: [-ECONNREFUSED],
      want: { mirrored: 10 },
      calls: 3,
    },
    {
      name: 'tells of an earlier packet that did not get there: sent again',
      answers: [-ENETUNREACH, 1, 4, -EMSGSIZE],
      want: { mirrored: 10 },
      calls: 6,
    },
    {
      name: 'refuses again at once',
      answers: [-ECONNREFUSED, -ECONNREFUSED],
      want: { mirrored: 9, refused: 1 },
      calls: 3,
    },
    {
      name: 'tells of an earlier refusal and is full',
      answers: [2, -ECONNREFUSED, -EAGAIN],
      want: { mirrored: 9, backlog: 1 },
      calls: 4,
    },
    {
      name: 'tells of every other packet',
      answers: [1, -ECONNREFUSED, 1, 1, -ECONNREFUSED, 1],
      want: { mirrored: 10 },
      calls: 7,
    },
  ];
  for (const { name, answers, want, calls } of rows) {
    const batching = new Batching();
    batching.libc.onSend = answering(...answers);
    sendSome(batching, 10);
    batching.sink.flush();
    t.same(fates(batching), { mirrored: 0, ...want }, name);
    t.equal(batching.libc.sendMessagesCalls, calls, `${name}: system calls`);
  }
});

t.test('every errno has its reason', async (t) => {
  const { errno } = constants;
  const rows: readonly { name: keyof typeof errno; want: SkipReason }[] = [
    { name: 'EAGAIN', want: 'backlog' },
    { name: 'ENOBUFS', want: 'buffers' },
    { name: 'ENOMEM', want: 'buffers' },
    { name: 'ENETUNREACH', want: 'no-route' },
    { name: 'EHOSTUNREACH', want: 'no-route' },
    { name: 'ENETDOWN', want: 'no-route' },
    { name: 'ENODEV', want: 'no-route' },
    { name: 'EADDRNOTAVAIL', want: 'no-route' },
    { name: 'ECONNREFUSED', want: 'refused' },
    { name: 'EPERM', want: 'permission' },
    { name: 'EACCES', want: 'permission' },
    { name: 'EMSGSIZE', want: 'oversize' },
    { name: 'EINVAL', want: 'error' },
    { name: 'EIO', want: 'error' },
  ];
  for (const { name, want } of rows) {
    const batching = new Batching();
    batching.libc.onSend = () => -errno[name];
    batching.send(60);
    batching.sink.flush();
    t.same(fates(batching), { mirrored: 0, [want]: 1 }, name);
    t.same(batching.counts().skipped[want], { packets: 1, bytes: 60 }, `${name}: bytes`);
  }
});

t.test('a path MTU that fell', async (t) => {
  const batching = new Batching();
  t.equal(batching.sink.maximumInnerLength, 1500 - 36, 'room at first');
  const sent: Uint8Array[] = [];
  batching.setMtu(136);
  batching.libc.onSend = taking(sent, 136);
  const [small, large, exact] = [batching.send(60), batching.send(200), batching.send(100)];
  batching.sink.flush();
  t.same(fates(batching), { mirrored: 3 });
  t.equal(batching.counts().cut, 1);
  t.same(
    sent.map((packet) => packet.subarray(HEADERS)),
    [small, large?.subarray(0, 100), exact],
    'the one that is too long is cut, and sent in its place',
  );
  t.same(
    sent.map((packet) => (packet[4]! << 8) | packet[5]!),
    [HEADERS + 60, HEADERS + 100, HEADERS + 100],
    'UDP lengths',
  );
  t.equal(batching.sink.maximumInnerLength, 100, 'the mirror cuts the next ones');

  batching.libc.onSend = taking(sent, 120);
  batching.send(100);
  batching.sink.flush();
  t.same(
    fates(batching),
    { mirrored: 3, oversize: 1 },
    'what fits the MTU and is refused all the same is skipped',
  );
});

t.test('a copy that is cut anew tells of its own frame, not of a later one', async (t) => {
  const encapsulation = geneve({ options: ENCAPSULATION_OPTIONS, networkInterface: 'eni-with-a-long-name' });
  const nextHop = {
    interfaceIndex: 7,
    sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
  };
  const header = new DirectHeader(encapsulation, nextHop, '10.9.0.1', '10.9.0.2', CUT);
  let room = 200;
  const ways = {
    routed: (libc: FakeLibc) => new RoutedTxSocket(libc, encapsulation, undefined, '10.9.0.2', CUT),
    direct: (libc: FakeLibc) => new DirectTxSocket(libc, 7, header, () => room),
  };
  for (const [name, connect] of Object.entries(ways)) {
    room = 200;
    const batching = new Batching(connect, 1024, encapsulation);
    const udp = name === 'direct' ? 34 : 0;
    const ipLength = name === 'direct' ? -14 : 20;
    const sent: Uint8Array[] = [];
    batching.header.setFrame(1000, 1, 1111);
    batching.send(200);
    batching.header.setFrame(2000, 2, 2222);
    batching.send(60);
    room = 100;
    const mtu = 20 + encapsulation.overhead + room;
    batching.setMtu(mtu);
    batching.libc.onSend = (count, read) => {
      for (let index = 0; index < count; index++) {
        const packet = read(index);
        if (packet.length + ipLength > mtu) return index === 0 ? -EMSGSIZE : index;
        sent.push(packet);
      }
      return count;
    };
    batching.sink.flush();
    t.same(fates(batching), { mirrored: 2 }, name);
    t.same(
      sent.map((packet) => {
        const geneveHeader = readGeneve(Buffer.from(packet.subarray(udp + 8)));
        const { captureTime, originalLength } = geneveHeader.options;
        return [captureTime, originalLength, packet.length - udp - 8 - geneveHeader.length];
      }),
      [
        [1_000_000_000_001n, 1111, 100],
        [2_000_000_000_002n, 2222, 60],
      ],
      `${name}: time, length, and bytes of the frame`,
    );
  }
});

t.test('a target that takes nothing costs one system call a batch', async (t) => {
  const batching = new Batching();
  batching.libc.onSend = () => -EINVAL;
  sendSome(batching, BATCH_PACKETS);
  t.same([batching.libc.sendMessagesCalls, fates(batching)], [65, { mirrored: 0, error: BATCH_PACKETS }]);
  sendSome(batching, 2 * BATCH_PACKETS);
  t.same([batching.libc.sendMessagesCalls, fates(batching)], [67, { mirrored: 0, error: 3 * BATCH_PACKETS }]);
  batching.libc.onSend = (count) => count;
  sendSome(batching, BATCH_PACKETS);
  t.equal(batching.counts().mirrored.packets, BATCH_PACKETS, 'one that takes again gets all at once');
  batching.libc.onSend = answering(-EINVAL, -EINVAL);
  sendSome(batching, BATCH_PACKETS);
  t.equal(batching.counts().mirrored.packets, 2 * BATCH_PACKETS - 2, 'and is tried packet by packet again');
});

t.test('sessions of one target are counted apart', async (t) => {
  const batching = new Batching();
  batching.libc.onSend = answering(1, -EPERM);
  batching.send(60, 0);
  batching.send(70, 1);
  batching.send(80, 2);
  batching.send(90, 1);
  batching.sink.flush();
  const none = { packets: 0, bytes: 0 };
  t.match(batching.counts(0), { mirrored: { packets: 1, bytes: 60 }, skipped: {} });
  t.match(batching.counts(1), {
    mirrored: { packets: 1, bytes: 90 },
    skipped: { permission: { packets: 1, bytes: 70 } },
  });
  t.match(batching.counts(2), { mirrored: { packets: 1, bytes: 80 }, skipped: {} });
  t.same(batching.counts(0).matched, none, 'who matched counts the matched');
});

t.test('no way to the target', async (t) => {
  const rows = [
    { name: 'no route', op: 'connect', errno: ENETUNREACH, want: 'no-route' },
    { name: 'a source address that is not ours', op: 'connect', errno: EADDRNOTAVAIL, want: 'no-route' },
    { name: 'not permitted', op: 'socket', errno: EPERM, want: 'permission' },
  ];
  for (const { name, op, errno, want } of rows) {
    const batching = new Batching();
    const { libc, sink } = batching;
    libc.refused.set(op, errno);
    sink.reconnect();
    t.equal(libc.open.size, 0, `${name}: nothing is left open`);
    t.ok(sink.maximumInnerLength >= 65499, `${name}: copies are not cut for it`);
    sendSome(batching, BATCH_PACKETS + 1);
    sink.flush();
    t.same(fates(batching), { mirrored: 0, [want]: BATCH_PACKETS + 1 }, name);
    t.equal(libc.sendMessagesCalls, 0, `${name}: no system call`);
    libc.refused.clear();
    sink.reconnect();
    batching.send(60);
    sink.flush();
    t.equal(batching.counts().mirrored.packets, 1, `${name}: and back`);
    t.equal(sink.maximumInnerLength, 1464);
  }
});

t.test('what is no error of the system comes through', async (t) => {
  const connect = (): never => {
    throw new TypeError('a mistake');
  };
  t.throws(() => new Batching(connect), { message: 'a mistake' });
  t.doesNotThrow(
    () =>
      new Batching(() => {
        throw new LinuxError('connect', ENETUNREACH);
      }),
  );
});

t.test('others need the link', async (t) => {
  const batching = new Batching();
  const memory = new EgressMemory();
  batching.sink.share = new EgressShare(memory);
  memory.limit = 1000;
  batching.sink.flush();
  sendSome(batching, 10);
  t.equal(batching.libc.sendMessagesCalls, 0, 'nothing before the batch ends');
  batching.sink.flush();
  t.same(fates(batching), { mirrored: 1, priority: 9 }, 'a burst, at least one packet, then none');
  t.same(batching.counts().skipped.priority, { packets: 9, bytes: 540 });
  t.same(memory.bytes, { queued: 14 + 20 + HEADERS + 60, direct: 0 }, 'what was sent, with its headers');
  memory.limit = 0;
  batching.sink.flush();
  sendSome(batching, 10);
  batching.sink.flush();
  t.same(fates(batching), { mirrored: 11, priority: 9 }, 'and all again');
  t.equal(batching.sink.takeSendError(), undefined, 'which says nothing about the target');

  memory.limit = 1000;
  batching.sink.flush();
  batching.sink.isDown = true;
  sendSome(batching, 2);
  t.same(
    fates(batching),
    { mirrored: 11, priority: 9, 'target-down': 2 },
    'a target that is down comes first',
  );
});

t.test('the kernel refuses what others need no room for', async (t) => {
  const batching = new Batching();
  const memory = new EgressMemory();
  batching.sink.share = new EgressShare(memory);
  batching.libc.onSend = answering(2, -EPERM);
  sendSome(batching, 10);
  batching.sink.flush();
  t.equal(memory.bytes.queued, 9 * (14 + 20 + HEADERS + 60), 'what it refused is not counted as sent');
  t.not(
    memory.steadyBytes(() => {}),
    undefined,
    'nothing is on its way',
  );
});

t.test('closing', async (t) => {
  const batching = new Batching();
  const before = batching.libc.memory.size;
  batching.sink.close();
  t.equal(batching.libc.open.size, 0, 'the socket');
  t.equal(batching.libc.memory.size, before - 1, 'the memory');
});
