import t from 'tap';
import { listDevices, readDevice, tryListDevices } from '../../src/linux/devices.js';
import { attribute } from '../../src/linux/netlink.js';
import { concat } from '../fixtures/frames/layer.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import {
  int32,
  linkBody,
  NLMSG_DONE,
  NLMSG_ERROR,
  netlinkMessage,
  RTM_NEWLINK,
} from '../fixtures/linux/link-messages.js';

function body(index: number, name: string, { type = 1, flags = 0x1_0001, mtu = 1500 } = {}): Uint8Array {
  const bytes = concat(linkBody({ index, name, kind: 'veth', sentBytes: 77 }), attribute(4, int32(mtu)));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(2, type, true);
  view.setUint32(8, flags, true);
  return bytes;
}

t.test('a device', async (t) => {
  t.match(readDevice(body(7, 'veth0')), {
    index: 7,
    name: 'veth0',
    kind: 'veth',
    ethernet: true,
    up: true,
    carrier: true,
    mtu: 1500,
  });
  t.match(readDevice(body(7, 'tun0', { type: 0xfffe })), { ethernet: false });
  t.match(readDevice(body(7, 'veth0', { flags: 0 })), { up: false, carrier: false });
});

t.test('counters', async (t) => {
  const counts = BigUint64Array.from([11n, 22n, 33n, 44n]);
  const bytes = concat(new Uint8Array(16), attribute(23, new Uint8Array(counts.buffer)));
  t.match(readDevice(bytes), { receivedPackets: 11, sentPackets: 22 });
  t.match(
    readDevice(concat(new Uint8Array(16), attribute(23, new Uint8Array(4)))),
    { receivedPackets: 0 },
    'cut short',
  );
});

t.test('whether it takes part in IPv6', async (t) => {
  const settings = (disabled: number) => {
    const values = Int32Array.from({ length: 30 }, (_, index) => (index === 26 ? disabled : 7));
    return attribute(26, attribute(10, attribute(2, new Uint8Array(values.buffer))));
  };
  t.match(readDevice(concat(body(7, 'veth0'), settings(0))), { ipv6: true });
  t.match(readDevice(concat(body(7, 'veth0'), settings(1))), { ipv6: false }, 'disable_ipv6');
  t.match(readDevice(body(7, 'veth0')), { ipv6: false }, 'the kernel has none');
  const short = attribute(26, attribute(10, attribute(2, new Uint8Array(8))));
  t.match(readDevice(concat(body(7, 'veth0'), short)), { ipv6: false }, 'cut short');
});

t.test('all devices of a namespace', async (t) => {
  const libc = new FakeLibc();
  libc.answers.push(
    concat(netlinkMessage(RTM_NEWLINK, 1, body(1, 'lo')), netlinkMessage(RTM_NEWLINK, 1, body(2, 'eth0'))),
    netlinkMessage(NLMSG_DONE, 1, int32(0)),
  );
  t.same(
    listDevices(libc).map(({ name }) => name),
    ['lo', 'eth0'],
  );
  t.equal(libc.open.size, 0, 'the socket is closed');
});

t.test('a kernel that refuses is told of', async (t) => {
  const libc = new FakeLibc();
  libc.answers.push(netlinkMessage(NLMSG_ERROR, 1, int32(-1)));
  t.match(tryListDevices(libc), { devices: [], problem: 'RTM_GETLINK: EPERM' });
  t.equal(libc.open.size, 0, 'the socket is closed');
});
