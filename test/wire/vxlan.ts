/** VXLAN headers, as literal bytes. */
import t from 'tap';
import { emitVxlan, isVxlan, vxlanHasEthernet, vxlanVni } from '../../src/wire/vxlan.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

t.test('written and read', async (t) => {
  const header = emitted(8, (bytes, offset) => emitVxlan(bytes, offset, 0xabcdef));
  t.same(header, hex('08000000 abcdef00'));
  t.equal(vxlanVni(header, 0), 0xabcdef);
  t.ok(isVxlan(header, 0));
  t.ok(vxlanHasEthernet(header, 0));
});

t.test('other headers', async (t) => {
  const rows = [
    { name: 'reserved bits are ignored', header: '88ffff7f 00002aff', isVxlan: true, ethernet: true },
    { name: 'no VNI', header: '00000000 00002a00', isVxlan: false, ethernet: true },
    { name: 'generic extension, IPv4', header: '0c000001 00002a00', isVxlan: true, ethernet: false },
    { name: 'generic extension, Ethernet', header: '0c000003 00002a00', isVxlan: true, ethernet: true },
  ];
  for (const { name, header, isVxlan: valid, ethernet } of rows) {
    t.equal(isVxlan(hex(header), 0), valid, name);
    t.equal(vxlanHasEthernet(hex(header), 0), ethernet, name);
    t.equal(vxlanVni(hex(header), 0), 42, name);
  }
});
