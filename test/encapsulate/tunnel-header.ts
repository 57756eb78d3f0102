/** RFC 7348 §5 over RFC 768, byte for byte. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { TunnelHeader, UDP_AND_VXLAN_BYTES } from '../../src/encapsulate/tunnel-header.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

const DIRT = 0xa5a5a5a5 | 0;

const written = (header: TunnelHeader, innerLength: number, sourcePort: number): Uint8Array =>
  emitted(UDP_AND_VXLAN_BYTES, (bytes, offset) => header.writeTo(bytes, offset, innerLength, sourcePort));

/** Of a larger array, so that what is written around the four words shows. */
function writtenWords(header: TunnelHeader, innerLength: number, sourcePort: number): Uint8Array {
  const words = new Int32Array(6).fill(DIRT);
  header.writeUdpWords(words, 1, innerLength, sourcePort);
  assert.deepEqual([words[0], words[5]], [DIRT, DIRT], 'words around the headers were written');
  return new Uint8Array(words.buffer, 4, UDP_AND_VXLAN_BYTES);
}

t.test('literal bytes', async (t) => {
  t.equal(UDP_AND_VXLAN_BYTES, 16);
  const rows = [
    {
      name: 'a frame of 60 bytes',
      vni: 42,
      innerLength: 60,
      port: 49152,
      want: 'c000 12b5 004c 0000 0800000000002a00',
    },
    {
      name: 'the largest',
      vni: 0xffffff,
      innerLength: 65519,
      port: 65535,
      want: 'ffff 12b5 ffff 0000 08000000ffffff00',
    },
    {
      name: 'nothing inside, VNI 0',
      vni: 0,
      innerLength: 0,
      port: 49153,
      want: 'c001 12b5 0010 0000 0800000000000000',
    },
  ];
  for (const { name, vni, innerLength, port, want } of rows) {
    const header = new TunnelHeader(vni);
    t.same(written(header, innerLength, port), hex(want), name);
    t.same(writtenWords(header, innerLength, port), hex(want), `${name}, as words`);
  }
});

t.test('for any VNI, length and port', async (t) => {
  const property = fc.property(
    fc.nat(0xffffff),
    fc.nat(65519),
    fc.integer({ min: 49152, max: 65535 }),
    (vni, innerLength, sourcePort) => {
      const header = new TunnelHeader(vni);
      // The template must not keep anything of an earlier packet.
      written(header, 65519 - innerLength, 65535);
      const bytes = written(header, innerLength, sourcePort);
      const view = new DataView(bytes.buffer);
      assert.equal(view.getUint16(0), sourcePort, 'source port');
      assert.equal(view.getUint16(4), UDP_AND_VXLAN_BYTES + innerLength, 'UDP length');
      assert.equal(view.getUint32(12), vni * 256, 'VNI and reserved byte');
      assert.deepEqual(writtenWords(header, innerLength, sourcePort), bytes.slice(), 'the two ways are one');
    },
  );
  fc.assert(property, { numRuns: 2000 });
  t.pass();
});
