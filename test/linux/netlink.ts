/** Netlink messages byte for byte, and a fake kernel with any answers. */
import { constants } from 'node:os';
import t from 'tap';
import { attribute, attributes, NetlinkSocket } from '../../src/linux/netlink.js';
import { hex } from '../fixtures/frames/hex.js';
import { concat } from '../fixtures/frames/layer.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const { ENETUNREACH, ENOENT } = constants.errno;
const RTM_GETROUTE = 26;

/** struct nlmsghdr and a body, padded to four bytes. */
function message(type: number, sequence: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + ((body.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16 + body.length, true);
  view.setUint16(4, type, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, 16);
  return bytes;
}

/** NLMSG_ERROR: the negated errno, then the message that it answers. */
function refusal(sequence: number, errno: number): Uint8Array {
  return message(2, sequence, concat(new Uint8Array(Int32Array.of(-errno).buffer), new Uint8Array(16)));
}

t.test('attributes', async (t) => {
  t.same(attribute(1, hex('0a090002')), hex('0800 0100 0a090002'));
  t.same(attribute(7, hex('0102030405')), hex('0900 0700 0102030405 000000'), 'padded to four bytes');
  t.same(attribute(3, hex('')), hex('0400 0300'), 'without a value');

  const rows = [
    { name: 'none', input: '', want: {} },
    { name: 'two', input: '0500 0100 aa000000 0800 0200 01020304', want: { 1: 'aa', 2: '01020304' } },
    { name: 'the last one not padded', input: '0500 0300 aa', want: { 3: 'aa' } },
    { name: 'a length of 0 ends the walk', input: '0000 0100 0800 0200 01020304', want: {} },
    { name: 'half a header', input: '0800 01', want: {} },
  ];
  for (const { name, input, want } of rows) {
    const found = attributes(hex(`ffffffff ${input}`), 4);
    const texts = Object.fromEntries(
      [...found].map(([type, value]) => [type, Buffer.from(value).toString('hex')]),
    );
    t.same(texts, want, name);
  }
});

t.test('a request and its answer', async (t) => {
  const libc = new FakeLibc();
  const socket = new NetlinkSocket(libc, 0);
  t.same(libc.calls, ['socket 16 3 0', 'bind 100000000000000000000000']);
  const asked: Uint8Array[] = [];
  libc.onAsk = (bytes) => asked.push(bytes);
  libc.answers.push(message(24, 1, hex('02200000')));
  const answer = socket.ask('RTM_GETROUTE', RTM_GETROUTE, hex('0220 0000'));
  t.same(asked, [hex('14000000 1a00 0100 01000000 00000000 02200000')]);
  t.same([answer.type, answer.sequence, Uint8Array.from(answer.body)], [24, 1, hex('02200000')]);

  libc.answers.push(
    message(24, 1, hex('aa')),
    concat(message(24, 1, hex('bbbb')), message(24, 2, hex('cc'))),
  );
  t.same(
    Uint8Array.from(socket.ask('RTM_GETROUTE', RTM_GETROUTE, hex('')).body),
    hex('cc'),
    'late answers to other requests',
  );
  socket.close();
  t.equal(libc.open.size, 0);
});

t.test('errors of the kernel', async (t) => {
  const libc = new FakeLibc();
  const socket = new NetlinkSocket(libc, 0);
  const ask = () => socket.ask('RTM_GETROUTE', RTM_GETROUTE, hex(''));
  libc.answers.push(refusal(1, ENETUNREACH));
  t.throws(ask, { op: 'RTM_GETROUTE', errno: ENETUNREACH, code: 'ENETUNREACH' });
  libc.answers.push(refusal(2, ENOENT));
  t.throws(ask, { code: 'ENOENT' });
  t.throws(ask, { code: 'EIO' }, 'no answer at all');
});

t.test('waiting events, one datagram at a time', async (t) => {
  const libc = new FakeLibc();
  const socket = new NetlinkSocket(libc, 0x51);
  t.equal(libc.calls.at(-1), 'bind 100000000000000051000000', 'the groups');
  t.same(socket.receive(), []);
  libc.answers.push(concat(message(28, 0, hex('01')), message(29, 0, hex('02'))), message(28, 0, hex('03')));
  t.same(
    socket.receive().map(({ type }) => type),
    [28, 29],
  );
  t.equal(socket.receive().length, 1);
  t.same(socket.receive(), []);
});
