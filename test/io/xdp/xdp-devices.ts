/** AF_XDP for the devices by which copies leave: what becomes of one whose sockets fail again and again. */
import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Counters } from '../../../src/counters/counters.js';
import { SESSION_LENGTH } from '../../../src/counters/layout.js';
import type { XdpDevice } from '../../../src/io/xdp/xdp-device.js';
import { XdpDevices } from '../../../src/io/xdp/xdp-devices.js';
import { LinuxError } from '../../../src/linux/errors.js';
import { FakeLibc } from '../../fixtures/linux/fake-libc.js';

const { ENETDOWN, ENOBUFS, EOPNOTSUPP } = constants.errno;

/** Its devices are down. */
class DownLibc extends FakeLibc {
  override sendNothing(): number {
    return -ENETDOWN;
  }
}

/** One socket may lock its memory at a time. */
class LimitedLibc extends FakeLibc {
  override setOption(...args: Parameters<FakeLibc['setOption']>): void {
    if (args[0] === 'XDP_UMEM_REG' && this.open.size > 1) throw new LinuxError(args[0], ENOBUFS);
    super.setOption(...args);
  }
}

function opening(t: Test, libc: FakeLibc = new DownLibc()) {
  let now = 100_000;
  t.intercept(performance, 'now', { value: () => now });
  const counters = new Counters(SESSION_LENGTH);
  const devices = new XdpDevices(libc, counters, { at: () => ({ name: 'mir0', mtu: 1500 }) }, 1 << 30);
  const ring = { descriptor: 5, byteLength: 1 << 20, framesRead: 0, remaining: 0, umemOffset: -1 };
  devices.addRing(ring);
  const check = async (index: number, seconds: number): Promise<XdpDevice> => {
    for (let quarter = 0; quarter < seconds * 4; quarter++) {
      now += 250;
      devices.deviceOf(index);
      devices.check();
      for (let turn = 0; turn < 10; turn++) await nextTurn();
    }
    return devices.deviceOf(index);
  };
  /** The test's kernel has both indices of the transmit ring in one place: all that is published counts as taken. */
  const fail = ({ sender }: XdpDevice, isCompleted = true): void => {
    sender?.post(0, 100, false);
    sender?.end(0, 100);
    if (isCompleted) new Int32Array(libc.mapped.at(-1)!)[0] = 1;
    sender?.flush();
  };
  return { counters, devices, ring, check, fail };
}

t.test('a device that fails again and again is tried less and less often', async (t) => {
  const { devices, check, fail } = opening(t);
  const opened: number[] = [];
  for (let second = 0; second < 300; second++) {
    const device = await check(7, 1);
    if (device.sender === undefined) continue;
    opened.push(second);
    fail(device);
    t.equal(device.sender, undefined);
    t.match(device.problem, 'ENETDOWN');
  }
  const pauses = opened.slice(1).map((second, index) => second - opened[index]!);
  t.same(pauses, [10, 20, 40, 80], 'seconds');
  devices.close();
});

t.test('one that lasted is opened again at once', async (t) => {
  const { devices, check, fail } = opening(t);
  for (let time = 0; time < 3; time++) {
    const device = await check(7, 70);
    t.ok(device.sender, `time ${time}`);
    fail(device);
  }
  t.ok((await check(7, 1)).sender);
  devices.close();
});

t.test('memory may be locked for one socket, not for two beside each other', async (t) => {
  const { devices, check } = opening(t, new LimitedLibc());
  const device = await check(7, 1);
  const first = device.sender;
  t.ok(first);
  devices.addRing({ descriptor: 6, byteLength: 1 << 20, framesRead: 0, remaining: 0, umemOffset: -1 });
  await check(7, 10);
  const end = Date.now() + 5000;
  while (device.sender === undefined && Date.now() < end) await nextTurn();
  t.equal(device.problem, undefined);
  t.ok(device.sender);
  t.not(device.sender, first);
  devices.close();
});

t.test('a socket of which the kernel throws descriptors away is given up, and that is said', async (t) => {
  const libc = new FakeLibc();
  const { check } = opening(t, libc);
  t.ok((await check(7, 1)).sender);
  const statistics = new BigUint64Array(6);
  statistics[2] = 1n;
  libc.options.set('XDP_STATISTICS', new Uint8Array(statistics.buffer));
  const device = await check(7, 1);
  t.equal(device.sender, undefined);
  t.match(device.problem, /EINVAL/);
});

/** A device whose queue another process has, by index, as long as it is told. */
class TakenLibc extends FakeLibc {
  taken: number | undefined = 8;
  tries = 0;

  override bind(descriptor: number, address: Uint8Array): void {
    const index = new DataView(address.buffer).getUint32(4, true);
    if (index === this.taken) this.tries += 1;
    if (index === this.taken) throw new LinuxError('bind', EOPNOTSUPP);
    super.bind(descriptor, address);
  }
}

t.test('a device that no socket could be bound to is tried again, and the others go on', async (t) => {
  const libc = new TakenLibc();
  const { devices, check } = opening(t, libc);
  devices.deviceOf(8);
  const first = (await check(7, 2)).sender;
  t.ok(first, 'it does not wait for the other');
  // The patience for that one is over.
  const end = Date.now() + 5000;
  while (!/ENOTSUP/.test(devices.deviceOf(8).problem ?? '') && Date.now() < end) await nextTurn();
  t.equal(devices.deviceOf(8).sender, undefined);
  t.match(devices.deviceOf(8).problem, 'ENOTSUP');
  const tried = libc.tries;
  await check(7, 25);
  t.equal(libc.tries, tried + 2, 'every ten seconds');
  t.equal((await check(7, 1)).sender, first, 'nothing is replaced for it');
  libc.taken = undefined;
  for (let second = 0; second < 22; second++) {
    devices.deviceOf(8);
    await check(7, 1);
  }
  t.ok(devices.deviceOf(8).sender, 'and it is opened once it can be');
  t.equal(devices.deviceOf(8).problem, undefined);
  devices.close();
});

/** No memory may be locked, as long as it is told. */
class LockedLibc extends FakeLibc {
  isLimited = true;

  override setOption(...args: Parameters<FakeLibc['setOption']>): void {
    if (args[0] === 'XDP_UMEM_REG' && this.isLimited) throw new LinuxError(args[0], ENOBUFS);
    super.setOption(...args);
  }
}

t.test('a device for which no socket could be opened is tried again', async (t) => {
  const libc = new LockedLibc();
  const { devices, check } = opening(t, libc);
  const device = await check(7, 1);
  // Until it is tried anew without the sockets before it.
  const end = Date.now() + 5000;
  while (!/ENOBUFS/.test(device.problem ?? '') && Date.now() < end) await nextTurn();
  t.match(device.problem, 'ENOBUFS');
  await new Promise((resolve) => setTimeout(resolve, 100));
  libc.isLimited = false;
  t.ok((await check(7, 12)).sender);
  devices.close();
});

t.test('memory of a socket that failed is held as long as copies of it are in flight', async (t) => {
  const libc = new DownLibc();
  const { devices, check, fail } = opening(t, libc);
  const device = await check(7, 1);
  fail(device, false);
  t.equal(device.sender, undefined);
  const isFree = devices.hold();
  t.equal(isFree?.(), false);
  const { size } = libc.open;
  new Int32Array(libc.mapped.at(-1)!)[0] = 1;
  t.equal(isFree?.(), true);
  t.equal(libc.open.size, size - 1, 'and it is closed');
  t.equal(devices.hold(), undefined);
  devices.close();
});

t.test('what the kernel threw away is told, also of a socket that was given up for it', async (t) => {
  const libc = new FakeLibc();
  const { counters, devices, check } = opening(t, libc);
  await check(7, 1);
  t.equal(counters.xdpInvalidDescriptors, 0);
  const statistics = new BigUint64Array(6);
  statistics[2] = 3n;
  libc.options.set('XDP_STATISTICS', new Uint8Array(statistics.buffer));
  await check(7, 1);
  t.equal(counters.xdpInvalidDescriptors, 3);
  devices.close();
});

t.test('batches of frames that were read since a socket failed do not wait for it', async (t) => {
  const { devices, check, fail } = opening(t);
  fail(await check(7, 1), false);
  t.equal(devices.hold()?.(), false, 'the batch that it failed in');
  t.equal(devices.hold(), undefined);
  devices.close();

  t.test('but a block that was begun before waits, however many batches it is read in', async (t) => {
    const { devices, ring, check, fail } = opening(t);
    const device = await check(7, 1);
    Object.assign(ring, { framesRead: 9, remaining: 5 });
    fail(device, false);
    t.equal(devices.hold()?.(), false);
    ring.remaining = 2;
    t.equal(devices.hold()?.(), false, 'some of it is read');
    // In one batch to its end, and the first frames of the next one.
    Object.assign(ring, { framesRead: 20, remaining: 4 });
    t.equal(devices.hold()?.(), false, 'all of it is');
    t.equal(devices.hold(), undefined, 'the block behind it');
    devices.close();
  });
});

t.test('a sink that keeps a device which was closed as unused is told so', async (t) => {
  const { devices, check } = opening(t, new FakeLibc());
  const device = await check(7, 1);
  t.ok(device.sender);
  await check(8, 25);
  t.ok(device.sender, 'not yet');
  await check(8, 10);
  t.equal(device.sender, undefined);
  t.match(device.problem, 'no copies left by it');
  devices.close();
});
