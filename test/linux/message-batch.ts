/** Messages for sendmmsg(2), read as the kernel reads them. */
import t from 'tap';
import { MessageBatch } from '../../src/linux/message-batch.js';
import { hex } from '../fixtures/frames/hex.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

function batchOf(capacity: number, headerLength: number) {
  const libc = new FakeLibc();
  const batch = new MessageBatch(libc, capacity);
  batch.setHeaderLength(headerLength);
  const body = hex('00112233 44556677');
  return { libc, batch, body, address: libc.memory.place(body) };
}

t.test('a message is the end of its header slot, and bytes elsewhere', async (t) => {
  const { libc, batch, address } = batchOf(3, 4);
  for (let index = 0; index < 3; index++) {
    batch.words[batch.headerEndWord(index) - 1] = 0x0a0b0c00 + index;
    batch.setBody(index, address + index, 4);
  }
  const messages = [0, 1, 2].map((index) => libc.memory.readMessage(batch.messageAddress(index)));
  t.same(messages, [hex('000c0b0a 00112233'), hex('010c0b0a 11223344'), hex('020c0b0a 22334455')]);
  t.equal(batch.messageAddress(2) - batch.messageAddress(0), 2 * 64, 'side by side');
});

t.test('headers of any length up to a slot', async (t) => {
  for (const length of [1, 16, 50, 64]) {
    const { libc, batch, address } = batchOf(2, length);
    batch.bytes.fill(0xee, batch.headerEnd(1) - length, batch.headerEnd(1));
    batch.setBody(1, address, 2);
    t.same(
      libc.memory.readMessage(batch.messageAddress(1)),
      Uint8Array.of(...Array(length).fill(0xee), 0x00, 0x11),
      `${length} bytes`,
    );
  }
});

t.test('headers that a slot does not hold', async (t) => {
  const { batch } = batchOf(1, 64);
  t.throws(() => batch.setHeaderLength(65), RangeError);
});

t.test('slots for longer headers', async (t) => {
  const rows = [
    { headerBytes: 52, longest: 64 },
    { headerBytes: 65, longest: 128 },
    { headerBytes: 156, longest: 192 },
  ];
  for (const { headerBytes, longest } of rows) {
    const libc = new FakeLibc();
    const batch = new MessageBatch(libc, 3, headerBytes);
    const body = libc.memory.place(hex('00112233'));
    t.throws(() => batch.setHeaderLength(longest + 1), RangeError, `more than ${longest}`);
    batch.setHeaderLength(longest);
    const segmentHeader = new Uint8Array(192).fill(0x55);
    for (let index = 0; index < 3; index++) {
      batch.bytes.fill(index + 1, batch.headerEnd(index) - longest, batch.headerEnd(index));
      batch.setSegmentHeader(index, segmentHeader, 192);
      batch.setBody(index, body, 2);
    }
    for (let index = 0; index < 3; index++) {
      const want = [...Array<number>(longest).fill(index + 1), ...segmentHeader, 0x00, 0x11];
      t.same(
        [...libc.memory.readMessage(batch.messageAddress(index))],
        want,
        `${headerBytes} bytes, ${index}`,
      );
    }
  }
});

t.test('words and bytes share the memory', async (t) => {
  const { batch } = batchOf(4, 16);
  for (let index = 0; index < 4; index++) t.equal(batch.headerEnd(index), 4 * batch.headerEndWord(index));
});

t.test('the length of the second part may change', async (t) => {
  const { libc, batch, address } = batchOf(1, 1);
  batch.setBody(0, address, 8);
  t.equal(batch.bodyLength(0), 8);
  batch.setBodyLength(0, 3);
  t.equal(batch.bodyLength(0), 3);
  t.same(libc.memory.readMessage(batch.messageAddress(0)), hex('00 001122'));
  batch.setBodyLength(0, 0);
  t.same(libc.memory.readMessage(batch.messageAddress(0)), hex('00'));
});

t.test('a segment header is between the parts', async (t) => {
  const { libc, batch, address } = batchOf(2, 2);
  batch.bytes.fill(0xee, batch.headerEnd(1) - 2, batch.headerEnd(1));
  batch.setSegmentHeader(1, hex('0a0b0c0d'), 3);
  batch.setBody(1, address, 2);
  t.same(libc.memory.readMessage(batch.messageAddress(1)), hex('eeee 0a0b0c 0011'));
  batch.setSegmentHeader(1, hex('ff'), 0);
  t.same(libc.memory.readMessage(batch.messageAddress(1)), hex('eeee 0011'), 'the next frame has none');
});

t.test('the highest address of user space', async (t) => {
  const { batch } = batchOf(1, 1);
  const address = 2 ** 47 - 4096;
  batch.setBody(0, address, 1);
  const view = new DataView(batch.bytes.buffer);
  const vectors = 64;
  t.equal(view.getBigUint64(vectors + 16, true), BigInt(address));
});

t.test('free', async (t) => {
  const { libc, batch } = batchOf(2, 16);
  const before = libc.memory.size;
  batch.free();
  t.equal(libc.memory.size, before - 1);
});
