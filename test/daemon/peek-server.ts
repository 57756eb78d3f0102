/** The socket of `peek`: who may use it, how many, what it refuses, and what the audit log says. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import type { AuditLine } from '../../src/api/audit.js';
import { MAXIMUM_PEEKERS, PeekHub, type PeekOrderMessage } from '../../src/daemon/peek-hub.js';
import { PeekServer } from '../../src/daemon/peek-server.js';
import { openLibc } from '../../src/linux/libc.js';
import { type PeekAnswer, peekSocketPath } from '../../src/peek/peek-protocol.js';
import type { MirrorPlan } from '../../src/plan/mirror-plan.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { RecordList } from '../fixtures/peek/record-list.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

const PLAN: MirrorPlan = {
  sources: [
    sourcePlan([
      { id: 'tms-a', rules: [{}] },
      { id: 'tms-b', rules: [{}] },
    ]),
  ],
  engine: ENGINE_OPTIONS,
  healthChecks: [],
};

interface Served {
  readonly path: string;
  readonly server: PeekServer;
  readonly lines: AuditLine[];
  readonly orders: PeekOrderMessage[];
  readonly warnings: string[];
}

async function serve(t: Test, group?: string, findGroup?: () => Promise<number>): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-peek-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const lines: AuditLine[] = [];
  const orders: PeekOrderMessage[] = [];
  const warnings: string[] = [];
  const log = pino({}, { write: (line: string) => void warnings.push(line) });
  const audit = {
    write: (line: AuditLine) => void lines.push(line),
    limit: (_: string, write: (n: number) => void) => write(0),
  };
  const libc = await openLibc().catch(() => undefined);
  const hub = new PeekHub({ count: () => 1, order: (order) => orders.push(order) }, 0);
  const server = await PeekServer.start(
    directory,
    { version: '1.2.3', libc, group, audit, log, ...(findGroup && { findGroup }) },
    hub,
    () => PLAN,
  );
  t.teardown(() => server.close());
  return { path: peekSocketPath(directory), server, lines, orders, warnings };
}

interface Asked {
  readonly socket: Socket;
  /** Undefined: the connection was closed without one. */
  readonly answer: PeekAnswer | undefined;
  readonly list: RecordList;
  readonly closed: Promise<void>;
}

/** Sends a line and waits for the answer. */
function ask(t: Test, path: string, request: unknown): Promise<Asked> {
  const text = typeof request === 'string' ? request : `${JSON.stringify(request)}\n`;
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true }, () => socket.write(text));
    t.teardown(() => socket.destroy());
    const list = new RecordList();
    let head = Buffer.alloc(0);
    let answer: PeekAnswer | undefined;
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve({ socket, answer, list, closed }));
    socket.on('data', (bytes) => {
      if (answer !== undefined) return list.push(bytes);
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf('\n');
      if (end < 0) return;
      answer = JSON.parse(head.subarray(0, end).toString()) as PeekAnswer;
      list.push(head.subarray(end + 1));
      resolve({ socket, answer, list, closed });
    });
  });
}

const REQUEST = { version: 1, filter: {}, snapshotLength: 100 };

t.test('the socket is the owner’s', async (t) => {
  const { path } = await serve(t);
  t.equal(statSync(path).mode & 0o777, 0o600);
});

t.test('a group may have it too', { skip: process.geteuid?.() !== 0 && 'needs root' }, async (t) => {
  const { path, warnings } = await serve(t, 'daemon');
  await waitFor(
    'the mode',
    () => statSync(path).mode & 0o777,
    (mode) => mode === 0o660,
  );
  t.equal(statSync(path).gid, 1);
  t.strictSame(warnings, []);
});

t.test('a group that is not there is a warning, and the socket stays the owner’s', async (t) => {
  const { path, warnings } = await serve(t, 'no-such-group');
  await waitFor(
    'the warning',
    () => warnings.length,
    (count) => count > 0,
  );
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.match(warnings, [/state\.peekGroup: there is no group no-such-group/]);
});

t.test('nothing waits for a directory service, and the owner can peek meanwhile', async (t) => {
  const { path } = await serve(t, 'slow', () => new Promise(() => {}));
  t.equal(statSync(path).mode & 0o777, 0o600);
  const { answer } = await ask(t, path, REQUEST);
  t.notMatch(answer, { error: {} });
});

t.test('a peek from start to end, and its two lines', async (t) => {
  const { path, lines, orders } = await serve(t);
  const filter = { sessionIds: ['tms-b'], sourceIds: ['eni-1'], direction: 'ingress' };
  const { socket, answer, list, closed } = await ask(t, path, { ...REQUEST, filter });
  t.strictSame(answer, { version: 1, pid: process.pid, daemonVersion: '1.2.3' });
  t.match(orders.at(-1), { wanted: { filters: [filter], snapshotLength: 100 } });
  const about = {
    ...{ source: 'unix', action: 'Peek', resources: ['tms-b'], sources: ['eni-1'], direction: 'ingress' },
    ...{ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() },
  };
  t.match(lines, [{ ...about, outcome: 'started' }]);
  socket.end();
  await closed;
  t.strictSame(list.notes, [{ kind: 'end', copies: 0, leftOut: 0, reason: 'done' }]);
  t.match(lines[1], { ...about, outcome: 'done', copies: 0, leftOut: 0, requestId: lines[0]?.requestId });
  t.strictSame(orders.at(-1), { type: 'peek' }, 'nobody peeks any more');
});

t.test('one that is killed has its line too', async (t) => {
  const { path, lines, orders } = await serve(t);
  const { socket } = await ask(t, path, REQUEST);
  socket.destroy();
  await waitFor(
    'its end',
    () => lines.length,
    (count) => count === 2,
  );
  t.match(lines[1], { outcome: 'done' });
  t.strictSame(orders.at(-1), { type: 'peek' });
});

t.test('what is refused', async (t) => {
  const { path, lines } = await serve(t);
  const rows: [request: unknown, code: string, message: RegExp][] = [
    ['GET / HTTP/1.1\n', 'InvalidRequest', /does not understand/],
    ['[]\n', 'InvalidRequest', /does not understand/],
    [{ version: '1' }, 'InvalidRequest', /does not understand/],
    [{ ...REQUEST, snapshotLength: -1 }, 'InvalidRequest', /does not understand/],
    [{ ...REQUEST, filter: { sessionIds: 'tms-a' } }, 'InvalidRequest', /does not understand/],
    [{ ...REQUEST, filter: { direction: 'up' } }, 'InvalidRequest', /does not understand/],
    [
      { ...REQUEST, filter: { sessionIds: Array(33).fill('tms-a') } },
      'InvalidRequest',
      /does not understand/,
    ],
    [`${'x'.repeat(40_000)}`, 'InvalidRequest', /does not understand/],
    [{ version: 2 }, 'UnsupportedVersion', /version 1 of the peek protocol, not 2/],
    [
      { ...REQUEST, filter: { sessionIds: ['tms-a', 'tms-x'] } },
      'UnknownSession',
      /^session tms-x: .* it has tms-a, tms-b$/,
    ],
    [{ ...REQUEST, filter: { sourceIds: ['eni-9'] } }, 'UnknownSource', /^source eni-9: .* it has eni-1$/],
  ];
  for (const [request, code, message] of rows) {
    const { answer, closed } = await ask(t, path, request);
    t.match(answer, { error: { code, message } }, JSON.stringify(request).slice(0, 60));
    await closed;
    t.match(lines.at(-1), { action: 'Peek', outcome: code });
  }
  t.equal(lines.length, rows.length, 'one line each');
});

t.test('a hundred at once: eight peek, all others are told, and a place that is free is taken', async (t) => {
  const { path, lines } = await serve(t);
  const all = await Promise.all(Array.from({ length: 100 }, () => ask(t, path, REQUEST)));
  const served = all.filter(({ answer }) => answer !== undefined && !('error' in answer));
  t.equal(served.length, MAXIMUM_PEEKERS);
  const refused = all.filter(({ answer }) => answer !== undefined && 'error' in answer);
  for (const { answer } of refused)
    t.match(answer, { error: { code: 'TooManyPeekers', message: /^8 are peeking/ } });
  t.ok(refused.length >= 64 - MAXIMUM_PEEKERS, `${refused.length} are told, the others are not heard`);
  served[0]!.socket.end();
  await served[0]!.closed;
  await waitFor(
    'its end',
    () => lines.filter(({ outcome }) => outcome === 'done').length,
    (count) => count === 1,
  );
  const again = await ask(t, path, REQUEST);
  t.notMatch(again.answer, { error: {} });
});

t.test('one that asks nothing is sent away', async (t) => {
  const { path, lines } = await serve(t);
  const { answer } = await ask(t, path, '{"version":');
  t.equal(answer, undefined);
  t.strictSame(lines, []);
});

t.test('the daemon stops', async (t) => {
  const { path, server, lines } = await serve(t);
  const { list, closed } = await ask(t, path, REQUEST);
  await server.close();
  await closed;
  t.match(list.notes, [{ kind: 'end', reason: 'stopping' }]);
  t.match(lines.at(-1), { outcome: 'done' });
});

t.test('one that is refused and does not go gives its place up all the same', async (t) => {
  const { path } = await serve(t);
  const socket = connect({ path, allowHalfOpen: true });
  t.teardown(() => socket.destroy());
  socket.write('{}\n');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  socket.on('error', () => {});
  // It never ends its side, and goes on writing.
  const writing = setInterval(() => socket.write('x'), 20);
  t.teardown(() => clearInterval(writing));
  await closed;
  t.pass();
});

t.test('the stop does not wait for those who say nothing', async (t) => {
  const { path, server } = await serve(t);
  const socket = connect({ path, allowHalfOpen: true });
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  const before = performance.now();
  await server.close();
  t.ok(performance.now() - before < 2000);
});

t.test('peeks in a loop are refused above a rate, with a clear line', async (t) => {
  const { path, lines } = await serve(t);
  let refused: PeekAnswer | undefined;
  for (let start = 0; start < 500 && refused === undefined; start++) {
    const { socket, answer, closed } = await ask(t, path, REQUEST);
    socket.destroy();
    await closed;
    if (answer !== undefined && 'error' in answer) refused = answer;
  }
  t.match(refused, {
    error: { code: 'TooManyPeekers', message: /can start 10 peeks in a second: try again/ },
  });
  t.match(
    lines.find(({ outcome }) => outcome === 'TooManyPeekers'),
    { action: 'Peek' },
  );
});

t.test('one that goes on writing after its request is sent away', async (t) => {
  const { path, lines } = await serve(t);
  const { socket, closed } = await ask(t, path, REQUEST);
  socket.write('x');
  await closed;
  await waitFor(
    'its end',
    () => lines.at(-1)?.outcome,
    (outcome) => outcome === 'done',
  );
  t.pass();
});

t.test('what the audit log says of a refused peek has bounds', async (t) => {
  const { path, lines } = await serve(t);
  const ids = Array.from({ length: 32 }, (_, number) => `${number}\u009b${'x'.repeat(400)}`);
  const { closed } = await ask(t, path, { ...REQUEST, filter: { sessionIds: ids, sourceIds: ids } });
  await closed;
  for (const shown of [lines[0]?.resources, lines[0]?.sources]) {
    t.equal(shown?.length, 10);
    t.ok(shown?.every((id) => id.length === 255 && !id.includes('\u009b')));
  }
});
