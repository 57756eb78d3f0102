/** Checks of what the running daemon tells. */
import t from 'tap';
import { checkCounts } from '../../src/doctor/counts.js';
import { checkDaemon, checkWaiting } from '../../src/doctor/daemon.js';
import type { DaemonFacts, Facts, LaneTraffic } from '../../src/doctor/facts.js';
import { checkFarEnd } from '../../src/doctor/far-end.js';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import type { Status } from '../../src/status/status.js';
import {
  codesOf,
  factsOf,
  NOW_MS,
  planWith,
  running,
  wellSource,
  wellStatus,
} from '../fixtures/doctor/facts.js';
import { laneStatus } from '../fixtures/status/status.js';

const with_ = (status: Partial<Status>, rest: Partial<DaemonFacts> = {}): Facts =>
  factsOf({ daemon: running(wellStatus(status), rest) });
const [engine] = wellStatus().engines;
const EXIT = { at: '2026-01-01T00:00:03.000Z', code: null, signal: 'SIGSEGV' as const, reason: '' };

const ROWS: readonly { readonly name: string; readonly facts: Facts; readonly want: readonly unknown[] }[] = [
  { name: 'is well', facts: with_({}), want: [] },
  { name: 'was not asked', facts: factsOf(), want: [] },
  {
    name: 'does not answer',
    facts: factsOf({ daemon: { kind: 'silent', socket: '/s', reason: 'ECONNREFUSED', isForbidden: false } }),
    want: [['error', 'daemon-not-running']],
  },
  {
    name: 'may not be asked',
    facts: factsOf({ daemon: { kind: 'silent', socket: '/s', reason: 'EACCES', isForbidden: true } }),
    want: [],
  },
  { name: 'is elsewhere', facts: with_({}, { isElsewhere: true }), want: [['hint', 'daemon-elsewhere']] },
  {
    name: 'has another file',
    facts: with_({}, { isSameFile: false }),
    want: [['warning', 'daemon-other-configuration']],
  },
  {
    name: 'refused a reload',
    facts: with_({
      reload: { succeeded: 0, failed: 1, lastResult: 'failed', lastAt: EXIT.at, problems: ['c.yaml:1: bad'] },
    }),
    want: [['warning', 'reload-failed']],
  },
  {
    name: 'has not read the file of now',
    facts: { ...with_({}), clock: { ...factsOf().clock, configurationMs: NOW_MS - 5000 } },
    want: [['warning', 'configuration-not-loaded']],
  },
  {
    name: 'has read it by a reload',
    facts: {
      ...with_({
        reload: {
          succeeded: 1,
          failed: 0,
          lastResult: 'applied',
          lastAt: '2026-01-01T00:00:06.000Z',
          problems: [],
        },
      }),
      clock: { ...factsOf().clock, configurationMs: NOW_MS - 5000 },
    },
    want: [],
  },
  {
    name: 'has no engine',
    facts: with_({ engines: [{ ...engine!, pid: null, lastExit: EXIT }] }),
    want: [['error', 'engine-down']],
  },
  {
    name: 'has an engine that stands',
    facts: with_({ engines: [{ ...engine!, beatAgeMs: 2500 }] }),
    want: [['error', 'engine-down']],
  },
  {
    name: 'has an engine that has told nothing yet',
    facts: with_({ engines: [{ ...engine!, beatAgeMs: 4200, countersAgeMs: null }] }),
    want: [['error', 'engine-down', /^engine 4712 is starting: nothing is mirrored yet, after 4 s$/]],
  },
  {
    name: 'had another engine',
    facts: with_({ engines: [{ ...engine!, restarts: 2, lastExit: EXIT }] }),
    want: [['warning', 'engine-restarted']],
  },
];

for (const { name, facts, want } of ROWS) {
  t.test(`a daemon that ${name}`, async (t) => {
    const found = checkDaemon(facts);
    t.equal(found.length, want.length);
    t.match(
      found.map(({ severity, code, text }) => [severity, code, text]),
      want,
    );
  });
}

t.test('a source that waits is told once', async (t) => {
  const lanes = [laneStatus('ingress', { state: 'waiting', reason: 'device eth0 is down' })];
  t.same(codesOf(checkWaiting(with_({ lanes }), new Set())), ['source-waiting']);
  t.same(checkWaiting(with_({ lanes }), new Set(['eni-web'])), []);
});

const SOURCE = wellStatus().sources[0]!;
const counted = laneStatus('ingress', { ringDropped: 0 });

t.test('frames for which there was no room', async (t) => {
  const sources = (rest: object) => [
    { ...SOURCE, ringDropped: 10, ringBytes: 1 << 20, ringWantedBytes: 1 << 20, ...rest },
  ];
  const [now] = checkCounts(with_({ sources: sources({ troubles: ['ring-drops'] }) }));
  t.same([now?.severity, now?.code], ['error', 'ring-drops']);
  t.match(now?.remedy, /^engine\.ringMegabytes: 64; /);
  const [earlier] = checkCounts(with_({ sources: sources({}) }));
  t.same([earlier?.severity, earlier?.code], ['warning', 'ring-drops']);
  const [bounded] = checkCounts(with_({ sources: sources({ ringWantedBytes: 32 << 20 }) }));
  t.match(bounded?.remedy, /^engine\.ringMemoryMegabytes/);
});

t.test('copies that are cut, or late', async (t) => {
  const lanes = [counted];
  const judge = (troubles: Status['sources'][number]['troubles']) =>
    checkCounts(with_({ lanes, sources: [{ ...SOURCE, troubles }] })).map(({ severity, code }) => [
      severity,
      code,
    ]);
  t.same(judge([]), [['warning', 'copies-cut']]);
  t.same(judge(['cuts']), [['error', 'copies-cut']]);
  t.same(judge(['behind']), [
    ['warning', 'copies-cut'],
    ['warning', 'copies-late'],
  ]);
});

t.test('copies that are skipped between two looks', async (t) => {
  const lane = (backlog: number, rate: number, refused = 0) => {
    const [session] = counted.sessions;
    const amount = (packets: number) => ({ packets, bytes: packets });
    return laneStatus('ingress', {
      ringDropped: 0,
      sessions: [
        {
          ...session!,
          cut: 0,
          skipped: { backlog: amount(backlog), rate: amount(rate), refused: amount(refused) },
        },
      ],
    });
  };
  const judge = (before: Status['lanes'], after: Status['lanes']) =>
    checkCounts(with_({ lanes: after }, { before: wellStatus({ lanes: before }) })).map(
      ({ severity, code }) => [severity, code],
    );
  t.same(judge([lane(5, 5)], [lane(5, 5)]), [], 'none of late');
  t.same(judge([lane(5, 5)], [lane(6, 5)]), [['error', 'copies-skipped']]);
  t.same(judge([lane(5, 5)], [lane(5, 6)]), [['hint', 'copies-limited']], 'as it was asked for');
  t.same(judge([lane(5, 5, 0)], [lane(5, 5, 7)]), [], 'the target is told of elsewhere');
});

t.test('received, read and mirrored', async (t) => {
  const lane: LaneTraffic = {
    sourceId: 'eni-web',
    direction: 'ingress',
    passed: 1000,
    read: 40,
    matched: 30,
    ringDropped: 0,
  };
  const judge = (rest: Partial<LaneTraffic>) => checkCounts(with_({}, { traffic: [{ ...lane, ...rest }] }));
  const [found] = judge({});
  t.same([found?.severity, found?.code], ['hint', 'traffic']);
  t.match(
    found?.text,
    /received 1000 frames in 1\.5 s, of which 40 were read and 30 mirrored by a session; the other 960 are of no interest/,
  );
  t.notMatch(found?.text, /lost|drop|fail/i, 'nothing to be alarmed about');
  t.match(judge({ direction: 'egress' })[0]?.text, /sent 1000 frames/);
  t.same(codesOf(judge({ passed: 0, read: 0, matched: 0 })), ['no-traffic']);
  t.same(judge({ passed: undefined }), []);
});

t.test('the far end is a hint, once, for targets that are well', async (t) => {
  const mirrored = with_({ lanes: [counted] });
  const [found, ...others] = checkFarEnd(mirrored, new Set());
  t.same([found?.severity, found?.code, others.length], ['hint', 'far-end', 0]);
  t.match(
    found?.remedy,
    /tcpdump -ni any udp port 4789 # do they arrive, with the VNI that the receiver has \(\d+\)\?.*rp_filter.*notrack/,
  );
  t.same(checkFarEnd(mirrored, new Set(['tmt-1'])), []);
  t.same(checkFarEnd(with_({ lanes: [] }), new Set()), [], 'nothing has left');
  const many = Array.from({ length: 50 }, (_, index) => wellSource({ id: `eni-${index}` }));
  t.equal(checkFarEnd({ ...mirrored, plan: planWith(many) }, new Set()).length, 1);
});

t.test('frames pass, and none was ever wanted', async (t) => {
  const [session] = counted.sessions;
  const lanes = (matched: number) =>
    DIRECTIONS.map((direction) =>
      laneStatus(direction, {
        ringDropped: 0,
        sessions: [{ ...session!, cut: 0, skipped: {}, matched: { packets: matched, bytes: 0 } }],
      }),
    );
  const judge = (matched: number, passed: number | undefined) => {
    const traffic = DIRECTIONS.map((direction) => ({
      sourceId: 'eni-web',
      direction,
      passed,
      read: 0,
      matched: 0,
      ringDropped: 0,
    }));
    return checkCounts(with_({ lanes: lanes(matched) }, { traffic })).filter(
      ({ severity }) => severity !== 'hint',
    );
  };
  const [found, ...others] = judge(0, 8);
  t.match(found, {
    severity: 'warning',
    code: 'nothing-matches',
    subject: 'eni-web',
    text: /^none of the 16 frames /,
    remedy: /^tcpdump -ni veth0 -c 5 # .*traffic-mirror explain --config \S+ --source eni-web --packet/,
  });
  t.same(others, [], 'once, not for each direction');
  t.same(judge(1, 8), [], 'one was, some time');
  t.same(judge(0, 4), [], 'too few to say');
  t.same(judge(0, undefined), [], 'the device does not tell');
});
