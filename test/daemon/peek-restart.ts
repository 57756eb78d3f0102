/** A peek outlives engines: the order of those who peek reaches every engine that is started, and its copies reach them. */
import type { Socket } from 'node:net';
import { pino } from 'pino';
import t from 'tap';
import { EngineSupervisor } from '../../src/daemon/engine-supervisor.js';
import { LaneWatches } from '../../src/daemon/lane-watch.js';
import { PeekHub } from '../../src/daemon/peek-hub.js';
import { Peeker } from '../../src/daemon/peeker.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { RecordList } from '../fixtures/peek/record-list.js';
import { ENGINE_OPTIONS } from '../fixtures/plans/builders.js';

const UNCONFINED = { landlock: 'off', landlockVersion: undefined, allowsCoreDumps: true, libc: undefined };
const LOG = pino({ level: 'silent' });
const PLAN = { io: 'ring', lanes: [], targetAddresses: [], engine: ENGINE_OPTIONS } as const;

/** Takes the place of the engine: it runs every plan, and answers each order to peek with one copy, whose bytes are the order. */
const ENGINE = `
import { Socket } from 'node:net';
import { writeSync } from 'node:fs';
const daemon = new Socket({ fd: 3 });
const record = (type, ...fields) => (bytes) => {
  const length = (8 + 4 * fields.length + bytes.length + 7) & ~7;
  const all = Buffer.alloc(length);
  [length, type, ...fields].forEach((value, index) => all.writeUInt32LE(value, 4 * index));
  bytes.copy(all, 8 + 4 * fields.length);
  writeSync(5, all);
};
function copy(text) {
  const bytes = Buffer.from(text);
  const origin = { sourceId: 's', device: 'd', direction: 'ingress', sessionId: 'a', rule: String(process.pid) };
  const named = Buffer.from(JSON.stringify(origin));
  record(1)(Buffer.alloc(0));
  record(2, 1, named.length)(named);
  record(3, 1, 0, 0, bytes.length, bytes.length, bytes.length)(bytes);
}
let text = '';
daemon.setEncoding('utf8').on('data', (part) => {
  const lines = (text + part).split('\\n');
  text = lines.pop();
  for (const order of lines.map((line) => JSON.parse(line))) {
    if (order.type === 'stop') process.exit();
    if (order.type === 'plan') daemon.write(JSON.stringify({ type: 'applied', generation: order.generation }) + '\\n');
    if (order.type === 'peek' && order.wanted) copy(JSON.stringify(order.wanted.filters));
  }
});
daemon.on('close', () => process.exit());
await new Promise(() => {});
`;

t.test('one engine dies, the next one is peeked at', async (t) => {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(ENGINE)}`;
  const hub: PeekHub = new PeekHub({ count: () => 1, order: (order) => supervisor.stand(order) });
  const supervisor = new EngineSupervisor({
    plan: PLAN,
    generation: 1,
    lanes: new LaneWatches(LOG),
    confinement: UNCONFINED,
    log: LOG,
    openCopies: () => hub.openEngine(),
    onFailure: () => {},
  });
  t.teardown(async () => {
    await supervisor.stop();
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  });
  await supervisor.started;
  const list = new RecordList();
  const socket = {
    destroyed: false,
    write: (bytes: Uint8Array, done: () => void) => {
      list.push(bytes);
      done();
    },
    end: () => {},
  };
  const request = { version: 1, filter: { sessionIds: ['a'] }, snapshotLength: 1000 };
  const peeker = new Peeker(socket as unknown as Socket, request);
  hub.add(peeker);
  await waitFor(
    'a copy',
    () => list.copies.length,
    (count) => count === 1,
  );
  const first = supervisor.pid;
  supervisor.kill();
  await waitFor(
    'a copy of the next one',
    () => list.copies.length,
    (count) => count === 2,
  );
  t.not(supervisor.pid, first);
  const filters = JSON.stringify([{ sessionIds: ['a'] }]);
  t.match(list.copies, [
    { bytes: Buffer.from(filters), from: { rule: String(first) } },
    { bytes: Buffer.from(filters), from: { rule: String(supervisor.pid) } },
  ]);
  t.strictSame(list.notes, [{ kind: 'engine-ended' }]);
  hub.remove(peeker);
  supervisor.kill();
  await waitFor(
    'an engine',
    () => supervisor.restarts,
    (restarts) => restarts === 2,
  );
  await waitFor(
    'its start',
    () => supervisor.pid,
    (pid) => pid !== undefined,
  );
  t.equal(list.copies.length, 2, 'nobody peeks: nothing is asked for');
});
