/** Devices on each other, as the kernel lists them. */
import { constants } from 'node:os';
import t from 'tap';
import { DeviceStacks, readStackedDevice } from '../../src/linux/device-stack.js';
import { concat } from '../fixtures/frames/layer.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import {
  int32,
  type ListedLink,
  linkBody,
  NLMSG_DONE,
  NLMSG_ERROR,
  netlinkMessage,
  RTM_NEWLINK,
} from '../fixtures/linux/link-messages.js';

/** eth0 and eth1 in a bond with VLANs 7 and 8, 7 in a bridge with a container; and a veth pair of its own. */
const HOST: readonly ListedLink[] = [
  { index: 1, name: 'lo' },
  { index: 2, name: 'eth0', master: 4 },
  { index: 3, name: 'eth1', master: 4 },
  { index: 4, name: 'bond0', kind: 'bond' },
  { index: 5, name: 'bond0.7', kind: 'vlan', link: 4, master: 7 },
  { index: 6, name: 'bond0.8', kind: 'vlan', link: 4 },
  { index: 7, name: 'br0', kind: 'bridge' },
  { index: 8, name: 'container', kind: 'veth', link: 2, isElsewhere: true, master: 7 },
  { index: 9, name: 'va', kind: 'veth', link: 10 },
  { index: 10, name: 'vb', kind: 'veth', link: 9 },
  { index: 11, name: 'mv', kind: 'macvlan', link: 2, isElsewhere: true },
];

function listed(devices = HOST): { libc: FakeLibc; stacks: DeviceStacks } {
  const libc = new FakeLibc();
  const stacks = new DeviceStacks(libc);
  for (const device of devices) libc.answers.push(netlinkMessage(RTM_NEWLINK, 1, linkBody(device)));
  libc.answers.push(netlinkMessage(NLMSG_DONE, 1, new Uint8Array(4)));
  stacks.refresh();
  return { libc, stacks };
}

t.test('what a device lies on, and what lies on it', async (t) => {
  const { stacks } = listed();
  const names = (devices: readonly { name: string }[]): string[] => devices.map(({ name }) => name).sort();
  t.same(names(stacks.below(2)), ['eth0']);
  t.same(names(stacks.below(6)), ['bond0', 'bond0.8', 'eth0', 'eth1']);
  t.same(names(stacks.below(7)), ['bond0', 'bond0.7', 'br0', 'container', 'eth0', 'eth1']);
  const all = ['bond0', 'bond0.7', 'bond0.8', 'br0', 'container', 'eth0', 'eth1'];
  for (const index of [2, 6, 8]) t.same(names(stacks.stackOf(index)), all);
  t.equal(stacks.stackOf(6)[0]?.name, 'bond0.8', 'the device itself is the first');
  t.same(names(stacks.stackOf(9)), ['va'], 'the peer of a veth is not below it');
  t.same(names(stacks.stackOf(11)), ['mv'], 'nor is a device of another namespace');
  t.same(stacks.stackOf(99), []);
  t.equal(stacks.at(5)?.kind, 'vlan');
  t.equal(stacks.at(2)?.kind, '');
});

t.test('a list takes the place of the one before', async (t) => {
  const { libc, stacks } = listed();
  const moved: readonly ListedLink[] = [
    { index: 2, name: 'eth0' },
    { index: 4, name: 'bond0', kind: 'bond' },
    { index: 6, name: 'bond0.8', kind: 'vlan', link: 4 },
  ];
  libc.answers.push(concat(...moved.map((device) => netlinkMessage(RTM_NEWLINK, 2, linkBody(device)))));
  libc.answers.push(netlinkMessage(NLMSG_DONE, 2, new Uint8Array(4)));
  stacks.refresh();
  t.same(stacks.stackOf(2), [stacks.at(2)], 'a port that has left its master');
  t.same(
    stacks.stackOf(4).map(({ name }) => name),
    ['bond0', 'bond0.8'],
  );
});

t.test('a bridge with thousands of ports', async (t) => {
  const count = 8000;
  const ports = Array.from({ length: count }, (_, port) => ({
    index: port + 2,
    name: `tap${port}`,
    master: 1,
  }));
  const { stacks } = listed([{ index: 1, name: 'br0', kind: 'bridge' }, ...ports]);
  const start = performance.now();
  t.equal(stacks.stackOf(2).length, count + 1);
  const tookMs = performance.now() - start;
  t.ok(tookMs < 400, `takes ${tookMs.toFixed(1)} ms`);
});

t.test('devices that lie on each other in a circle, as no kernel has them', async (t) => {
  const { stacks } = listed([
    { index: 1, name: 'a', kind: 'vlan', link: 2 },
    { index: 2, name: 'b', kind: 'vlan', link: 1 },
  ]);
  t.equal(stacks.below(1).length, 2);
});

t.test('a list that the kernel refuses leaves the one before', async (t) => {
  const { libc, stacks } = listed();
  libc.answers.push(
    netlinkMessage(NLMSG_ERROR, 2, concat(int32(-constants.errno.ENOBUFS), new Uint8Array(16))),
  );
  stacks.refresh();
  t.equal(stacks.at(2)?.name, 'eth0');
});

t.test('bytes that a device has sent', async (t) => {
  const { libc, stacks } = listed();
  libc.answers.push(
    netlinkMessage(RTM_NEWLINK, 2, linkBody({ index: 2, name: 'eth0', sentBytes: 2 ** 40 + 5 })),
  );
  t.equal(stacks.sentBytes(2), 2 ** 40 + 5);
  libc.answers.push(
    netlinkMessage(NLMSG_ERROR, 3, concat(int32(-constants.errno.ENODEV), new Uint8Array(16))),
  );
  t.equal(stacks.sentBytes(2), undefined, 'it is gone');
  stacks.close();
  t.equal(libc.open.size, 0);
});

t.test('the speed of a device', async (t) => {
  const { libc, stacks } = listed();
  t.equal(stacks.speedOf(2), undefined, 'it does not tell');
  t.equal(stacks.speedOf(99), undefined, 'there is none');
  const asked: string[] = [];
  libc.requests.set('ETHTOOL_GSET', (request) => {
    const name = Buffer.from(request.subarray(0, request.indexOf(0))).toString();
    asked.push(name);
    const at = Number(new DataView(request.buffer, request.byteOffset).getBigUint64(16, true));
    const settings = libc.memory.read(at, 44);
    // 100,000 Mbit/s: more than 16 bits.
    new DataView(settings.buffer, settings.byteOffset).setUint16(12, 100_000 & 0xffff, true);
    new DataView(settings.buffer, settings.byteOffset).setUint16(28, 100_000 >>> 16, true);
  });
  t.equal(stacks.speedOf(4), 100e9);
  t.strictSame(asked, ['bond0']);
  t.equal(libc.memory.size, 0, 'nothing is kept');
  t.equal(libc.open.size, 1, 'but the socket of its questions');
});

t.test('a message of a device without attributes', async (t) => {
  const header = new Uint8Array(16);
  t.same(readStackedDevice(header), { index: 0, name: '', kind: '', lower: undefined, master: undefined });
});
