/** The outer headers of a copy, each as literal bytes. */
import t from 'tap';
import { emitEthernet, etherType, sourceMacEquals } from '../../src/wire/ethernet.js';
import { emitIpv4, ipv4Checksum, setIpv4Length } from '../../src/wire/ipv4.js';
import { extensionLength, isExtensionHeader } from '../../src/wire/ipv6-extension.js';
import { emitUdp, setUdpPortAndLength } from '../../src/wire/udp.js';
import { insertVlanTag, isVlanType, vlanInnerType } from '../../src/wire/vlan.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

const DESTINATION = hex('0a1b2c3d4e5f');
const SOURCE = hex('020000000001');

t.test('Ethernet', async (t) => {
  const header = emitted(14, (bytes, offset) => emitEthernet(bytes, offset, DESTINATION, SOURCE, 0x86dd));
  t.same(header, hex('0a1b2c3d4e5f 020000000001 86dd'));
  t.equal(etherType(header, 0), 0x86dd);
  t.ok(sourceMacEquals(header, 0, SOURCE));
  t.notOk(sourceMacEquals(header, 0, DESTINATION));
});

t.test('VLAN', async (t) => {
  const tags = [0x8100, 0x88a8, 0x9100];
  for (const type of tags) t.ok(isVlanType(type), `0x${type.toString(16)}`);
  for (const type of [0x0800, 0x86dd, 0x8847, 0x9200, 0]) t.notOk(isVlanType(type), `0x${type.toString(16)}`);
  t.equal(vlanInnerType(hex('e064 88a8'), 0), 0x88a8);

  const frame = hex('a5a5a5a5 0a1b2c3d4e5f 020000000001 0800 4500');
  insertVlanTag(frame, 0, 0x8100, 0x2064);
  t.same(frame, hex('0a1b2c3d4e5f 020000000001 8100 2064 0800 4500'), 'a tag put back');
});

t.test('IPv4', async (t) => {
  const fields = {
    totalLength: 0x0073,
    identification: 0,
    dontFragment: true,
    dscp: 0,
    timeToLive: 64,
    protocol: 17,
    source: 0xc0a80001,
    destination: 0xc0a800c7,
  };
  const header = emitted(20, (bytes, offset) => emitIpv4(bytes, offset, fields));
  t.same(header, hex('4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7'));
  t.equal(ipv4Checksum(header, 0), 0xb861);

  const other = {
    ...fields,
    identification: 0xabcd,
    dontFragment: false,
    timeToLive: 255,
    totalLength: 65535,
  };
  t.same(
    emitted(20, (bytes, offset) => emitIpv4(bytes, offset, other)),
    hex('4500 ffff abcd 0000 ff11 8e06 c0a80001 c0a800c7'),
    'other values',
  );
  t.same(
    emitted(20, (bytes, offset) => emitIpv4(bytes, offset, { ...fields, source: 0xc0a80001 | 0 })),
    header,
    'an address as int32',
  );

  setIpv4Length(header, 0, 0x0102, 0x0304);
  t.same(header, hex('4500 0102 0000 4000 4011 0304 c0a80001 c0a800c7'), 'length and checksum replaced');
});

t.test('IPv6 extension headers', async (t) => {
  for (const type of [0, 43, 44, 51, 60, 135]) t.ok(isExtensionHeader(type), `${type}`);
  for (const type of [1, 6, 17, 50, 58, 59, 62, 139, 140, 255]) t.notOk(isExtensionHeader(type), `${type}`);
  const rows = [
    { name: 'hop-by-hop, the shortest', type: 0, units: 0, want: 8 },
    { name: 'routing', type: 43, units: 4, want: 40 },
    { name: 'destination options, the longest', type: 60, units: 255, want: 2048 },
    { name: 'AH', type: 51, units: 4, want: 24 },
    { name: 'AH of length 0', type: 51, units: 0, want: 8 },
    { name: 'AH, the longest', type: 51, units: 255, want: 1028 },
    { name: 'fragment, whose length byte is reserved', type: 44, units: 255, want: 8 },
  ];
  for (const { name, type, units, want } of rows) {
    t.equal(extensionLength(type, Uint8Array.of(6, units), 0), want, name);
  }
});

t.test('UDP', async (t) => {
  const header = emitted(8, (bytes, offset) => emitUdp(bytes, offset, 0xc001, 4789, 0x0102, 0));
  t.same(header, hex('c001 12b5 0102 0000'));
  setUdpPortAndLength(header, 0, 0xffff, 0xfedc);
  t.same(header, hex('ffff 12b5 fedc 0000'), 'source port and length replaced');
  t.same(
    emitted(8, (bytes, offset) => emitUdp(bytes, offset, 1, 2, 3, 0xbeef)),
    hex('0001 0002 0003 beef'),
    'a checksum',
  );
});
