/** Outer headers over IPv6 (RFC 8200, RFC 768), byte for byte. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Ipv6OuterHeader } from '../../src/encapsulate/ipv6-outer-header.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';
import { CUT } from '../fixtures/plans/builders.js';

const LENGTH = 56;
const SOURCE = 'fd000001000000000000000000000001';
const TARGET = 'fd000009000000000000000000000002';

/** Headers and frame, put together as a sink does. */
function written(header: Ipv6OuterHeader, vni: number, inner: Uint8Array, sourcePort: number): Uint8Array {
  return emitted(LENGTH + inner.length, (bytes, offset) => {
    bytes.set(inner, offset + LENGTH);
    header.writeTo(bytes, offset, inner.length, new TunnelHeader(VXLAN, vni), sourcePort);
  });
}

/** RFC 8200 §8.1, summed anew and slowly: 0 when the checksum is right. */
function checksumError(packet: Uint8Array): number {
  const pseudo = Buffer.alloc(40);
  pseudo.set(packet.subarray(8, 40));
  pseudo.writeUInt32BE(packet.length - 40, 32);
  pseudo[39] = 17;
  const all = Buffer.concat([pseudo, packet.subarray(40), Buffer.alloc(packet.length % 2)]);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) sum = (sum + all.readUInt16BE(at)) % 0xffff;
  return sum;
}

t.test('literal bytes', async (t) => {
  const header = new Ipv6OuterHeader(VXLAN, 'fd00:1::1', 'fd00:9::2', CUT);
  t.same([header.length, header.ipLength, header.fragmentHeaderLength], [56, 40, 48]);
  t.same(
    written(header, 42, hex('0a0b0c0d'), 50000),
    hex(`62000000 0014 11 ff ${SOURCE} ${TARGET} c350 12b5 0014 e799 08000000 00002a00 0a0b0c0d`),
  );
  const linkLocal = new Ipv6OuterHeader(VXLAN, 'fe80::1%eth0', 'fe80::2%eth0', CUT);
  t.same(
    written(linkLocal, 1, hex(''), 50000).subarray(8, 40),
    hex('fe800000000000000000000000000001 fe800000000000000000000000000002'),
    'zones do not leave the host',
  );
});

t.test('a checksum that comes to 0 is written as 0xffff', async (t) => {
  const header = new Ipv6OuterHeader(VXLAN, 'fd00:1::1', 'fd00:9::2', CUT);
  const before = written(header, 42, hex('0000'), 50000);
  const missing = before.subarray(46, 48);
  t.same(written(header, 42, missing, 50000).subarray(46, 48), hex('ffff'));
});

t.test('for any addresses, VNI, frame and port', async (t) => {
  const property = fc.property(
    fc.ipV6(),
    fc.ipV6(),
    fc.nat(0xffffff),
    fc.uint8Array({ maxLength: 300 }),
    fc.integer({ min: 49152, max: 65535 }),
    (source, target, vni, inner, sourcePort) => {
      const header = new Ipv6OuterHeader(VXLAN, source, target, CUT);
      written(header, 0xffffff - vni, Uint8Array.of(1, 2, 3), 65535);
      const packet = written(header, vni, inner, sourcePort);
      const view = new DataView(packet.buffer, packet.byteOffset);
      assert.equal(checksumError(packet), 0, 'checksum');
      assert.notEqual(view.getUint16(46), 0, 'a checksum');
      assert.equal(view.getUint16(4), 16 + inner.length, 'payload length');
      assert.equal(view.getUint16(44), 16 + inner.length, 'UDP length');
      assert.equal(view.getUint32(52), vni * 256, 'VNI and reserved byte');
      assert.deepEqual(packet.slice(56), inner, 'the frame stays');
    },
  );
  fc.assert(property, { numRuns: 2000 });
  t.pass();
});

t.test('the longest', async (t) => {
  const packet = written(
    new Ipv6OuterHeader(VXLAN, 'fd00:1::1', 'fd00:9::2', CUT),
    42,
    new Uint8Array(65519).fill(0xff),
    65535,
  );
  t.equal(checksumError(packet), 0);
  t.same([packet.subarray(4, 6), packet.subarray(44, 46)], [hex('ffff'), hex('ffff')]);
});

t.test('fragments', async (t) => {
  const header = new Ipv6OuterHeader(VXLAN, 'fd00:1::1', 'fd00:9::2', CUT);
  const fragment = (length: number, offset: number, more: boolean): Uint8Array =>
    emitted(48, (bytes, at) => header.writeFragmentTo(bytes, at, length, offset, more, 0x89abcdef | 0));
  t.same(
    fragment(1448, 0, true),
    hex(`62000000 05b0 2c ff ${SOURCE} ${TARGET} 11 00 0001 89abcdef`),
    'the first',
  );
  t.same(
    fragment(7, 65528, false),
    hex(`62000000 000f 2c ff ${SOURCE} ${TARGET} 11 00 fff8 89abcdef`),
    'the last of the longest',
  );
  t.not(
    header.nextIdentification(),
    header.nextIdentification(),
    'each packet has an identification of its own',
  );
});
