import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { CaptureRecord } from '../../src/wire/capture-bytes.js';
import { setTimestamp, unitsPerSecond } from '../../src/wire/pcapng-records.js';

t.test('resolutions', async (t) => {
  t.equal(unitsPerSecond(0), 1);
  t.equal(unitsPerSecond(6), 1e6);
  t.equal(unitsPerSecond(13), 1e13);
  t.equal(unitsPerSecond(14), undefined);
  t.equal(unitsPerSecond(127), undefined);
  t.equal(unitsPerSecond(0x80), 1);
  t.equal(unitsPerSecond(0x80 + 20), 2 ** 20);
  t.equal(unitsPerSecond(0x80 + 45), 2 ** 45);
  t.equal(unitsPerSecond(0x80 + 46), undefined);
  t.equal(unitsPerSecond(0xff), undefined);
});

t.test('any 64-bit count in any unit, as integers of any size have it', async (t) => {
  const word = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff));
  const resolution = fc.oneof(fc.nat(13), fc.integer({ min: 0x80, max: 0x80 + 45 }));
  const record = new CaptureRecord();
  const property = fc.property(word, word, resolution, (high, low, exponent) => {
    const units = unitsPerSecond(exponent)!;
    setTimestamp(record, high, low, units);
    const count = (BigInt(high) << 32n) | BigInt(low);
    const rest = count % BigInt(units);
    const seconds = Number(count / BigInt(units));
    // More than a double can count is no date.
    if (seconds <= Number.MAX_SAFE_INTEGER) assert.equal(record.seconds, seconds);
    const nanoseconds = Number((rest * 1_000_000_000n) / BigInt(units));
    // Units of 2^-33 seconds and finer are no fractions of a nanosecond: one off is the rounding of a double.
    const tolerance = exponent > 0x80 + 32 ? 1 : 0;
    assert.ok(
      Math.abs(record.nanoseconds - nanoseconds) <= tolerance,
      `${record.nanoseconds} ${nanoseconds}`,
    );
    assert.ok(record.nanoseconds >= 0 && record.nanoseconds < 1e9);
  });
  fc.assert(property, { numRuns: 50_000 });
  t.pass();
});
