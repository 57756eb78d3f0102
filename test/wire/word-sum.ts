/** The sum by words is the sum by bytes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { onesSum, wordSum } from '../../src/wire/checksum.js';

t.test('at every offset and length', async (t) => {
  const property = fc.property(
    fc.uint8Array({ minLength: 64, maxLength: 4096 }),
    fc.nat(60),
    fc.nat(4096),
    fc.nat(0xffff),
    (content, offset, most, initial) => {
      const bytes = new Uint8Array((content.length + 3) & ~3);
      bytes.set(content);
      const length = Math.min(most, content.length - offset);
      const words = new Int32Array(bytes.buffer);
      assert.equal(
        wordSum(bytes, words, offset, length, initial) % 0xffff,
        onesSum(bytes, offset, length, initial) % 0xffff,
      );
    },
  );
  fc.assert(property, { numRuns: 3000 });
  t.pass();
});

t.test('the largest words do not overflow', async (t) => {
  const bytes = new Uint8Array(1 << 17).fill(0xff);
  const words = new Int32Array(bytes.buffer);
  for (const length of [65535, 65536, 1 << 17]) {
    t.equal(wordSum(bytes, words, 0, length, 0xffff), onesSum(bytes, 0, length, 0xffff), `${length} bytes`);
  }
});
