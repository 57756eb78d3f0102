/** Both byte orders, at the values where a sign bit gets in the way. */
import t from 'tap';
import {
  readInt32,
  readUint16,
  readUint16In,
  readUint32In,
  writeUint16,
  writeUint32,
} from '../../src/wire/integers.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

t.test('read', async (t) => {
  const rows = [
    { bytes: '00000000', big: 0, little: 0 },
    { bytes: '01020304', big: 0x01020304, little: 0x04030201 },
    { bytes: '7fffffff', big: 0x7fffffff, little: 0xffffff7f },
    { bytes: '80000000', big: 0x80000000, little: 0x00000080 },
    { bytes: 'ffffffff', big: 0xffffffff, little: 0xffffffff },
  ];
  for (const { bytes, big, little } of rows) {
    const memory = hex(`a5 ${bytes} a5`);
    t.equal(readInt32(memory, 1), big | 0, `${bytes} as int32`);
    t.equal(readUint32In(memory, 1, false), big, `${bytes} big-endian`);
    t.equal(readUint32In(memory, 1, true), little, `${bytes} little-endian`);
    t.equal(readUint16(memory, 1), big >>> 16, `${bytes} as uint16`);
    t.equal(readUint16In(memory, 1, false), big >>> 16, `${bytes} big-endian uint16`);
    t.equal(readUint16In(memory, 1, true), little & 0xffff, `${bytes} little-endian uint16`);
  }
});

t.test('write', async (t) => {
  for (const value of [0, 0x01020304, 0x7fffffff, 0x80000000, 0xffffffff, -1, -2147483648]) {
    const word = (value >>> 0).toString(16).padStart(8, '0');
    t.same(
      emitted(4, (bytes, offset) => writeUint32(bytes, offset, value)),
      hex(word),
      `${value}`,
    );
    t.same(
      emitted(2, (bytes, offset) => writeUint16(bytes, offset, value)),
      hex(word.slice(4)),
      `low bits of ${value}`,
    );
  }
});
