/** The longest frames: overheads of 36 and 56 bytes, and 16-bit lengths. */
import t from 'tap';
import { innerLengthWithin, longestInnerLength } from '../../src/encapsulate/outer-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';

t.test('in one packet', async (t) => {
  const rows = [
    { mtu: 1500, over4: 1464, over6: 1444 },
    { mtu: 9000, over4: 8964, over6: 8944 },
    { mtu: 65535, over4: 65499, over6: 65479 },
    { mtu: 65536, over4: 65499, over6: 65480 },
    { mtu: 100_000, over4: 65499, over6: 65519 },
    { mtu: 36, over4: 0, over6: 0 },
    { mtu: 0, over4: 0, over6: 0 },
  ];
  for (const { mtu, over4, over6 } of rows) {
    t.equal(innerLengthWithin(VXLAN, '10.9.0.2', mtu), over4, `${mtu} over IPv4`);
    t.equal(innerLengthWithin(VXLAN, 'fe80::2%mir0', mtu), over6, `${mtu} over IPv6`);
  }
});

t.test('in a datagram', async (t) => {
  t.equal(longestInnerLength(VXLAN, '10.9.0.2'), 65499);
  t.equal(longestInnerLength(VXLAN, 'fd00::2'), 65519);
});
