/** Copies by AF_XDP: each is counted once, whatever the device takes of it. */
import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import { Counters } from '../../../src/counters/counters.js';
import {
  SESSION_LENGTH,
  SESSION_MIRRORED_BYTES,
  SESSION_MIRRORED_PACKETS,
  SESSION_SKIPPED_PACKETS,
} from '../../../src/counters/layout.js';
import { SKIP_INDEX, SKIP_REASONS } from '../../../src/counters/skip-reason.js';
import { HeaderSlots } from '../../../src/io/xdp/umem.js';
import { XdpSender } from '../../../src/io/xdp/xdp-sender.js';
import { PAGE_BYTES, XDP_ENTRIES } from '../../../src/linux/xdp-socket.js';
import { FakeXdpSocket } from '../../fixtures/io/fake-xdp-socket.js';

const { EAGAIN, EBUSY, ENETDOWN, ETIMEDOUT } = constants.errno;
const SLOTS = new HeaderSlots(new ArrayBuffer(1 << 20), 0);

function sending(start = 0, isGone = () => false) {
  const socket = new FakeXdpSocket(start);
  const counters = new Counters(SESSION_LENGTH);
  const failures: number[] = [];
  const sender = new XdpSender(socket, SLOTS, counters, (errno) => failures.push(errno), isGone);
  const post = (count: number, pieces = 1): void => {
    for (let copy = 0; copy < count; copy++) {
      if (!sender.hasRoom()) throw new Error('no room');
      for (let piece = 1; piece <= pieces; piece++) sender.post(piece * PAGE_BYTES, 100, piece < pieces);
      sender.end(0, 100);
    }
  };
  const mirrored = (): number => counters.values[SESSION_MIRRORED_PACKETS]!;
  const skipped = (reason: keyof typeof SKIP_INDEX): number =>
    counters.values[SESSION_SKIPPED_PACKETS + SKIP_INDEX[reason]]!;
  return { socket, counters, failures, sender, post, mirrored, skipped };
}

t.test('taken at once', async (t) => {
  const { socket, sender, post, mirrored, counters } = sending();
  post(3, 2);
  t.ok(sender.isHolding);
  t.equal(mirrored(), 0, 'nothing is counted before');
  sender.flush();
  t.notOk(sender.isHolding);
  t.equal(mirrored(), 3);
  t.equal(counters.values[SESSION_MIRRORED_BYTES], 300);
  t.same(
    socket.pieces.map(({ continued }) => continued),
    [true, false, true, false, true, false],
    'the pieces of a packet belong together',
  );
  const { calls } = socket;
  sender.flush();
  t.equal(socket.calls, calls, 'an empty flush costs no call');
});

t.test('split at pages', async (t) => {
  const rows = [
    { name: 'inside a page', offset: 50, length: 100, want: [[50, 100]] },
    { name: 'to the end of a page', offset: 4000, length: 96, want: [[4000, 96]] },
    {
      name: 'across',
      offset: 4000,
      length: 97,
      want: [
        [4000, 96],
        [4096, 1],
      ],
    },
    {
      name: 'three pages',
      offset: 4095,
      length: 4098,
      want: [
        [4095, 1],
        [4096, 4096],
        [8192, 1],
      ],
    },
    {
      name: 'behind 4 GiB',
      offset: 2 ** 32 + 4090,
      length: 10,
      want: [
        [2 ** 32 + 4090, 6],
        [2 ** 32 + 4096, 4],
      ],
    },
  ];
  for (const { name, offset, length, want } of rows) {
    const { socket, sender } = sending();
    sender.post(offset, length, false);
    t.same(
      socket.pieces.map((piece) => [piece.offset, piece.length]),
      want,
      name,
    );
    t.same(
      socket.pieces.map(({ continued }) => continued),
      want.map((_, index) => index < want.length - 1),
      `${name}: all but the last go on`,
    );
  }
});

t.test('a full queue loses the last copy that was taken', async (t) => {
  const { socket, sender, post, mirrored, skipped } = sending();
  post(5);
  socket.script.push({ result: -EBUSY, takes: 2 }, { result: 0, takes: 3 });
  sender.flush();
  t.equal(mirrored(), 4);
  t.equal(skipped('buffers'), 1);
});

t.test('a queue that is full at once: some kernels do not tell that the copy was taken', async (t) => {
  const { socket, sender, post, mirrored, skipped } = sending();
  post(5);
  socket.script.push({ result: -EBUSY, takes: 0 }, { result: -EBUSY, takes: 0 }, { result: 0, takes: 5 });
  sender.flush();
  t.equal(skipped('buffers'), 2);
  t.equal(mirrored(), 3);
  t.notOk(sender.isHolding);
  post(3);
  socket.script.push({ result: -EBUSY, takes: 0 }, { result: -EBUSY, takes: 3 });
  sender.flush();
  t.equal(skipped('buffers'), 4, 'the first, and the last');
  t.equal(mirrored(), 4);
});

t.test('a device that takes nothing now', async (t) => {
  const { socket, sender, post, mirrored, skipped, failures } = sending();
  post(2);
  for (let call = 0; call < 50; call++) socket.script.push({ result: -EAGAIN, takes: 0 });
  sender.flush();
  t.ok(socket.calls < 20, `${socket.calls} calls, not for ever`);
  t.equal(mirrored(), 0);
  t.ok(sender.isHolding, 'they wait');
  socket.script.length = 0;
  post(1);
  sender.flush();
  t.equal(mirrored(), 3, 'and leave with the next');
  t.equal(skipped('backlog'), 0);
  t.same(failures, []);
});

t.test('a device that takes nothing for a second is given up', async (t) => {
  const { socket, sender, post, mirrored, skipped, failures } = sending();
  post(2);
  const stuck = (): number => {
    for (let call = 0; call < 50; call++) socket.script.push({ result: -EAGAIN, takes: 0 });
    sender.flush();
    return failures.length;
  };
  t.equal(stuck(), 0, 'not at once');
  await new Promise((resolve) => setTimeout(resolve, 1050));
  t.equal(stuck(), 1);
  t.same(failures, [ETIMEDOUT]);
  t.ok(socket.isClosed);
  t.equal(mirrored(), 0);
  t.equal(skipped('error'), 2);
  t.notOk(sender.isHolding);
});

t.test('any other error: the copies are counted, the socket is closed', async (t) => {
  const { socket, sender, post, mirrored, skipped, failures } = sending();
  post(5);
  socket.script.push({ result: -ENETDOWN, takes: 2 });
  sender.flush();
  t.same(failures, [ENETDOWN]);
  t.ok(socket.isClosed);
  t.equal(mirrored(), 2);
  t.equal(skipped('no-route'), 3);
  t.notOk(sender.hasRoom(), 'nothing may be posted any more');
  t.ok(sender.isPast(sender.mark()), 'nobody waits for it');
  sender.flush();
  sender.close();
  t.equal(mirrored(), 2, 'nothing happens twice');
});

t.test('memory is free again when the kernel has completed what was sent from it', async (t) => {
  const { socket, sender, post, failures } = sending();
  socket.completesAtOnce = false;
  post(3);
  sender.flush();
  const mark = sender.mark();
  t.notOk(sender.isPast(mark));
  socket.complete();
  t.ok(sender.isPast(mark));
  post(1);
  sender.flush();
  t.ok(sender.isPast(mark), 'of what is sent later it says nothing');
  const later = sender.mark();
  t.notOk(sender.isPast(later));
  await new Promise((resolve) => setTimeout(resolve, 1050));
  t.notOk(sender.isPast(later));
  t.same(failures, [ETIMEDOUT], 'a device that completes nothing for a second is given up');
  t.notOk(sender.isOpen);
  t.notOk(sender.isPast(later), 'but it may still read the memory');
  socket.complete();
  t.ok(sender.isPast(later));
  t.ok(socket.isClosed);
});

t.test('a socket that failed, with copies in flight', async (t) => {
  const fail = (isGone?: () => boolean) => {
    let now = 50_000;
    t.intercept(performance, 'now', { value: () => now });
    const one = sending(0, isGone);
    one.socket.completesAtOnce = false;
    one.post(5);
    one.socket.script.push({ result: -ENETDOWN, takes: 3 });
    one.sender.flush();
    const mark = one.sender.mark();
    return { ...one, mark, wait: (ms: number) => (now += ms) };
  };

  t.test('its memory is in use until they are completed', async (t) => {
    const { sender, socket, mark, failures, mirrored, skipped } = fail();
    t.same(failures, [ENETDOWN]);
    t.equal(mirrored(), 3);
    t.equal(skipped('no-route'), 2);
    t.notOk(sender.isPast(mark));
    t.notOk(socket.isClosed, 'its completions are still read');
    socket.complete();
    t.ok(sender.isPast(mark));
    t.ok(socket.isClosed);
    t.ok(sender.release(), 'and not closed twice');
  });

  t.test('or the device is gone', async (t) => {
    let isGone = false;
    const { sender, mark } = fail(() => isGone);
    t.notOk(sender.isPast(mark));
    isGone = true;
    t.ok(sender.isPast(mark));
  });

  t.test('or five seconds are over', async (t) => {
    const { sender, socket, mark, wait } = fail();
    wait(4900);
    t.notOk(sender.isPast(mark));
    wait(200);
    t.ok(sender.isPast(mark));
    t.ok(socket.isClosed);
  });

  t.test('or nothing of it is written any more', async (t) => {
    const { sender, socket } = fail();
    socket.invalidDescriptors = 2;
    sender.abandon();
    t.ok(socket.isClosed);
    t.equal(sender.invalidDescriptors, 2, 'what the kernel threw away is still told');
  });
});

t.test('a sender that holds nothing has counted every copy, also one of long ago', async (t) => {
  const { socket, sender, post } = sending();
  post(1);
  sender.flush();
  t.ok(sender.hasCounted(1));
  t.ok(sender.hasCounted(-5), 'as of 2^32 - 6 copies ago');
  t.ok(sender.hasCounted(2), 'likewise');
  for (let call = 0; call < 20; call++) socket.script.push({ result: -EAGAIN, takes: 0 });
  post(1);
  sender.flush();
  t.notOk(sender.hasCounted(2));
  t.ok(sender.hasCounted(1));
});

t.test('whose copies were lost is noted', async (t) => {
  const { socket, sender } = sending();
  const [a, b] = [{ lost: -1 }, { lost: -1 }];
  for (const losses of [a, b, a]) {
    sender.post(0, 100, false);
    sender.end(0, 100, losses);
  }
  socket.script.push({ result: -EBUSY, takes: 2 }, { result: 0, takes: 1 });
  sender.flush();
  t.equal(b.lost, SKIP_INDEX.buffers);
  t.equal(a.lost, -1);
});

t.test('header slots are not written again before their copies are completed', async (t) => {
  const { socket, sender } = sending();
  socket.completesAtOnce = false;
  let posted = 0;
  while (posted < 5000 && sender.hasHeaderSlot()) {
    sender.post(0, 100, false);
    sender.end(0, 100);
    posted += 1;
  }
  t.ok(posted > 500 && posted < 1024, `${posted} segments in flight`);
  socket.complete();
  t.ok(sender.hasHeaderSlot());
});

t.test('property: whatever the device takes, each copy is counted once and in order', async (t) => {
  const call = fc.record({
    result: fc.constantFrom(0, 0, 0, -EBUSY, -EAGAIN),
    takes: fc.integer({ min: 0, max: 9 }),
  });
  const round = fc.record({
    copies: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 40 }),
    script: fc.array(call, { maxLength: 12 }),
  });
  const start = fc.constantFrom(0, -5, 2 ** 31 - 3, 2 ** 32 - 7);
  fc.assert(
    fc.property(start, fc.array(round, { maxLength: 20 }), (first, rounds) => {
      const { socket, sender, counters, post } = sending(first);
      let posted = 0;
      for (const { copies, script } of rounds) {
        for (const pieces of copies) {
          if (!sender.hasRoom()) continue;
          for (let piece = 1; piece <= pieces; piece++) sender.post(piece * PAGE_BYTES, 10, piece < pieces);
          sender.end(0, 10);
          posted += 1;
        }
        socket.script.push(...script);
        sender.flush();
      }
      socket.script.length = 0;
      sender.flush();
      // What a kernel took without a word shows with the next copy.
      post(1);
      sender.flush();
      posted += 1;
      const values = counters.values;
      const lost = SKIP_REASONS.reduce(
        (sum, _, reason) => sum + values[SESSION_SKIPPED_PACKETS + reason]!,
        0,
      );
      return values[SESSION_MIRRORED_PACKETS]! + lost === posted && socket.room === XDP_ENTRIES;
    }),
    { numRuns: 300 },
  );
  t.pass();
});
