/** Which devices have a transmit queue for a worker. */
import t from 'tap';
import { DeviceEntry } from '../../../src/io/xdp/xdp-device.js';
import { XdpOpening } from '../../../src/io/xdp/xdp-opening.js';
import { FakeLibc } from '../../fixtures/linux/fake-libc.js';

const DEVICES: Readonly<Record<number, { readonly name: string; readonly queues: number }>> = {
  7: { name: 'one', queues: 1 },
  8: { name: 'two', queues: 2 },
  9: { name: 'four', queues: 4 },
};

t.test('a queue for each worker', async (t) => {
  const libc = new FakeLibc();
  libc.requests.set('aside', (request) => {
    const view = new DataView(request.buffer, request.byteOffset);
    const name = Buffer.from(request.subarray(0, request.indexOf(0))).toString();
    const channels = libc.memory.read(Number(view.getBigUint64(16, true)), 36);
    const { queues = 0 } = Object.values(DEVICES).find((device) => device.name === name) ?? {};
    new DataView(channels.buffer, channels.byteOffset).setUint32(32, queues, true);
  });
  const at = (index: number) => DEVICES[index] && { name: DEVICES[index].name, mtu: 1500 };
  const rows = [
    { worker: 0, want: [7, 8, 9, 10] },
    { worker: 1, want: [8, 9] },
    { worker: 3, want: [9] },
  ];
  for (const { worker, want } of rows) {
    const opening = new XdpOpening(libc, { at }, worker, () => false);
    const devices = [7, 8, 9, 10].map((index) => new DeviceEntry(index, 1514));
    const found = await opening.withQueue(devices);
    t.strictSame(
      found.map(({ interfaceIndex }) => interfaceIndex),
      want,
      `worker ${worker}`,
    );
    for (const device of devices.filter((one) => !found.includes(one)))
      t.equal(device.problem, `the device has no transmit queue for worker ${worker + 1}`);
  }
});
