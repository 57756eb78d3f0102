/** The way that is told is the one that is taken. */
import t from 'tap';
import { directEmission } from '../../../src/io/ring/direct-emission.js';
import type { XdpDevice } from '../../../src/io/xdp/xdp-device.js';

const DEVICE = { interfaceIndex: 7, maximumLength: 1514 };
const OPEN: XdpDevice = { ...DEVICE, sender: {} as NonNullable<XdpDevice['sender']>, problem: undefined };
const CLOSED: XdpDevice = { ...DEVICE, sender: undefined, problem: 'bind: EBUSY' };

t.test('how direct copies leave', async (t) => {
  const none = { byXdp: 0, outside: 0 };
  const rows = [
    { name: 'AF_XDP is not wanted', device: undefined, use: undefined, want: ['packet-socket', /^$/] },
    { name: 'it is not possible', device: CLOSED, use: none, want: ['packet-socket', /^bind: EBUSY$/] },
    { name: 'nothing was sent yet', device: OPEN, use: none, want: ['xdp', /^$/] },
    { name: 'all by AF_XDP', device: OPEN, use: { byXdp: 9, outside: 0 }, want: ['xdp', /^$/] },
    { name: 'most', device: OPEN, use: { byXdp: 9, outside: 3 }, want: ['xdp', /some rings/] },
    { name: 'few', device: OPEN, use: { byXdp: 3, outside: 9 }, want: ['packet-socket', /some rings/] },
    { name: 'none', device: OPEN, use: { byXdp: 0, outside: 1 }, want: ['packet-socket', /xdpMegabytes/] },
  ];
  for (const { name, device, use, want } of rows) {
    const { emission, emissionReason } = directEmission(device, use);
    t.equal(emission, want[0], name);
    t.match(emissionReason, want[1], name);
  }
});
