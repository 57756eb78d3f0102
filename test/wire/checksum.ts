import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { internetChecksum, onesSum, updateChecksum, wordSum } from '../../src/wire/checksum.js';
import { hex } from '../fixtures/frames/hex.js';

const sumOf = (bytes: Uint8Array, initial = 0) => onesSum(bytes, 0, bytes.length, initial);

t.test('sums', async (t) => {
  const rows = [
    { name: 'nothing', bytes: '', want: 0 },
    // RFC 1071 §3.
    { name: 'the example of the RFC', bytes: '0001 f203 f4f5 f6f7', want: 0xddf2 },
    { name: 'an odd last byte is a high one', bytes: '0001 f2', want: 0xf201 },
    { name: 'one byte', bytes: 'ff', want: 0xff00 },
    { name: 'a carry out of a carry', bytes: 'ffff ffff 0001', want: 0x0001 },
    { name: 'all ones', bytes: 'ffff ffff', want: 0xffff },
  ];
  for (const { name, bytes, want } of rows) t.equal(sumOf(hex(bytes)), want, name);
});

t.test('the checksum of a header', async (t) => {
  const header = hex('4500 0073 0000 4000 4011 0000 c0a80001 c0a800c7');
  t.equal(internetChecksum(header, 0, header.length, 0), 0xb861);
});

t.test('the longest frame of the highest bytes', async (t) => {
  t.equal(sumOf(new Uint8Array(262144).fill(0xff), 0xffff), 0xffff);
});

t.test('agrees with addition that never overflows', async (t) => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(0xffff),
    fc.nat(20),
    (bytes, initial, skipped) => {
      const offset = Math.min(skipped, bytes.length);
      assert.equal(
        onesSum(bytes, offset, bytes.length - offset, initial),
        slowSum(bytes.subarray(offset), initial),
      );
    },
  );
  fc.assert(property, { numRuns: 10_000 });
  t.pass();
});

t.test('long ranges, which are folded on the way', async (t) => {
  for (const length of [32766, 32767, 32768, 32769, 65534, 65536, 98305]) {
    const bytes = new Uint8Array(length).map((_, index) => 0xff - (index % 7));
    t.equal(sumOf(bytes, 0xabcd), slowSum(bytes, 0xabcd), `${length} bytes`);
  }
});

t.test('a sum continues one of an even length', async (t) => {
  const bytes = hex('0001 f203 f4f5 f6f7 a9');
  t.equal(onesSum(bytes, 4, 5, onesSum(bytes, 0, 4, 0)), sumOf(bytes));
});

t.test('an update equals a new computation', async (t) => {
  // RFC 1624 §4: equation 3 gives 0x0000 where the older one gave 0xffff.
  t.equal(updateChecksum(0xdd2f, 0x5555, 0x3285), 0x0000, 'the example of the RFC');
  const word = fc.nat(0xffff);
  const property = fc.property(fc.array(word, { minLength: 2, maxLength: 10 }), word, (words, changed) => {
    // A word that stays keeps the sum from being all zeros, which has two representations.
    const before = Uint16Array.from([0x4500, ...words]);
    const after = before.with(1, changed);
    assert.equal(updateChecksum(checksumOf(before), before[1]!, changed), checksumOf(after));
  });
  fc.assert(property, { numRuns: 10_000 });
});

t.test('the sum by words is the sum by bytes, at every offset and length', async (t) => {
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

t.test('the sum by words of the largest words does not overflow', async (t) => {
  const bytes = new Uint8Array(1 << 17).fill(0xff);
  const words = new Int32Array(bytes.buffer);
  for (const length of [65535, 65536, 1 << 17]) {
    t.equal(wordSum(bytes, words, 0, length, 0xffff), onesSum(bytes, 0, length, 0xffff), `${length} bytes`);
  }
});

function checksumOf(words: Uint16Array): number {
  const bytes = Uint8Array.from([...words].flatMap((word) => [word >>> 8, word & 0xff]));
  return internetChecksum(bytes, 0, bytes.length, 0);
}

function slowSum(bytes: Uint8Array, initial: number): number {
  let sum = initial;
  for (const [index, byte] of bytes.entries()) sum += index % 2 === 0 ? byte * 256 : byte;
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum % 0x10000);
  return sum;
}
