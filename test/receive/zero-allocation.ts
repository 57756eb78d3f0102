/** The loop of `receive` with a capture: a byte of garbage for each frame would be half a megabyte a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { ReceiveBatch } from '../../src/linux/receive-batch.js';
import { CaptureStream, STREAM_BYTES } from '../../src/receive/capture-stream.js';
import { BATCH_MESSAGES, Receiver } from '../../src/receive/receiver.js';
import { Tally } from '../../src/receive/tally.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import { fewestBytesLeft } from '../fixtures/memory/allocation.js';
import { FakeReceiveCalls } from '../fixtures/receive/fake-receive-calls.js';
import { MemoryOutput } from '../fixtures/receive/memory-output.js';

const VXLAN = 5;
const FRAMES = 200 * BATCH_MESSAGES;
/** One object of 8 bytes for each frame would be twice as much. */
const ENOUGH_BYTES = 50_000;
/** Until V8 has compiled the loop. */
const ROUNDS_BEFORE = 40;

t.test('a frame leaves nothing on the heap', async (t) => {
  const libc = new FakeLibc();
  const calls = new FakeReceiveCalls(libc.memory);
  const batch = new ReceiveBatch(libc, BATCH_MESSAGES, STREAM_BYTES);
  const tally = new Tally(new Map(), 1);
  const output = new MemoryOutput();
  // What is written is not kept.
  output.write = async () => {};
  const stream = new CaptureStream({
    bytes: batch.bytes,
    words: batch.words,
    start: batch.rest,
    output,
    application: 'test',
    os: 'test',
    rows: tally.vnis.capacity + 1,
    describe: () => ({ name: 'test', description: '' }),
    now: () => performance.now(),
  });
  const sockets = [{ descriptor: VXLAN, bufferBytes: 0, protocol: 'vxlan' as const, drops: () => 0 }];
  const receiver = new Receiver({ libc, calls, batch, sockets, tally, stream });
  const datagram = Uint8Array.of(8, 0, 0, 0, 0, 0, 42, 0, ...new Uint8Array(64));
  calls.waiting.set(VXLAN, Array(BATCH_MESSAGES).fill({ bytes: datagram }));
  receiver.round();
  // The messages of this batch stay filled in: the same ones come again.
  let remaining = 0;
  calls.receiveMessages = (_descriptor, _messages, count) => {
    const given = Math.min(count, remaining);
    remaining -= given;
    return given;
  };
  const receive = (): number => {
    remaining = FRAMES;
    while (remaining > 0 && receiver.round() > 0);
    return FRAMES - remaining;
  };
  for (let round = 0; round < ROUNDS_BEFORE; round++) {
    receive();
    await sleep(1);
  }
  let most = 0;
  const left = fewestBytesLeft(ENOUGH_BYTES, () => {
    most = Math.max(most, receive());
  });
  t.equal(most, FRAMES, 'all of it was taken');
  t.equal(tally.packets, stream.written + stream.pending, 'counted');
  t.ok(stream.written + stream.pending > ROUNDS_BEFORE * FRAMES, 'and put');
  t.ok(left < ENOUGH_BYTES, `${left} bytes for ${FRAMES} frames`);
});
