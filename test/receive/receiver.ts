/** The loop: datagrams of several sockets to counts, a capture and a device, with a kernel of the test's own. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { ReceiveBatch } from '../../src/linux/receive-batch.js';
import { CaptureStream, STREAM_BYTES } from '../../src/receive/capture-stream.js';
import { BATCH_MESSAGES, Receiver, type ReceiverOptions } from '../../src/receive/receiver.js';
import { Tally } from '../../src/receive/tally.js';
import { hex } from '../fixtures/frames/hex.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import { FakeReceiveCalls } from '../fixtures/receive/fake-receive-calls.js';
import { MemoryOutput } from '../fixtures/receive/memory-output.js';
import { parsePcapng } from '../fixtures/receive/pcapng.js';

const VXLAN = 5;
const GENEVE = 6;
const EBADFD = 77;
const FRAME = hex('020000000002 020000000001 88b5 00');

function vxlan(vni: number, number: number): Uint8Array {
  return Uint8Array.of(8, 0, 0, 0, vni >> 16, vni >> 8, vni, 0, ...FRAME, number >> 8, number);
}

function geneve(vni: number, number: number, options: Uint8Array = new Uint8Array(0)): Uint8Array {
  const header = [options.length / 4, 0, 0x65, 0x58, vni >> 16, vni >> 8, vni, 0];
  return Uint8Array.of(...header, ...options, ...FRAME, number >> 8, number);
}

function stand(options: Partial<ReceiverOptions> & { isCaptured?: boolean } = {}) {
  const { isCaptured = false, ...others } = options;
  const libc = new FakeLibc();
  // A wait that ends at once would leave nobody else a turn.
  libc.poll = () => new Promise((resolve) => setImmediate(() => resolve(0)));
  const calls = new FakeReceiveCalls(libc.memory);
  const batch = new ReceiveBatch(libc, BATCH_MESSAGES, STREAM_BYTES);
  const tally = new Tally(new Map([[42, ['tms-web']]]), 1);
  const output = new MemoryOutput();
  const stream = new CaptureStream({
    bytes: batch.bytes,
    words: batch.words,
    start: batch.rest,
    output,
    application: 'test',
    os: 'test',
    rows: tally.vnis.capacity + 1,
    describe: (row) => ({ name: `vni-${tally.vnis.key(row, 0)}`, description: '' }),
    now: () => performance.now(),
  });
  const sockets = (['vxlan', 'geneve'] as const).map((protocol, index) => ({
    descriptor: VXLAN + index,
    bufferBytes: 1 << 16,
    protocol,
    drops: () => 10 + index,
  }));
  const receiver = new Receiver({
    libc,
    calls,
    batch,
    sockets,
    tally,
    ...(isCaptured && { stream }),
    ...others,
  });
  return { libc, calls, batch, tally, output, stream, receiver };
}

t.test('both protocols, more than a batch, in order', async (t) => {
  const { calls, receiver, stream, output, tally } = stand({ isCaptured: true });
  const count = 3 * BATCH_MESSAGES + 5;
  const numbers = Array.from({ length: count }, (_, number) => number);
  calls.waiting.set(
    VXLAN,
    numbers.map((number) => ({ bytes: vxlan(42, number), seconds: 7, nanoseconds: number })),
  );
  calls.waiting.set(
    GENEVE,
    numbers.map((number) => ({ bytes: geneve(43, number) })),
  );
  receiver.stop();
  await receiver.run();
  await stream.end();
  const packets = parsePcapng(output.contents[0]!);
  for (const name of ['vni-42', 'vni-43']) {
    const own = packets.filter((packet) => packet.name === name);
    t.same(
      own.map(({ bytes }) => bytes.readUInt16BE(bytes.length - 2)),
      numbers,
      name,
    );
  }
  const own = packets.filter(({ name }) => name === 'vni-42');
  t.ok(own.every(({ time }, index) => time === 7_000_000_000n + BigInt(index)));
  t.match(tally.counts(), { datagrams: 2 * count, received: { packets: 2 * count } });
  t.equal(receiver.rxDropped, 21);
  receiver.close();
});

t.test('the time that the sender tells', async (t) => {
  const { calls, receiver, stream, output } = stand({ isCaptured: true });
  const time = hex('ff010102 17979cfe362a0001');
  calls.waiting.set(GENEVE, [{ bytes: geneve(1, 0, time) }]);
  receiver.stop();
  await receiver.run();
  await stream.end();
  t.equal(parsePcapng(output.contents[0]!)[0]?.time, 0x17979cfe362a0001n);
});

t.test('what is malformed, and what was not asked for', async (t) => {
  const { calls, receiver, tally } = stand({ wanted: new Set([42]) });
  calls.waiting.set(VXLAN, [
    { bytes: vxlan(42, 0) },
    { bytes: vxlan(43, 0) },
    { bytes: new Uint8Array(0) },
    { bytes: new Uint8Array(100) },
  ]);
  calls.waiting.set(GENEVE, [{ bytes: vxlan(42, 0) }]);
  receiver.stop();
  await receiver.run();
  t.match(tally.counts(), {
    datagrams: 5,
    received: { packets: 1 },
    unwanted: 1,
    rejected: { short: 1, flags: 1, options: 1 },
  });
});

t.test('a number of frames', async (t) => {
  const { calls, receiver, tally } = stand({ limit: 3 });
  calls.waiting.set(
    VXLAN,
    [0, 1, 2, 3, 4].map((number) => ({ bytes: vxlan(42, number) })),
  );
  await receiver.run();
  t.equal(tally.packets, 3);
  t.equal(calls.waiting.get(VXLAN)?.length, 2, 'the others stay where they are');
});

t.test('a device', async (t) => {
  const { calls, receiver } = stand({ device: { descriptor: 9 } });
  calls.waiting.set(VXLAN, [{ bytes: vxlan(42, 1) }]);
  receiver.stop();
  await receiver.run();
  t.same(calls.written, [Uint8Array.of(...FRAME, 0, 1)]);
  calls.refusal = -5;
  calls.waiting.set(VXLAN, [{ bytes: vxlan(42, 2) }]);
  await receiver.run();
  t.same(receiver.device, { taken: 1, refused: 1 });
  t.notOk(receiver.isDeviceGone);
});

t.test('a device that is removed ends it', async (t) => {
  const { calls, receiver } = stand({ device: { descriptor: 9 } });
  calls.refusal = -EBADFD;
  calls.waiting.set(VXLAN, [{ bytes: vxlan(42, 1) }]);
  await receiver.run();
  t.ok(receiver.isDeviceGone);
});

t.test('an output that takes nothing: nothing more is received until it does', async (t) => {
  const { calls, receiver, stream, output, tally } = stand({ isCaptured: true });
  let open = (): void => {};
  output.gate = new Promise((resolve) => {
    open = resolve;
  });
  const large = new Uint8Array(60_000);
  large.set(vxlan(42, 0));
  const count = 1000;
  calls.waiting.set(VXLAN, Array(count).fill({ bytes: large }));
  const run = receiver.run();
  while (stream.room > 0) await new Promise((resolve) => setImmediate(resolve));
  const taken = tally.packets;
  t.ok(taken > 0 && taken < count, `${taken} of ${count} fit`);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(tally.packets, taken, 'the rest stays with the kernel');
  open();
  while (tally.packets < count) await new Promise((resolve) => setImmediate(resolve));
  receiver.stop();
  await run;
  await stream.end();
  t.equal(parsePcapng(output.contents[0]!).length, count);
});

t.test('a stop while the output takes nothing', async (t) => {
  const { calls, receiver, stream, output } = stand({ isCaptured: true });
  output.gate = new Promise(() => {});
  calls.waiting.set(
    VXLAN,
    Array(5000).fill({ bytes: Uint8Array.of(...vxlan(42, 0), ...new Uint8Array(60_000)) }),
  );
  const run = receiver.run();
  while (stream.room > 0) await new Promise((resolve) => setImmediate(resolve));
  receiver.stop();
  await run;
  t.ok(stream.pending > 0);
});

t.test('an output that fails ends it', async (t) => {
  const { calls, receiver, stream, output } = stand({ isCaptured: true });
  output.onWrite = () => {
    throw new Error('full');
  };
  calls.waiting.set(VXLAN, [{ bytes: vxlan(42, 0) }]);
  await receiver.run();
  t.match(stream.failure, { message: 'full' });
});

t.test('a socket that fails', async (t) => {
  const { calls, receiver } = stand();
  calls.failure = -12;
  await t.rejects(receiver.run(), { message: 'recvmmsg: ENOMEM' });
});

t.test('waits for an output that is slow leave nothing in memory', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap: number[] = [];
  let waits = 0;
  const stream = {
    ...{ room: 0, failure: undefined, tick: () => {}, wake: () => {} },
    progress: async () => {
      await new Promise(setImmediate);
      waits += 1;
      if (waits % 100_000 !== 0) return;
      collect();
      heap.push(process.memoryUsage().heapUsed);
      if (waits === 200_000) receiver.stop();
    },
  } as unknown as CaptureStream;
  const { receiver } = stand({ stream });
  await receiver.run();
  const [first = 0, second = 0] = heap;
  t.equal(heap.length, 2);
  t.ok(second - first < 4_000_000, `${second - first} bytes for 100,000 waits`);
});

t.test('a stop ends the wait for an output that takes nothing', async (t) => {
  let isWoken = false;
  let wake = (): void => {};
  const stream = {
    ...{ room: 0, failure: undefined, tick: () => {} },
    wake: () => {
      isWoken = true;
      wake();
    },
    progress: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
        setImmediate(() => receiver.stop());
      }),
  } as unknown as CaptureStream;
  const { receiver } = stand({ stream });
  await receiver.run();
  t.ok(isWoken);
});
