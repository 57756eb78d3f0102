/** VXLAN (RFC 7348 §5) over UDP (RFC 768), byte for byte; and encapsulations of other lengths and protocols. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

const DIRT = 0xa5a5a5a5 | 0;

const written = (header: TunnelHeader, innerLength: number, sourcePort: number): Uint8Array =>
  emitted(VXLAN.overhead, (bytes, offset) => header.writeTo(bytes, offset, innerLength, sourcePort));

/** Four words of a larger array, so that a write around them is found. */
function writtenWords(header: TunnelHeader, innerLength: number, sourcePort: number): Uint8Array {
  const words = new Int32Array(6).fill(DIRT);
  header.writeWords(words, 1, innerLength, sourcePort);
  assert.deepEqual([words[0], words[5]], [DIRT, DIRT], 'words around the headers were written');
  return new Uint8Array(words.buffer, 4, VXLAN.overhead);
}

t.test('literal bytes', async (t) => {
  t.equal(VXLAN.overhead, 16);
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
    const header = new TunnelHeader(VXLAN, vni);
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
      const header = new TunnelHeader(VXLAN, vni);
      // The template must not keep anything of an earlier packet.
      written(header, 65519 - innerLength, 65535);
      const bytes = written(header, innerLength, sourcePort);
      const view = new DataView(bytes.buffer);
      assert.equal(view.getUint16(0), sourcePort, 'source port');
      assert.equal(view.getUint16(4), VXLAN.overhead + innerLength, 'UDP length');
      assert.equal(view.getUint32(12), vni * 256, 'VNI and reserved byte');
      assert.deepEqual(writtenWords(header, innerLength, sourcePort), bytes.slice(), 'the two ways are one');
    },
  );
  fc.assert(property, { numRuns: 2000 });
  t.pass();
});

t.test('other encapsulations', async (t) => {
  const rows = [
    { name: 'UDP, and a longer header', protocol: 17, overhead: 20 },
    { name: 'UDP, and a shorter header', protocol: 17, overhead: 12 },
    { name: 'IP', protocol: 47, overhead: 8 },
    { name: 'IP, as long as VXLAN', protocol: 47, overhead: 16 },
  ];
  for (const { name, protocol, overhead } of rows) {
    const isUdp = protocol === 17;
    const differs = (index: number): boolean => isUdp && [0, 1, 4, 5, 6, 7].includes(index);
    const write = (bytes: Uint8Array, offset: number): void => {
      for (let index = 0; index < overhead; index++) bytes[offset + index] = differs(index) ? 0 : index + 1;
    };
    const header = new TunnelHeader({ ...VXLAN, protocol, overhead, write }, 0);
    const want = Uint8Array.from({ length: overhead }, (_, index) => (differs(index) ? 0 : index + 1));
    if (isUdp) want.set([0xc0, 0x01], 0);
    if (isUdp) want.set([0, overhead + 100], 4);
    t.same(
      emitted(overhead, (bytes, offset) => header.writeTo(bytes, offset, 100, 0xc001)),
      want,
      name,
    );
    const words = new Int32Array(overhead / 4 + 2).fill(DIRT);
    header.writeWords(words, 1, 100, 0xc001);
    t.same(new Uint8Array(words.buffer, 4, overhead), want, `${name}, as words`);
    t.same([words[0], words.at(-1)], [DIRT, DIRT], `${name}: words around it`);
  }
});
