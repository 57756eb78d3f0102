/** The raw and the packet socket: their options, and that neither receives. */
import { constants } from 'node:os';
import t from 'tap';
import { SendingPacketSocket, SendingRawSocket, SOCKET_MARK } from '../../src/linux/sending-sockets.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import { CUT, FRAGMENTED } from '../fixtures/plans/builders.js';

/** SOCK_RAW and SOCK_NONBLOCK. */
const RAW_NONBLOCK = 3 | 0o4000;
const TO_TARGET = 'connect 020000000a0900020000000000000000';

t.test('a raw UDP socket', async (t) => {
  const libc = new FakeLibc();
  const socket = new SendingRawSocket(libc, 17, undefined, '10.9.0.2', CUT);
  t.same(
    libc.calls,
    [
      'socket 2 3 17',
      'SO_ATTACH_FILTER',
      'SO_MARK',
      'SO_SNDBUF',
      'SO_RCVBUF',
      'IP_RECVERR',
      'IP_TTL',
      'IP_TOS',
      'SO_PRIORITY',
      'IP_MTU_DISCOVER',
      TO_TARGET,
    ],
    'the filter first: without it the socket gets every UDP packet of the host; the priority after IP_TOS, which sets it anew',
  );
  t.match(
    {
      mark: libc.intOf('SO_MARK'),
      timeToLive: libc.intOf('IP_TTL'),
      discover: libc.intOf('IP_MTU_DISCOVER'),
      fullQueues: libc.intOf('IP_RECVERR'),
      trafficClass: libc.intOf('IP_TOS'),
      priority: libc.intOf('SO_PRIORITY'),
    },
    { mark: SOCKET_MARK, timeToLive: 255, discover: 2, fullQueues: 1, trafficClass: 0x20, priority: 1 },
  );
  libc.setInt('IP_MTU', 1450);
  t.equal(socket.mtu, 1450);
  t.same(libc.calls.slice(-2), [TO_TARGET, 'IP_MTU'], 'by the route of now');
  socket.close();
  t.equal(libc.open.size, 0);
});

t.test('a raw UDP socket over IPv6', async (t) => {
  const libc = new FakeLibc();
  const socket = new SendingRawSocket(libc, 17, 'fe80::1%mir0', 'fe80::2%mir0', CUT);
  const address = (last: string) => `0a00000000000000fe80000000000000000000000000000${last}07000000`;
  t.same(libc.calls, [
    'if_nametoindex mir0',
    'socket 10 3 17',
    'SO_ATTACH_FILTER',
    'SO_MARK',
    'SO_SNDBUF',
    'SO_RCVBUF',
    'IPV6_RECVERR',
    'IPV6_UNICAST_HOPS',
    'IPV6_TCLASS',
    'SO_PRIORITY',
    'IPV6_MTU_DISCOVER',
    'IPV6_CHECKSUM',
    'if_nametoindex mir0',
    `bind ${address('1')}`,
    `connect ${address('2')}`,
  ]);
  t.match(
    {
      hops: libc.intOf('IPV6_UNICAST_HOPS'),
      discover: libc.intOf('IPV6_MTU_DISCOVER'),
      checksum: libc.intOf('IPV6_CHECKSUM'),
    },
    { hops: 255, discover: 2, checksum: 6 },
  );
  libc.setInt('IPV6_MTU', 1400);
  t.equal(socket.mtu, 1400);
});

t.test('a socket that lets the kernel fragment', async (t) => {
  for (const [target, option] of [
    ['10.9.0.2', 'IP_MTU_DISCOVER'],
    ['fd00:9::2', 'IPV6_MTU_DISCOVER'],
  ] as const) {
    const libc = new FakeLibc();
    new SendingRawSocket(libc, 17, undefined, target, FRAGMENTED);
    t.equal(libc.intOf(option), 0, option);
  }
});

t.test('the source address is bound before the target is connected', async (t) => {
  const libc = new FakeLibc();
  new SendingRawSocket(libc, 17, '10.1.0.1', '10.9.0.2', CUT);
  t.same(libc.calls.slice(-2), ['bind 020000000a0100010000000000000000', TO_TARGET]);
});

t.test('a packet socket of one device', async (t) => {
  const libc = new FakeLibc();
  const socket = new SendingPacketSocket(libc, 7);
  t.same(
    libc.calls,
    [
      `socket 17 ${RAW_NONBLOCK} 0`,
      'SO_MARK',
      'SO_SNDBUF',
      'PACKET_QDISC_BYPASS',
      'bind 1100000007000000000000000000000000000000',
    ],
    'with protocol 0, which receives nothing',
  );
  t.equal(libc.intOf('SO_MARK'), SOCKET_MARK);
  socket.close();
  t.equal(libc.open.size, 0);
});

t.test('an error leaves nothing open', async (t) => {
  const { EPERM, ENETUNREACH, EADDRNOTAVAIL, ENODEV } = constants.errno;
  const routed = (libc: FakeLibc) => new SendingRawSocket(libc, 17, '10.1.0.1', '10.9.0.2', CUT);
  const direct = (libc: FakeLibc) => new SendingPacketSocket(libc, 7);
  const rows = [
    { name: 'not permitted', open: routed, op: 'socket', errno: EPERM, want: 'EPERM' },
    { name: 'no mark', open: routed, op: 'SO_MARK', errno: EPERM, want: 'EPERM' },
    { name: 'not our address', open: routed, op: 'bind', errno: EADDRNOTAVAIL, want: 'EADDRNOTAVAIL' },
    { name: 'no route', open: routed, op: 'connect', errno: ENETUNREACH, want: 'ENETUNREACH' },
    { name: 'no device', open: direct, op: 'bind', errno: ENODEV, want: 'ENODEV' },
    { name: 'no mark on a packet socket', open: direct, op: 'SO_MARK', errno: EPERM, want: 'EPERM' },
  ];
  for (const { name, open, op, errno, want } of rows) {
    const libc = new FakeLibc();
    libc.refused.set(op, errno);
    t.throws(() => open(libc), { code: want }, name);
    t.equal(libc.open.size, 0, `${name}: nothing is left open`);
  }
});
