/** Questions about devices by ioctl(2), to a fake kernel; the real one is asked in test/live/linux/in-namespace.ts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import {
  hasDevice,
  requestMtu,
  requestSpeed,
  requestTransmitQueues,
} from '../../src/linux/device-requests.js';
import { openLibc } from '../../src/linux/libc.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('utf8');

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Fills the memory that a request names. */
function filling(libc: FakeLibc, length: number, fill: (memory: DataView, command: number) => void) {
  return (request: Uint8Array): void => {
    const memory = view(libc.memory.read(Number(view(request).getBigUint64(16, true)), length));
    fill(memory, memory.getUint32(0, true));
  };
}

t.test('whether a device is there', async (t) => {
  const libc = new FakeLibc();
  for (const name of ['eth0', 'a-name-of-15-by', 'é']) t.equal(hasDevice(libc, name), true, name);
  t.equal(hasDevice(libc, 'a-name-of-16-byt'), false, 'too long for one');
  t.equal(hasDevice(libc, ''), false, 'no name');
  libc.getOption = (_op, _descriptor, _level, _option, value) => void value.set([101, 116, 104, 48, 0]);
  t.equal(hasDevice(libc, 'eth0'), true);
  t.equal(hasDevice(libc, 'altname'), false, 'another name of a device is not its name');
  libc.refused.set('SO_BINDTODEVICE', 19);
  t.equal(hasDevice(libc, 'eth0'), false, 'ENODEV');
  t.notOk([...libc.requests.keys()].length, 'nothing that loads a module is asked');
  t.equal(libc.open.size, 0, 'every socket is closed');
});

t.test('MTU', async (t) => {
  const libc = new FakeLibc();
  t.equal(requestMtu(libc, 'eth0'), undefined);
  libc.requests.set('SIOCGIFMTU', (request) => {
    t.equal(text(request), 'eth0');
    view(request).setInt32(16, 9000, true);
  });
  t.equal(requestMtu(libc, 'eth0'), 9000);
  libc.refused.set('socket', 24);
  t.equal(requestMtu(libc, 'eth0'), undefined, 'no descriptor is left');
  t.equal(libc.open.size, 0);
});

t.test('speed', async (t) => {
  for (const [low, high, want] of [
    [1000, 0, 1e9],
    [0x86a0, 1, 100e9],
    [0, 0, undefined],
    [0xffff, 0xffff, undefined],
  ] as const) {
    const libc = new FakeLibc();
    const fill = filling(libc, 44, (memory, command) => {
      t.equal(command, 1);
      memory.setUint16(12, low, true);
      memory.setUint16(28, high, true);
    });
    libc.requests.set('ETHTOOL_GSET', fill);
    t.equal(requestSpeed(libc, 'eth0'), want);
    t.strictSame([libc.open.size, libc.memory.size], [0, 0], 'nothing is kept');
  }
});

t.test('transmit queues', async (t) => {
  for (const [sending, combined, want] of [
    [0, 4, 4],
    [2, 0, 2],
    [1, 3, 4],
    [0, 0, 1],
  ] as const) {
    const libc = new FakeLibc();
    const fill = filling(libc, 36, (memory, command) => {
      t.equal(command, 0x3c);
      memory.setUint32(24, sending, true);
      memory.setUint32(32, combined, true);
    });
    libc.requests.set('aside', fill);
    t.equal(await requestTransmitQueues(libc, 'no such', 7), want);
    t.strictSame([libc.open.size, libc.memory.size], [0, 0], 'nothing is kept');
  }
  t.equal(await requestTransmitQueues(new FakeLibc(), 'no such', 7), 1, 'the driver does not say');
  t.equal(await requestTransmitQueues(new FakeLibc(), 'lo', 7777), 1, 'sysfs shows another device');
});

t.test('the kernel of this machine', { skip: !existsSync('/sys/class/net/lo') && 'no sysfs' }, async (t) => {
  const libc = await openLibc();
  const read = (name: string, file: string): number =>
    Number(readFileSync(`/sys/class/net/${name}/${file}`, 'utf8'));
  for (const name of readdirSync('/sys/class/net').filter((one) => existsSync(`/sys/class/net/${one}/mtu`))) {
    t.equal(hasDevice(libc, name), true, name);
    t.equal(requestMtu(libc, name), read(name, 'mtu'), `${name}: MTU`);
    const queues = readdirSync(`/sys/class/net/${name}/queues`).filter((one) => one.startsWith('tx-')).length;
    t.equal(await requestTransmitQueues(libc, name, read(name, 'ifindex')), queues, `${name}: queues`);
  }
  t.equal(requestSpeed(libc, 'lo'), undefined, 'loopback has none');
  t.equal(hasDevice(libc, 'no such device'), false);
  t.equal(requestMtu(libc, 'no such device'), undefined);
  t.equal(requestSpeed(libc, 'no such device'), undefined);
  t.equal(await requestTransmitQueues(libc, 'no such device', 7777), 1);
});
