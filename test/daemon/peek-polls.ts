/** Looks at copies for the control API: their bounds, and that each gives its place back. */
import t, { type Test } from 'tap';
import type { PollOrder } from '../../src/api/traffic-mirror/links.js';
import { type CopyReceiver, MAXIMUM_PEEKERS, PeekHub } from '../../src/daemon/peek-hub.js';
import {
  MAXIMUM_POLL_BYTES,
  MAXIMUM_POLLS,
  PeekPolls,
  POLLS_PER_ACCOUNT,
  POLLS_PER_USER,
} from '../../src/daemon/peek-polls.js';
import { Peeker } from '../../src/daemon/peeker.js';
import {
  BEGIN_LENGTH,
  COPY_BYTES,
  copyRecordLength,
  emitCopyFields,
  RECORD_BEGIN,
  RECORD_ORIGIN,
  startRecord,
  textRecord,
} from '../../src/peek/copy-records.js';

const ORIGIN = { sourceId: 'eni-1', device: 'veth0', direction: 'ingress', sessionId: 'tms-a', rule: 'r' };
const LONG_MS = 60_000;

function setUp(t: Test): { hub: PeekHub; polls: PeekPolls; engine: CopyReceiver } {
  const hub = new PeekHub({ count: () => 1, order: () => {} }, 0);
  const polls = new PeekPolls(hub);
  t.teardown(() => polls.close());
  return { hub, polls, engine: hub.openEngine() };
}

function orderOf(order: Partial<PollOrder> = {}): PollOrder {
  return {
    user: 'arn:a',
    accountId: 'a',
    sessionIds: ['tms-a'],
    direction: undefined,
    snapshotLength: 65_535,
    maximumCopies: 3,
    waitMs: LONG_MS,
    gone: undefined,
    ...order,
  };
}

/** Copies of one session, behind the records that begin them. */
function copies(count: number, bytes: Uint8Array): Uint8Array {
  const begin = new Uint8Array(BEGIN_LENGTH);
  startRecord(begin, 0, BEGIN_LENGTH, RECORD_BEGIN);
  const one = new Uint8Array(copyRecordLength(bytes.length));
  emitCopyFields(one, 0, 1, 1, 2, 2000, Math.max(1000, bytes.length), bytes.length);
  one.set(bytes, COPY_BYTES);
  return Buffer.concat([
    begin,
    textRecord(RECORD_ORIGIN, 1, JSON.stringify(ORIGIN)),
    ...Array.from({ length: count }, () => one),
  ]);
}

t.test('enough copies end it, and what came behind them is counted', async (t) => {
  const { hub, polls, engine } = setUp(t);
  const looking = polls.look(orderOf({ snapshotLength: 2 }));
  engine.push(copies(5, Uint8Array.of(1, 2, 3)));
  const seen = await looking;
  t.match(seen, { ok: true, value: { endedBy: 'copies', leftOut: 2 } });
  t.strictSame(seen.ok && seen.value.copies[2], {
    Seconds: 1,
    Nanoseconds: 2,
    SessionId: 'tms-a',
    SourceId: 'eni-1',
    Device: 'veth0',
    Direction: 'ingress',
    Rule: 'r',
    WireLength: 2000,
    CopyLength: 1000,
    Frame: Buffer.of(1, 2).toString('base64'),
  });
  t.equal(hub.peekers.size, 0);
});

t.test('so do enough bytes', async (t) => {
  const { polls, engine } = setUp(t);
  const looking = polls.look(orderOf({ maximumCopies: 1000 }));
  const bytes = 2000;
  engine.push(copies(1000, new Uint8Array(bytes)));
  const fits = Math.floor(MAXIMUM_POLL_BYTES / bytes);
  t.match(await looking, {
    value: { endedBy: 'bytes', copies: { length: fits }, leftOut: 1000 - fits },
  });
});

t.test('the time ends it with what there is', async (t) => {
  const { polls, engine } = setUp(t);
  const looking = polls.look(orderOf({ waitMs: 20 }));
  engine.push(copies(1, Uint8Array.of(1)));
  const seen = await looking;
  t.match(seen, { value: { endedBy: 'time', copies: { length: 1 } } });
});

t.test('a client that is gone ends it', async (t) => {
  const { hub, polls } = setUp(t);
  const client = new AbortController();
  const looking = polls.look(orderOf({ gone: client.signal }));
  t.equal(hub.peekers.size, 1);
  client.abort();
  await looking;
  t.equal(hub.peekers.size, 0);
  await polls.look(orderOf({ gone: client.signal }));
  t.equal(hub.peekers.size, 0, 'one that had gone before');
});

t.test('places', async (t) => {
  const { hub, polls } = setUp(t);
  const looks = Array.from({ length: POLLS_PER_USER }, () => polls.look(orderOf()));
  t.match(await polls.look(orderOf()), { ok: false, text: /^a user can wait for copies 2 times/ });
  for (let user = 0; looks.length < MAXIMUM_POLLS; user += 1) {
    looks.push(polls.look(orderOf({ user: `arn:${user}`, accountId: `${user}` })));
  }
  t.match(await polls.look(orderOf({ user: 'arn:z', accountId: 'z' })), {
    ok: false,
    text: /^4 wait for copies/,
  });
  t.ok(hub.peekers.size < MAXIMUM_PEEKERS, 'there are places for those on the host');
  polls.close();
  for (const seen of await Promise.all(looks)) t.match(seen, { value: { endedBy: 'stopping' } });
  t.match(await polls.look(orderOf()), { ok: false, text: 'the daemon is stopping' });
});

t.test('an account does not have all places', async (t) => {
  const { polls } = setUp(t);
  for (let user = 0; user < POLLS_PER_ACCOUNT; user += 1) polls.look(orderOf({ user: `arn:${user}` }));
  t.match(await polls.look(orderOf({ user: 'arn:z' })), {
    ok: false,
    text: /^users of an account can wait for copies 3 times/,
  });
  const others = polls.look(orderOf({ user: 'arn:other', accountId: 'other' }));
  polls.close();
  t.match(await others, { value: { endedBy: 'stopping' } });
});

t.test('copies between the end and the answer are counted', async (t) => {
  const { polls, engine } = setUp(t);
  const looking = polls.look(orderOf({ maximumCopies: 1 }));
  engine.push(copies(1, Uint8Array.of(1)));
  engine.push(copies(4, Uint8Array.of(1)));
  t.match(await looking, { value: { endedBy: 'copies', copies: { length: 1 }, leftOut: 4 } });
});

t.test('those on the host may have all places', async (t) => {
  const { hub, polls } = setUp(t);
  const sink = { destroyed: false, write: () => {}, end: () => {} };
  for (let index = 0; index < MAXIMUM_PEEKERS; index += 1) {
    hub.add(new Peeker(sink, { filter: {}, snapshotLength: 1 }));
  }
  t.match(await polls.look(orderOf()), { ok: false, text: /^8 are peeking/ });
});

t.test('looks in a loop are refused above a rate', async (t) => {
  const { polls } = setUp(t);
  const gone = AbortSignal.abort();
  const seen: boolean[] = [];
  for (let index = 0; index < 12; index += 1) seen.push((await polls.look(orderOf({ gone }))).ok);
  t.strictSame(seen.filter((ok) => !ok).length, 2);
});
