/** One socket takes the other's place: the order of the calls is what makes it right. */
import t from 'tap';
import { REJECT_ALL } from '../../src/linux/classic-bpf.js';
import { FanoutGroup } from '../../src/linux/fanout-group.js';
import { PacketRing } from '../../src/linux/packet-ring.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const CBPF = 6 << 16;
const UNIQUE = 0x2000 << 16;

t.test('joining, and handing over', async (t) => {
  const libc = new FakeLibc();
  const asked: [string, number][] = [];
  const { setOption } = libc;
  libc.setOption = (op, descriptor, level, option, value) => {
    // A program: its only instruction returns the place.
    const number =
      op === 'PACKET_FANOUT_DATA'
        ? new DataView(
            libc.memory.read(Number(new DataView(value.buffer).getBigUint64(8, true)), 8).buffer,
          ).getUint32(4, true)
        : new DataView(value.buffer).getInt32(0, true);
    asked.push([`${descriptor} ${op}`, number]);
    setOption.call(libc, op, descriptor, level, option, value);
    if (op === 'PACKET_FANOUT') libc.setInt('PACKET_FANOUT', CBPF | 7);
  };
  const group = new FanoutGroup(libc, 40);
  group.add(41);
  group.handTo(41);
  group.add(42);
  group.handTo(42);
  t.same(
    asked,
    [
      ['40 PACKET_FANOUT', CBPF | UNIQUE],
      ['40 PACKET_FANOUT_DATA', 0],
      ['41 PACKET_FANOUT', CBPF | 7],
      ['40 PACKET_FANOUT_DATA', 1],
      ['41 PACKET_FANOUT_DATA', 0],
      ['42 PACKET_FANOUT', CBPF | 7],
      ['41 PACKET_FANOUT_DATA', 1],
    ],
    'all goes to the first before a second joins; the one that has it is asked, the other may be closed',
  );
});

t.test('a replaceable ring stays with its device', async (t) => {
  const libc = new FakeLibc();
  const ring = new PacketRing(libc, {
    megabytes: 1,
    blockTimeoutMs: 1,
    isReplaceable: true,
    filter: REJECT_ALL,
  });
  t.equal(ring.group, undefined, 'not before it has one');
  t.ok(ring.bind(7));
  t.ok(ring.group);
  const calls = libc.calls.length;
  t.ok(ring.bind(7), 'it is bound to it');
  t.notOk(ring.bind(8), 'another');
  libc.bound = new Uint8Array(20).fill(0xff);
  t.notOk(ring.bind(7), 'the device was gone in between: its index is -1');
  t.same(libc.calls.slice(calls), ['getsockname', 'getsockname', 'getsockname']);
  const other = new PacketRing(libc, { megabytes: 1, blockTimeoutMs: 1, filter: REJECT_ALL });
  other.bind(7);
  t.ok(other.bind(8), 'one that is not replaceable goes over');
});
