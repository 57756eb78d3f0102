/** Addresses and devices of the host, as a fake kernel lists them. */
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { HostQuestions, readHostDevice } from '../../src/linux/host-devices.js';
import { openLibc } from '../../src/linux/libc.js';
import { attribute } from '../../src/linux/netlink.js';
import { concat } from '../fixtures/frames/layer.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import {
  int32,
  NLMSG_DONE,
  NLMSG_ERROR,
  netlinkMessage,
  RTM_NEWLINK,
} from '../fixtures/linux/link-messages.js';

const RTM_NEWADDR = 20;
const AF_INET6 = 10;

interface Listed {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly mtuIpv6?: number;
  readonly up?: boolean;
}

function linkBody({ index, name, mtu, mtuIpv6, up = true }: Listed): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, up ? 1 : 0, true);
  // Forwarding and the hop limit come before it.
  const settings = attribute(2, concat(int32(0), int32(64), int32(mtuIpv6 ?? 0), int32(1)));
  return concat(
    header,
    attribute(3, new TextEncoder().encode(`${name}\0`)),
    attribute(4, int32(mtu)),
    mtuIpv6 === undefined ? new Uint8Array(0) : attribute(26, attribute(AF_INET6, settings)),
  );
}

/** @param local where `address` is that of the peer */
function addressBody(index: number, address: readonly number[], local?: readonly number[]): Uint8Array {
  const header = new Uint8Array(8);
  header[0] = address.length === 4 ? 2 : AF_INET6;
  new DataView(header.buffer).setUint32(4, index, true);
  const own = local === undefined ? [] : [attribute(2, Uint8Array.from(local))];
  return concat(header, attribute(1, Uint8Array.from(address)), ...own);
}

const IPV6 = [0xfd, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

t.test('addresses', async (t) => {
  const libc = new FakeLibc();
  const questions = new HostQuestions(libc);
  const answer = (sequence: number, listed: Listed): void =>
    void libc.answers.push(netlinkMessage(RTM_NEWLINK, sequence, linkBody(listed)));
  const done = (sequence: number): void =>
    void libc.answers.push(netlinkMessage(NLMSG_DONE, sequence, new Uint8Array(4)));
  const bodies = [
    addressBody(1, [127, 0, 0, 1]),
    addressBody(3, [10, 0, 0, 9], [10, 9, 0, 1]),
    addressBody(4, [10, 9, 0, 1]),
    addressBody(4, IPV6),
  ];
  for (const body of bodies) libc.answers.push(netlinkMessage(RTM_NEWADDR, 1, body));
  done(1);
  answer(2, { index: 3, name: 'down0', mtu: 1400, up: false });
  answer(3, { index: 4, name: 'mir0', mtu: 1500, mtuIpv6: 1280 });
  const devices = questions.look();
  const mir0 = { name: 'mir0', mtu: 1500, mtuIpv6: 1280, up: true };
  t.strictSame(devices.withAddress('10.9.0.1'), mir0, 'of two devices, that which is up');
  t.strictSame(devices.withAddress('fd00:9::1'), mir0, 'and nothing is asked again');
  t.equal(libc.answers.length, 0);
  done(4);
  t.equal(devices.withAddress('10.0.0.9'), undefined, 'the address of a peer is not ours');
  questions.close();
  t.equal(libc.open.size, 0);
});

t.test('names', async (t) => {
  const libc = new FakeLibc();
  const questions = new HostQuestions(libc);
  libc.answers.push(netlinkMessage(RTM_NEWLINK, 1, linkBody({ index: 7, name: 'eth0', mtu: 9000 })));
  t.strictSame(questions.look().named('eth0'), { name: 'eth0', mtu: 9000, mtuIpv6: undefined, up: true });
  const error = concat(int32(-19), new Uint8Array(16));
  libc.answers.push(netlinkMessage(NLMSG_ERROR, 2, error));
  t.equal(questions.look().named('eth0'), undefined, 'it went meanwhile');
  libc.refused.set('if_nametoindex', 19);
  t.equal(questions.look().named('nowhere'), undefined);
});

t.test('a message without attributes', async (t) => {
  const want = { name: '', mtu: 0, mtuIpv6: undefined, up: false };
  t.strictSame(readHostDevice(new Uint8Array(16)), want);
  const short = concat(new Uint8Array(16), attribute(26, attribute(AF_INET6, attribute(2, int32(1)))));
  t.strictSame(readHostDevice(short), want, 'settings that end early');
});

t.test('the devices of this machine', { skip: !networkInterfaces().lo && 'lo is not up' }, async (t) => {
  const questions = new HostQuestions(await openLibc());
  t.teardown(() => questions.close());
  const devices = questions.look();
  const read = (file: string): number | undefined =>
    existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  const lo = devices.withAddress('127.0.0.1');
  const want = {
    name: 'lo',
    mtu: read('/sys/class/net/lo/mtu'),
    mtuIpv6: read('/proc/sys/net/ipv6/conf/lo/mtu'),
    up: true,
  };
  t.strictSame(lo, want, 'as files of the kernel have it');
  t.strictSame(devices.named('lo'), lo);
  t.equal(devices.named('no such device'), undefined);
  t.equal(devices.withAddress('192.0.2.1'), undefined, 'an address that is not ours');
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    // One may have the address too that comes before.
    for (const { address } of addresses) t.ok(devices.withAddress(address), `${name} ${address}`);
  }
});
