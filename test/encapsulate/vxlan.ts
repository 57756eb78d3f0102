/** RFC 7348 §5: what is written, and which packets are ours. */
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';
import { fragment, ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, type Layer, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { tcp, udp } from '../fixtures/frames/transport.js';

t.test('headers', async (t) => {
  t.equal(VXLAN.overhead, 16);
  const rows = [
    { vni: 0, want: '08000000 00000000' },
    { vni: 42, want: '08000000 00002a00' },
    { vni: 0x123456, want: '08000000 12345600' },
    { vni: 0xffffff, want: '08000000 ffffff00' },
  ];
  for (const { vni, want } of rows) {
    const headers = emitted(16, (bytes, offset) =>
      VXLAN.write(bytes, offset, vni, { sessionNumber: 1, direction: 'egress' }),
    );
    t.same(headers, hex(`0000 12b5 0000 0000 ${want}`), `VNI ${vni}`);
  }
});

t.test('packets', async (t) => {
  const header = (flags: number): Layer => payload(Uint8Array.of(flags, 0, 0, 0, 0, 0, 7, 0));
  const ports = udp({ sourcePort: 49152, destinationPort: 4789 });
  const rows = [
    { name: 'over IPv4', layers: [ipv4(), ports, header(8)], own: true, carries: true },
    { name: 'over IPv6', layers: [ipv6(), ports, header(8)], own: true, carries: true },
    { name: 'other flags beside', layers: [ipv4(), ports, header(0xff)], own: true, carries: true },
    { name: 'without a valid VNI', layers: [ipv4(), ports, header(0xf7)], own: true, carries: false },
    { name: 'cut behind UDP', layers: [ipv4(), ports], own: true, carries: false },
    {
      name: 'a source port that no flow has',
      layers: [ipv4(), udp({ sourcePort: 49151, destinationPort: 4789 }), header(8)],
      own: false,
      carries: true,
    },
    {
      name: 'another port',
      layers: [ipv4(), udp({ sourcePort: 50000, destinationPort: 4790 }), header(8)],
      own: false,
      carries: false,
    },
    {
      name: 'TCP',
      layers: [ipv4(), tcp({ sourcePort: 50000, destinationPort: 4789 }), header(8)],
      own: false,
      carries: false,
    },
    {
      name: 'a later fragment',
      layers: [ipv6(), fragment({ nextHeader: 17, offset: 185 }), header(8)],
      own: false,
      carries: false,
    },
  ];
  const decoded = new Decoded();
  for (const { name, layers, own, carries } of rows) {
    const bytes = frame(ethernet(), ...layers);
    decode(bytes, 0, bytes.length, decoded);
    t.equal(VXLAN.isOwnCopy(decoded), own, `${name}: ours`);
    const inside = VXLAN.frameInside(bytes, 0, bytes.length, decoded);
    t.equal(inside, carries ? decoded.transportOffset + 16 : -1, `${name}: where it carries a frame`);
  }
});
