/** Between engines and those who peek: what each wants, one rate for all, and engines that say what no engine says. */
import t, { type Test } from 'tap';
import { type CopyReceiver, PeekHub, type PeekOrderMessage } from '../../src/daemon/peek-hub.js';
import { Peeker } from '../../src/daemon/peeker.js';
import {
  BEGIN_LENGTH,
  COPY_BYTES,
  type CopyOrigin,
  copyRecordLength,
  emitCopyFields,
  emitLeftOut,
  LEFT_OUT_LENGTH,
  RECORD_BEGIN,
  RECORD_NOTE,
  RECORD_ORIGIN,
  startRecord,
  textRecord,
} from '../../src/peek/copy-records.js';
import type { CopyFilter } from '../../src/peek/peek-order.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { RecordList } from '../fixtures/peek/record-list.js';

const origin = (sessionId: string, direction = 'ingress'): string =>
  JSON.stringify({ sourceId: 'eni-1', device: 'veth0', direction, sessionId, rule: 'r' });

function begin(): Uint8Array {
  const record = new Uint8Array(BEGIN_LENGTH);
  startRecord(record, 0, BEGIN_LENGTH, RECORD_BEGIN);
  return record;
}

function copy(number: number, text: string, length = text.length): Uint8Array {
  const record = new Uint8Array(copyRecordLength(length));
  emitCopyFields(record, 0, number, 1, 2, length, length, length);
  record.set(Buffer.from(text), COPY_BYTES);
  return record;
}

function leftOut(number: number, count: number): Uint8Array {
  const record = new Uint8Array(LEFT_OUT_LENGTH);
  emitLeftOut(record, 0, number, count);
  return record;
}

const told = (number: number, text: string): Uint8Array => textRecord(RECORD_ORIGIN, number, text);

interface Hub {
  readonly hub: PeekHub;
  readonly orders: PeekOrderMessage[];
}

/** Orders are given at once, unless a test is about their time. */
function makeHub(engines = 1, intervalMs = 0): Hub {
  const orders: PeekOrderMessage[] = [];
  return {
    hub: new PeekHub({ count: () => engines, order: (order) => orders.push(order) }, intervalMs),
    orders,
  };
}

/** A reader that takes everything, or nothing until `read`. */
class Reader {
  readonly list = new RecordList();
  readonly peeker: Peeker;
  isEnded = false;
  isReading = true;
  #waiting: (() => void)[] = [];

  constructor(filter: CopyFilter = {}, snapshotLength = 65535) {
    const socket = {
      destroyed: false,
      write: (bytes: Uint8Array, done: () => void): boolean => {
        const take = (): void => {
          this.list.push(bytes);
          done();
        };
        if (this.isReading) take();
        else this.#waiting.push(take);
        return true;
      },
      end: () => {
        this.isEnded = true;
      },
      destroy: () => {},
    };
    this.peeker = new Peeker(socket, { filter, snapshotLength });
  }

  read(): void {
    this.isReading = true;
    for (const take of this.#waiting.splice(0)) take();
  }

  get texts(): string[] {
    return this.list.copies.map(({ bytes }) => bytes.toString());
  }
}

t.test('each gets what it wants, with names that are told once', async (t) => {
  const { hub } = makeHub();
  const [all, one] = [new Reader(), new Reader({ sessionIds: ['b'] })];
  for (const { peeker } of [all, one]) hub.add(peeker);
  const engine = hub.openEngine();
  engine.push(
    Buffer.concat([begin(), told(1, origin('a')), told(2, origin('b')), copy(1, 'one'), copy(2, 'two')]),
  );
  engine.push(Buffer.concat([copy(2, 'three'), leftOut(1, 5), leftOut(2, 7)]));
  engine.push(copy(1, 'four'));
  t.strictSame(all.texts, ['one', 'two', 'three', 'four']);
  t.strictSame(one.texts, ['two', 'three']);
  t.equal(all.list.leftOutInAll, 12);
  t.equal(one.list.leftOutInAll, 7);
  t.equal(one.list.origins.size, 1);
  t.match(one.list.copies[0]?.from, JSON.parse(origin('b')) as CopyOrigin);
  t.match(one.peeker, { copies: 2, leftOut: 7 });
});

t.test('engines number origins each for themselves', async (t) => {
  const { hub } = makeHub(2);
  const reader = new Reader();
  hub.add(reader.peeker);
  const engines = [hub.openEngine(), hub.openEngine()];
  engines[0]!.push(Buffer.concat([begin(), told(1, origin('a')), told(2, origin('b'))]));
  engines[1]!.push(Buffer.concat([begin(), told(1, origin('b')), told(2, origin('c'))]));
  engines[0]!.push(copy(2, 'b1'));
  engines[1]!.push(copy(1, 'b2'));
  engines[1]!.push(copy(2, 'c'));
  engines[0]!.push(copy(1, 'a'));
  t.strictSame(
    reader.list.copies.map(({ from, bytes }) => `${from.sessionId} ${bytes}`),
    ['b b1', 'b b2', 'c c', 'a a'],
  );
  t.equal(reader.list.origins.size, 3);
});

t.test('orders: the filters of all, the longest snapshot, one rate', async (t) => {
  const { hub, orders } = makeHub(2);
  const first = new Reader({ sessionIds: ['a'] }, 640);
  const second = new Reader({ direction: 'egress' }, 100);
  hub.add(first.peeker);
  t.match(orders.at(-1), {
    wanted: {
      filters: [{ sessionIds: ['a'] }],
      snapshotLength: 640,
      copiesPerSecond: 10_000,
      bytesPerSecond: 1 << 24,
    },
  });
  hub.add(second.peeker);
  t.match(orders.at(-1), {
    wanted: {
      filters: [{ sessionIds: ['a'] }, { direction: 'egress' }],
      snapshotLength: 640,
      copiesPerSecond: 5000,
    },
  });
  hub.remove(first.peeker);
  t.match(orders.at(-1), { wanted: { filters: [{ direction: 'egress' }], snapshotLength: 100 } });
  hub.remove(second.peeker);
  t.strictSame(orders.at(-1), { type: 'peek' });
  hub.remove(second.peeker);
  t.equal(orders.length, 4, 'one who has left leaves once');
});

t.test('peeks that begin and end in a loop: few orders, and the last one is what is wanted', async (t) => {
  const { hub, orders } = makeHub(1, 50);
  const before = performance.now();
  for (let peek = 0; peek < 500; peek++) {
    const { peeker } = new Reader({ sessionIds: [String(peek)] });
    hub.add(peeker);
    hub.remove(peeker);
  }
  const last = new Reader({ sessionIds: ['last'] });
  hub.add(last.peeker);
  await waitFor(
    'the last order',
    () => JSON.stringify(orders.at(-1)),
    (text) => text.includes('last'),
  );
  const most = 2 + (performance.now() - before) / 50;
  t.ok(orders.length <= most, `${orders.length} orders for 1001 changes`);
  t.equal(hub.generation, 0, 'engines were never told that nobody peeks');
  const given = orders.length;
  hub.remove(last.peeker);
  hub.add(last.peeker);
  await new Promise((resolve) => setTimeout(resolve, 120));
  t.equal(orders.length, given, 'what changes nothing is no order');
});

t.test('one who begins before engines hear that the last one left gets copies', async (t) => {
  const { hub } = makeHub(1, 60_000);
  const [first, second] = [new Reader(), new Reader()];
  hub.add(first.peeker);
  const engine = hub.openEngine();
  engine.push(Buffer.concat([begin(), told(1, origin('a')), copy(1, 'one')]));
  hub.remove(first.peeker);
  hub.add(second.peeker);
  engine.push(copy(1, 'two'));
  t.strictSame(second.texts, ['two']);
  t.match(second.list.copies, [{ from: { sessionId: 'a' } }]);
});

t.test('a copy has no more bytes than its reader wants', async (t) => {
  const { hub } = makeHub();
  const [long, short] = [new Reader(), new Reader({}, 3)];
  for (const { peeker } of [long, short]) hub.add(peeker);
  hub.openEngine().push(Buffer.concat([begin(), told(1, origin('a')), copy(1, 'abcdef')]));
  t.strictSame([long.texts, short.texts], [['abcdef'], ['abc']]);
  t.match(short.list.copies, [{ copyLength: 6, keptLength: 3 }]);
});

t.test(
  'one who does not read misses copies, knows how many, and keeps nobody else from theirs',
  async (t) => {
    const { hub } = makeHub();
    const [slow, quick] = [new Reader(), new Reader()];
    slow.isReading = false;
    for (const { peeker } of [slow, quick]) hub.add(peeker);
    const engine = hub.openEngine();
    engine.push(Buffer.concat([begin(), told(1, origin('a'))]));
    const copies = 10_000;
    for (let number = 0; number < copies; number++) engine.push(copy(1, String(number), 1000));
    t.equal(quick.texts.length, copies);
    const { copies: kept, leftOut: missed } = slow.peeker;
    t.equal(kept + missed, copies);
    t.ok(kept > 2000 && kept < 4200, `${kept} copies of 1 kB are kept for it`);
    slow.read();
    engine.push(copy(1, 'last'));
    t.equal(slow.list.copies.length, kept + 1);
    t.equal(slow.list.leftOutInAll, missed);
  },
);

t.test('short copies cost what they cost: many writes that wait are bounded too', async (t) => {
  const { hub } = makeHub();
  const slow = new Reader();
  slow.isReading = false;
  hub.add(slow.peeker);
  const engine = hub.openEngine();
  engine.push(Buffer.concat([begin(), told(1, origin('a'))]));
  for (let number = 0; number < 20_000; number++) engine.push(copy(1, 'x'));
  t.ok(slow.peeker.copies < 8000, `${slow.peeker.copies} writes`);
});

t.test('stalled: nothing was taken for half a minute', async (t) => {
  const { hub } = makeHub();
  const slow = new Reader();
  slow.isReading = false;
  hub.add(slow.peeker);
  const engine = hub.openEngine();
  const now = performance.now();
  t.notOk(slow.peeker.isStalled(now + 100_000), 'nothing waits');
  engine.push(Buffer.concat([begin(), told(1, origin('a')), copy(1, 'a')]));
  t.notOk(slow.peeker.isStalled(performance.now() + 29_000));
  t.ok(slow.peeker.isStalled(performance.now() + 31_000));
  slow.read();
  t.notOk(slow.peeker.isStalled(performance.now() + 100_000));
});

t.test('the end: last counts, and nothing behind them', async (t) => {
  const { hub } = makeHub();
  const reader = new Reader();
  hub.add(reader.peeker);
  const engine = hub.openEngine();
  engine.push(Buffer.concat([begin(), told(1, origin('a')), copy(1, 'a'), leftOut(1, 3)]));
  reader.peeker.end('done');
  reader.peeker.end('stopping');
  engine.push(copy(1, 'b'));
  t.ok(reader.isEnded);
  t.strictSame(reader.list.notes, [{ kind: 'end', copies: 1, leftOut: 3, reason: 'done' }]);
  t.strictSame(reader.texts, ['a']);
});

t.test('an engine that ends is told, and the next one goes on', async (t) => {
  const { hub } = makeHub();
  const reader = new Reader();
  hub.add(reader.peeker);
  const first = hub.openEngine();
  first.push(Buffer.concat([begin(), told(1, origin('a')), copy(1, 'before')]));
  first.end();
  t.strictSame(reader.list.notes, [{ kind: 'engine-ended' }]);
  const next = hub.openEngine();
  next.push(Buffer.concat([begin(), told(1, origin('b')), copy(1, 'after')]));
  t.strictSame(
    reader.list.copies.map(({ from }) => from.sessionId),
    ['a', 'b'],
  );
});

t.test('what an engine still sends of a peek that ended goes nowhere', async (t) => {
  const { hub } = makeHub();
  const [first, second] = [new Reader(), new Reader()];
  hub.add(first.peeker);
  const engine = hub.openEngine();
  engine.push(Buffer.concat([begin(), told(1, origin('a'))]));
  hub.remove(first.peeker);
  engine.push(copy(1, 'for nobody'));
  hub.add(second.peeker);
  engine.push(Buffer.concat([copy(1, 'of before'), copy(99, 'unknown, and not looked at')]));
  engine.push(Buffer.concat([begin(), told(1, origin('b')), copy(1, 'new')]));
  t.strictSame(second.texts, ['new']);
  t.match(second.list.copies, [{ from: { sessionId: 'b' } }]);
});

t.test('an engine that says what no engine says', async (t) => {
  const bad = (name: string, ...records: Uint8Array[]): void => {
    const { hub } = makeHub();
    hub.add(new Reader().peeker);
    const engine: CopyReceiver = hub.openEngine();
    engine.push(begin());
    t.throws(() => engine.push(Buffer.concat(records)), RangeError, name);
  };
  bad('a copy of no origin', copy(1, 'a'));
  bad('a count of no origin', leftOut(1, 1));
  bad('no JSON', told(1, '{'));
  bad('no origin', told(1, '{}'), copy(1, 'a'));
  bad('numbers for names', told(1, JSON.stringify({ ...(JSON.parse(origin('a')) as object), device: 7 })));
  bad('an id that is too long', told(1, origin('a'.repeat(256))));
  bad(
    'more copies than were asked for',
    told(1, origin('a')),
    Buffer.concat(Array<Uint8Array>(400_000).fill(copy(1, 'a'))),
  );
  bad('beginnings without end', Buffer.concat(Array<Uint8Array>(100).fill(begin())));
  bad('a direction that is none', told(1, origin('a', 'up')));
  bad('the number of no origin', told(0, origin('a')));
  bad('a number too high', told(70_000, origin('a')));
  bad('a note, which is the daemon’s', textRecord(RECORD_NOTE, 0, '{"kind":"end"}'));
  bad('no record', Buffer.alloc(64, 0xff));
});

t.test('names from an engine cannot move a cursor', async (t) => {
  const { hub } = makeHub();
  const reader = new Reader();
  hub.add(reader.peeker);
  hub.openEngine().push(Buffer.concat([begin(), told(1, origin('\x1b[2Ja\n')), copy(1, 'a')]));
  t.match(reader.list.copies, [{ from: { sessionId: '\ufffd[2Ja\ufffd' } }]);
});

t.test(
  'origins without end: memory is bounded, and copies that cannot be told apart are counted',
  async (t: Test) => {
    const { hub } = makeHub(2);
    const reader = new Reader();
    hub.add(reader.peeker);
    const engines = [hub.openEngine(), hub.openEngine()];
    for (const [index, engine] of engines.entries()) {
      engine.push(begin());
      for (let number = 1; number <= 65_536; number += 1)
        engine.push(told(number, origin(`${index}-${number}`)));
    }
    engines[0]!.push(copy(65_536, 'told'));
    engines[1]!.push(Buffer.concat([copy(1, 'untold'), leftOut(0, 2)]));
    t.strictSame(reader.texts, ['told']);
    t.equal(reader.peeker.leftOut, 3);
  },
);

t.test('long origins: their sum has a bound too', async (t) => {
  const { hub } = makeHub();
  const reader = new Reader();
  hub.add(reader.peeker);
  const engine = hub.openEngine();
  engine.push(begin());
  const long = (number: number): string =>
    JSON.stringify({
      ...{ sourceId: 's'.repeat(255), device: 'd'.repeat(255), direction: 'egress' },
      ...{ sessionId: String(number).padStart(255, 'i'), rule: '"'.repeat(255) },
    });
  const told16MiB = Math.floor((16 << 20) / long(1).length);
  for (let number = 1; number <= told16MiB + 100; number++) engine.push(told(number, long(number)));
  engine.push(Buffer.concat([copy(told16MiB, 'told'), copy(told16MiB + 1, 'untold')]));
  t.strictSame(reader.texts, ['told']);
  t.equal(reader.peeker.leftOut, 1);
});
