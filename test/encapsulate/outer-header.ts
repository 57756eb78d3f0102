/** RFC 7348 §5 over RFC 791 and RFC 768, byte for byte. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { OUTER_HEADER_BYTES, OuterHeader, UDP_AND_VXLAN_BYTES } from '../../src/encapsulate/outer-header.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

const MAXIMUM_INNER_LENGTH = 65535 - OUTER_HEADER_BYTES;
const DIRT = 0xa5a5a5a5 | 0;

const written = (header: OuterHeader, innerLength: number, sourcePort: number): Uint8Array =>
  emitted(OUTER_HEADER_BYTES, (bytes, offset) => header.writeTo(bytes, offset, innerLength, sourcePort));

/** Of a larger array, so that what is written around the four words shows. */
function writtenWords(header: OuterHeader, innerLength: number, sourcePort: number): Uint8Array {
  const words = new Int32Array(6).fill(DIRT);
  header.writeUdpWords(words, 1, innerLength, sourcePort);
  assert.deepEqual([words[0], words[5]], [DIRT, DIRT], 'words around the headers were written');
  return new Uint8Array(words.buffer, 4, UDP_AND_VXLAN_BYTES);
}

t.test('lengths', async (t) => {
  t.equal(OUTER_HEADER_BYTES, 36);
  t.equal(UDP_AND_VXLAN_BYTES, 16);
  t.equal(new OuterHeader('10.0.0.1', '10.0.0.2', 1).length, 36);
});

t.test('literal bytes', async (t) => {
  const rows = [
    {
      name: 'a frame of 60 bytes',
      input: ['10.1.0.1', '10.9.0.2', 42, 60, 49152] as const,
      want: '4500 0060 0000 4000 ff11 6780 0a010001 0a090002  c000 12b5 004c 0000  08000000 00002a00',
    },
    {
      name: 'the largest, from and to high addresses',
      input: ['203.0.113.254', '192.0.2.255', 0xffffff, MAXIMUM_INNER_LENGTH, 65535] as const,
      want: '4500 ffff 0000 4000 ff11 7bee cb0071fe c00002ff  ffff 12b5 ffeb 0000  08000000 ffffff00',
    },
    {
      name: 'nothing inside, VNI 0, a source that the kernel fills in',
      input: ['0.0.0.0', '10.9.0.2', 0, 0, 49153] as const,
      want: '4500 0024 0000 4000 ff11 71be 00000000 0a090002  c001 12b5 0010 0000  08000000 00000000',
    },
  ];
  for (const { name, input, want } of rows) {
    const [source, destination, vni, innerLength, sourcePort] = input;
    const header = new OuterHeader(source, destination, vni);
    t.same(written(header, innerLength, sourcePort), hex(want), name);
    t.same(
      writtenWords(header, innerLength, sourcePort),
      hex(want).subarray(20),
      `${name}: UDP and VXLAN alone`,
    );
  }
});

t.test('for any addresses, VNI, length and port', async (t) => {
  const address = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const property = fc.property(
    address,
    address,
    fc.nat(0xffffff),
    fc.nat(MAXIMUM_INNER_LENGTH),
    fc.integer({ min: 49152, max: 65535 }),
    (source, destination, vni, innerLength, sourcePort) => {
      const header = new OuterHeader(source.join('.'), destination.join('.'), vni);
      // The template must not keep anything of an earlier packet.
      written(header, MAXIMUM_INNER_LENGTH - innerLength, 65535);
      const bytes = written(header, innerLength, sourcePort);
      const view = new DataView(bytes.buffer);
      assert.equal(internetChecksum(bytes, 0, 20, 0), 0, 'IP checksum');
      assert.equal(view.getUint16(2), OUTER_HEADER_BYTES + innerLength, 'total length');
      assert.deepEqual([bytes.subarray(12, 16), bytes.subarray(16, 20)], [source, destination], 'addresses');
      assert.equal(view.getUint16(20), sourcePort, 'source port');
      assert.equal(view.getUint16(24), UDP_AND_VXLAN_BYTES + innerLength, 'UDP length');
      assert.equal(view.getUint32(32), vni * 256, 'VNI and reserved byte');
      assert.deepEqual(
        writtenWords(header, innerLength, sourcePort),
        bytes.slice(20),
        'the two ways are one',
      );
    },
  );
  fc.assert(property, { numRuns: 5000 });
  t.pass();
});

t.test('every length of a header with an ordinary checksum', async (t) => {
  const header = new OuterHeader('10.1.0.1', '10.9.0.2', 42);
  const bytes = new Uint8Array(OUTER_HEADER_BYTES);
  const wrong: number[] = [];
  for (let innerLength = 0; innerLength <= MAXIMUM_INNER_LENGTH; innerLength++) {
    header.writeTo(bytes, 0, innerLength, 50000);
    if (internetChecksum(bytes, 0, 20, 0) !== 0) wrong.push(innerLength);
  }
  t.same(wrong, []);
});
