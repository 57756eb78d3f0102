/** Outer headers over IPv4 (RFC 791), byte for byte. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Ipv4OuterHeader } from '../../src/encapsulate/ipv4-outer-header.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';
import { CUT, FRAGMENTED } from '../fixtures/plans/builders.js';

const LENGTH = 36;
const MAXIMUM_INNER_LENGTH = 65535 - LENGTH;
const DIRT = 0xa5a5a5a5 | 0;
const tunnel = new TunnelHeader(VXLAN, 42);

const written = (
  header: Ipv4OuterHeader,
  innerLength: number,
  sourcePort: number,
  vni = tunnel,
): Uint8Array =>
  emitted(LENGTH, (bytes, offset) => header.writeTo(bytes, offset, innerLength, vni, sourcePort));

function writtenWords(
  header: Ipv4OuterHeader,
  innerLength: number,
  sourcePort: number,
  vni = tunnel,
): Uint8Array {
  const words = new Int32Array(11).fill(DIRT);
  header.writeWords(words, 1, innerLength, vni, sourcePort);
  assert.deepEqual([words[0], words[10]], [DIRT, DIRT], 'words around the headers were written');
  return new Uint8Array(words.buffer, 4, LENGTH);
}

t.test('literal bytes', async (t) => {
  const rows = [
    {
      name: 'a frame of 60 bytes',
      input: ['10.1.0.1', '10.9.0.2', 42, 60, 49152] as const,
      want: '4520 0060 0000 4000 ff11 6760 0a010001 0a090002  c000 12b5 004c 0000  08000000 00002a00',
    },
    {
      name: 'the largest, from and to high addresses',
      input: ['203.0.113.254', '192.0.2.255', 0xffffff, MAXIMUM_INNER_LENGTH, 65535] as const,
      want: '4520 ffff 0000 4000 ff11 7bce cb0071fe c00002ff  ffff 12b5 ffeb 0000  08000000 ffffff00',
    },
    {
      name: 'nothing inside, VNI 0, a source that the kernel fills in',
      input: ['0.0.0.0', '10.9.0.2', 0, 0, 49153] as const,
      want: '4520 0024 0000 4000 ff11 719e 00000000 0a090002  c001 12b5 0010 0000  08000000 00000000',
    },
  ];
  for (const { name, input, want } of rows) {
    const [source, target, vni, innerLength, sourcePort] = input;
    const header = new Ipv4OuterHeader(VXLAN, source, target, CUT);
    t.same([header.length, header.ipLength, header.fragmentHeaderLength], [36, 20, 20]);
    t.same(written(header, innerLength, sourcePort, new TunnelHeader(VXLAN, vni)), hex(want), name);
    t.same(
      writtenWords(header, innerLength, sourcePort, new TunnelHeader(VXLAN, vni)),
      hex(want),
      `${name}, as words`,
    );
  }
});

t.test('that routers may fragment', async (t) => {
  const header = new Ipv4OuterHeader(VXLAN, '10.1.0.1', '10.9.0.2', FRAGMENTED);
  t.same(
    written(header, 60, 49152),
    hex('4520 0060 0000 0000 ff11 a760 0a010001 0a090002  c000 12b5 004c 0000  08000000 00002a00'),
    'through a raw socket: the kernel puts an identification',
  );
  const identifications = Array.from({ length: 70_000 }, () => {
    const bytes = writtenWords(header, 60, 49152);
    assert.equal(internetChecksum(bytes, 0, 20, 0), 0, 'IP checksum');
    assert.equal(bytes[6]! | bytes[7]!, 0, 'no flags');
    return (bytes[4]! << 8) | bytes[5]!;
  });
  t.notOk(identifications.includes(0), 'never none');
  t.equal(
    new Set(identifications.slice(0, 65535)).size,
    65535,
    'each of its own, for as long as there are any',
  );
});

t.test('for any addresses, VNI, length and port', async (t) => {
  const address = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const property = fc.property(
    address,
    address,
    fc.nat(0xffffff),
    fc.nat(MAXIMUM_INNER_LENGTH),
    fc.integer({ min: 49152, max: 65535 }),
    (source, target, vni, innerLength, sourcePort) => {
      const header = new Ipv4OuterHeader(VXLAN, source.join('.'), target.join('.'), CUT);
      const inside = new TunnelHeader(VXLAN, vni);
      // The template must not keep anything of an earlier packet.
      written(header, MAXIMUM_INNER_LENGTH - innerLength, 65535, inside);
      const bytes = written(header, innerLength, sourcePort, inside);
      const view = new DataView(bytes.buffer);
      assert.equal(internetChecksum(bytes, 0, 20, 0), 0, 'IP checksum');
      assert.equal(view.getUint16(2), LENGTH + innerLength, 'total length');
      assert.deepEqual([bytes.subarray(12, 16), bytes.subarray(16, 20)], [source, target], 'addresses');
      assert.equal(view.getUint16(20), sourcePort, 'source port');
      assert.equal(view.getUint16(24), 16 + innerLength, 'UDP length');
      assert.equal(view.getUint32(32), vni * 256, 'VNI and reserved byte');
      assert.deepEqual(writtenWords(header, innerLength, sourcePort, inside), bytes, 'the two ways are one');
    },
  );
  fc.assert(property, { numRuns: 5000 });
  t.pass();
});

t.test('every length of a header with an ordinary checksum', async (t) => {
  const header = new Ipv4OuterHeader(VXLAN, '10.1.0.1', '10.9.0.2', CUT);
  const bytes = new Uint8Array(LENGTH);
  const wrong: number[] = [];
  for (let innerLength = 0; innerLength <= MAXIMUM_INNER_LENGTH; innerLength++) {
    header.writeTo(bytes, 0, innerLength, tunnel, 50000);
    if (internetChecksum(bytes, 0, 20, 0) !== 0) wrong.push(innerLength);
  }
  t.same(wrong, []);
});

t.test('fragments', async (t) => {
  const header = new Ipv4OuterHeader(VXLAN, '10.1.0.1', '10.9.0.2', FRAGMENTED);
  const fragment = (length: number, offset: number, more: boolean): Uint8Array =>
    emitted(20, (bytes, at) => header.writeFragmentTo(bytes, at, length, offset, more, 0xabcd));
  t.same(fragment(1480, 0, true), hex('4520 05dc abcd 2000 ff11 d616 0a010001 0a090002'), 'the first');
  t.same(fragment(1480, 1480, true), hex('4520 05dc abcd 20b9 ff11 d55d 0a010001 0a090002'), 'a later one');
  t.same(
    fragment(7, 65528, false),
    hex('4520 001b abcd 1fff ff11 dbd8 0a010001 0a090002'),
    'the last of the longest',
  );
});
