/** An engine that was taken over may say anything: it is ended, and the daemon goes on. */
import t, { type Test } from 'tap';
import { EngineProcess } from '../../src/daemon/engine-process.js';
import { EngineReports } from '../../src/daemon/engine-report.js';
import { PeekHub } from '../../src/daemon/peek-hub.js';
import type { EngineReport } from '../../src/engine/messages.js';
import type { PeekOrder } from '../../src/peek/peek-order.js';
import { skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { RecordList } from '../fixtures/peek/record-list.js';

const UNCONFINED = { landlock: 'off', landlockVersion: undefined, allowsCoreDumps: true, libc: undefined };

interface Life {
  readonly reports: readonly EngineReport[];
  readonly signal: NodeJS.Signals | null;
}

/** Starts an engine that writes something to the daemon before it does anything else, and waits for its end. */
function live(t: Test, code: string): Promise<Life> {
  const before = process.env.NODE_OPTIONS;
  const script = encodeURIComponent(`import { writeSync } from 'node:fs'; ${code}`);
  process.env.NODE_OPTIONS = `--import=data:text/javascript,${script}`;
  const reports: EngineReport[] = [];
  try {
    return new Promise((resolve) => {
      const engine = new EngineProcess(
        {
          report: (report) => reports.push(report),
          output: () => {},
          exit: (_code, signal) => resolve({ reports, signal }),
        },
        UNCONFINED,
      );
      t.teardown(() => engine.kill());
    });
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}

t.test('an engine that says what no engine says is ended', async (t) => {
  const rows: [name: string, code: string][] = [
    ['no JSON', `writeSync(3, '{"type":\\n');`],
    ['no report', `writeSync(3, 'null\\n');`],
    ['counters without lanes', `writeSync(3, '{"type":"counters"}\\n');`],
  ];
  for (const [name, code] of rows) {
    const { reports, signal } = await live(t, `${code} setInterval(() => {}, 1000);`);
    t.equal(signal, 'SIGKILL', name);
    t.match(reports, [{ type: 'failed', code: 'internal', reason: /^it is not understood: / }], name);
  }
});

t.test('only reports are taken', async (t) => {
  const amount = { packets: 1, bytes: 60 };
  const lane = {
    ...{ sourceId: 'eni-1', direction: 'ingress', read: amount, ringDropped: 0, unmatched: 0, unparsable: 0 },
    unmirrored: { arp: 1 },
    latency: { microseconds: 5, blocks: { '100': 1 } },
    sessions: [
      {
        ...{ sessionId: 'tms-1', matched: amount, mirrored: amount, skipped: { mtu: amount } },
        ...{ segmented: 0, segments: 0, unsegmented: 0, truncated: 0, cut: 0, fragmented: 0 },
        rules: [{ ruleId: 'tmfr-1', packets: 1 }],
        services: {},
      },
    ],
  };
  const rings = { ringFill: 0.5, ringBytes: 4, ringWantedBytes: 8 };
  const gauge = { sourceId: 'eni-1', direction: 'ingress', ...rings, behindSeconds: 0 };
  const counters = { type: 'counters', lanes: [lane], gauges: [gauge], removed: [], final: false, ageMs: 3 };
  const push = (message: unknown): unknown => new EngineReports().push(`${JSON.stringify(message)}\n`);
  t.same(push(counters), [counters]);
  const bad: unknown[] = [
    ...[1, 'counters', [], null, {}, { type: 'toString' }, { type: '__proto__' }, { type: 'applied' }],
    { type: 'beat', rounds: '1', loopDelayMs: 0, xdpInvalidDescriptors: 0 },
    { type: 'beat', rounds: 1, loopDelayMs: 0 },
    { type: 'lane', sourceId: {}, direction: 'ingress', state: 'waiting', reason: '', carrier: true, mtu: 0 },
    { ...counters, lanes: [null] },
    { ...counters, lanes: [{ ...lane, direction: 'up' }] },
    { ...counters, lanes: [{ ...lane, read: { packets: 'x', bytes: 1 } }] },
    { ...counters, lanes: [{ ...lane, sessions: [{ ...lane.sessions[0], skipped: { mtu: 1 } }] }] },
    ...['ringFill', 'ringBytes', 'ringWantedBytes', 'behindSeconds'].map((name) => ({
      ...counters,
      gauges: [{ ...gauge, [name]: '1' }],
    })),
    { ...counters, ageMs: null },
    { ...counters, removed: [{ sourceId: 1, direction: 'ingress' }] },
  ];
  for (const message of bad) t.throws(() => push(message), Error, JSON.stringify(message));
  t.throws(
    () =>
      new EngineReports().push('{"type":"beat","rounds":1e999,"loopDelayMs":0,"xdpInvalidDescriptors":0}\n'),
    Error,
  );
});

/** Starts an engine and gives it orders. @returns what it sends of copies. @param cpu given: by way of the launcher. */
function copiesOf(t: Test, cpu?: number): { engine: EngineProcess; list: RecordList } {
  const list = new RecordList();
  const receiver = { push: (bytes: Uint8Array) => list.push(bytes), end: () => {} };
  const listener = { report: () => {}, output: () => {}, exit: () => {}, copies: receiver };
  const engine = new EngineProcess(listener, UNCONFINED, cpu);
  t.teardown(() => engine.kill());
  return { engine, list };
}

const WANTED: PeekOrder = { filters: [{}], snapshotLength: 100, copiesPerSecond: 10, bytesPerSecond: 1000 };

for (const [name, cpu] of [
  ['an engine that somebody peeks at begins to send', undefined],
  ['so does one that the launcher starts', 0],
] as const) {
  t.test(name, { skip: skipWithoutBuild }, async (t) => {
    const { engine, list } = copiesOf(t, cpu);
    engine.order({ type: 'peek', wanted: WANTED });
    await waitFor(
      'a start',
      () => list.begins,
      (begins) => begins === 1,
    );
    engine.order({ type: 'peek', wanted: { ...WANTED, filters: [{}, {}] } });
    engine.order({ type: 'peek' });
    engine.order({ type: 'peek', wanted: WANTED });
    await waitFor(
      'another start',
      () => list.begins,
      (begins) => begins === 2,
    );
    t.equal(list.begins, 2);
  });
}

t.test('an engine that sends copies as no engine does is ended', async (t) => {
  const before = process.env.NODE_OPTIONS;
  const script = encodeURIComponent(
    `import { writeSync } from 'node:fs'; writeSync(5, Buffer.alloc(64, 0xff)); setInterval(() => {}, 1000);`,
  );
  process.env.NODE_OPTIONS = `--import=data:text/javascript,${script}`;
  const reports: EngineReport[] = [];
  const hub = new PeekHub({ count: () => 1, order: () => {} });
  const ended = new Promise((resolve) => {
    const engine = new EngineProcess(
      {
        report: (report) => reports.push(report),
        output: () => {},
        exit: (_code, signal) => resolve(signal),
        copies: hub.openEngine(),
      },
      UNCONFINED,
    );
    t.teardown(() => engine.kill());
  });
  if (before === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
  t.equal(await ended, 'SIGKILL');
  t.match(reports, [{ type: 'failed', reason: /^it is not understood: a record of 4294967295 bytes/ }]);
});

t.test(
  'an engine ends by itself when what is preloaded throws at its end',
  { skip: skipWithoutBuild },
  async (t) => {
    const before = process.env.NODE_OPTIONS;
    const script = `process.on('exit', () => { throw new Error('not permitted'); });`;
    process.env.NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(script)}`;
    t.teardown(() => {
      if (before === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = before;
    });
    let countedMs = Number.NaN;
    const endedMs = await new Promise<number>((resolve) => {
      const engine = new EngineProcess(
        {
          report: (report) => {
            if (report.type === 'beat') engine.stop();
            if (report.type !== 'counters' || !report.final) return;
            countedMs = performance.now();
            engine.counted();
          },
          output: () => {},
          exit: () => resolve(performance.now()),
        },
        UNCONFINED,
      );
      t.teardown(() => engine.kill());
    });
    // Limits end it after four seconds.
    t.ok(endedMs - countedMs < 3500, `${Math.round(endedMs - countedMs)} ms after its last counts`);
  },
);
