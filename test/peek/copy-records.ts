/** Records in any pieces, and bytes that are no records. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  COPY_BYTES,
  copyFields,
  copyRecordLength,
  emitCopyFields,
  emitLeftOut,
  LEFT_OUT_LENGTH,
  MAXIMUM_RECORD_BYTES,
  RECORD_NOTE,
  RecordStream,
  recordText,
  setRecordNumber,
  shortenedCopy,
  textRecord,
} from '../../src/peek/copy-records.js';

function copyRecord(bytes: Uint8Array, origin = 5): Uint8Array {
  const record = new Uint8Array(copyRecordLength(bytes.length)).fill(0xa5);
  emitCopyFields(record, 0, origin, 4_000_000_000, 999_999_999, 9000, bytes.length, bytes.length);
  record.set(bytes, COPY_BYTES);
  return record;
}

t.test('a copy, word by word', async (t) => {
  const record = new Uint8Array(copyRecordLength(3) + 8);
  emitCopyFields(record, 8, 1, 2, 3, 4, 3, 3);
  const words = [...new Uint32Array(record.buffer, 8, 8)];
  t.strictSame(words, [40, 3, 1, 2, 3, 4, 3, 3]);
});

t.test('records cut anywhere come together again', async (t) => {
  const text = fc
    .string({ maxLength: 200, unit: 'binary' })
    .map((value) => textRecord(RECORD_NOTE, 0, value));
  const copy = fc.uint8Array({ maxLength: 300 }).map((bytes) => copyRecord(bytes));
  const property = fc.property(
    fc.array(fc.oneof(text, copy), { maxLength: 20 }),
    fc.array(fc.nat(400), { maxLength: 20 }),
    (records, cuts) => {
      const whole = Buffer.concat(records);
      const stream = new RecordStream();
      const seen: Buffer[] = [];
      let at = 0;
      for (const length of [...cuts, whole.length]) {
        stream.push(whole.subarray(at, at + length), (bytes, offset, count) =>
          seen.push(Buffer.from(bytes.slice(offset, offset + count))),
        );
        at += length;
      }
      assert.deepEqual(
        seen,
        records.map((record) => Buffer.from(record)),
      );
    },
  );
  fc.assert(property);
  t.pass();
});

t.test('fields and texts are read as they were written', async (t) => {
  const record = copyRecord(Uint8Array.of(1, 2, 3));
  setRecordNumber(record, 0, 77);
  t.strictSame(copyFields(record, 0), {
    origin: 77,
    seconds: 4_000_000_000,
    nanoseconds: 999_999_999,
    wireLength: 9000,
    copyLength: 3,
    keptLength: 3,
  });
  t.equal(recordText(textRecord(RECORD_NOTE, 0, 'grün'), 0), 'grün');
});

t.test('a copy is shortened, and keeps the length that it had', async (t) => {
  const record = copyRecord(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
  const shortened = shortenedCopy(record, 0, 4);
  t.equal(shortened.length, copyRecordLength(4));
  t.match(copyFields(shortened, 0), { keptLength: 4, copyLength: 9, wireLength: 9000, origin: 5 });
  t.strictSame([...shortened.slice(COPY_BYTES, COPY_BYTES + 4)], [1, 2, 3, 4]);
  t.match(copyFields(shortenedCopy(record, 0, 100), 0), { keptLength: 9 });
  t.match(copyFields(shortenedCopy(record, 0, 0), 0), { keptLength: 0, copyLength: 9 });
});

t.test('lengths that no record has', async (t) => {
  for (const length of [0, 4, 7, 12, MAXIMUM_RECORD_BYTES + 8, 0xffffffff]) {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32LE(length, 0);
    t.throws(() => new RecordStream().push(bytes, () => {}), RangeError, String(length));
  }
});

t.test('fields that do not fit their record', async (t) => {
  const bad = (offset: number, value: number): Uint8Array => {
    const record = copyRecord(new Uint8Array(20));
    new DataView(record.buffer).setUint32(offset, value, true);
    return record;
  };
  t.throws(() => copyFields(bad(28, 100), 0), RangeError, 'more bytes than there are');
  t.throws(() => copyFields(bad(28, 0xffffffff), 0), RangeError);
  t.throws(() => copyFields(bad(24, 19), 0), RangeError, 'more bytes than the copy has');
  t.throws(() => copyFields(bad(16, 1_000_000_000), 0), RangeError, 'a second too many');
  const short = new Uint8Array(LEFT_OUT_LENGTH);
  emitLeftOut(short, 0, 1, 1);
  t.throws(() => copyFields(short, 0), RangeError, 'another record');
  const text = textRecord(RECORD_NOTE, 0, 'abc');
  new DataView(text.buffer).setUint32(12, 60_000, true);
  t.throws(() => recordText(text, 0), RangeError);
});

t.test('any bytes give records or a RangeError, and nothing beside them is read', async (t) => {
  const property = fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 10 }), (pieces) => {
    const stream = new RecordStream();
    try {
      for (const piece of pieces) {
        stream.push(piece, (bytes, offset, length) => {
          assert.ok(offset + length <= bytes.length);
          try {
            copyFields(bytes, offset);
            recordText(bytes, offset);
          } catch (error) {
            assert.ok(error instanceof RangeError);
          }
        });
      }
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  });
  fc.assert(property, { numRuns: 2000 });
  t.pass();
});
