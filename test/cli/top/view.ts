/** What `top` shows of two statuses: at 80 and 120 columns, and that no line is ever wider. */
import t from 'tap';
import { FIRST_PAGE, pageOf, type ScreenSize } from '../../../src/cli/top/page.js';
import { paintColours, paintNothing } from '../../../src/cli/top/paint.js';
import { type Layout, viewOf } from '../../../src/cli/top/view.js';
import type { Status } from '../../../src/status/status.js';
import { busyStatus } from '../../fixtures/status/busy-status.js';
import { laneStatus, statusOf } from '../../fixtures/status/status.js';

const LAYOUT: Layout = { ...FIRST_PAGE, columns: 80, paint: paintNothing, mostReasons: 5 };
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCES = /\x1b\[[\d;]*m/g;

function linesOf(now: Status, before: Status | undefined, layout: Partial<Layout> = {}): string[] {
  const { head, body } = viewOf(now, before, { ...LAYOUT, ...layout });
  return [...head, ...body].map((line) => line.trimEnd());
}

t.test('at 80 columns', async (t) => {
  t.strictSame(linesOf(busyStatus(1), busyStatus(0)), [
    'traffic-mirror 0.1.0  pid 4711  up 26 h 0 min  I/O ring  restarts 2  failing',
    'mirrored 78.7k/s  cut 20.2k/s  skipped 1.38k/s: priority 1.35k, backlog 30',
    '! reload failed 41 min ago (and 1 more): line 41: trafficMirrorSessions[2].sess…',
    '! source eni-0f9e8d7c6b5a41302 ingress: device vethd41d8cd98f0 is down',
    '! source eni-0a1b2c3d4e5f60718: 24.3 % of its copies were cut',
    '- source eni-0a1b2c3d4e5f60718: 1.7 % of its copies gave way to other traffic',
    '',
    'SOURCE                DIR DEVICE       STATE     READ/s  BIT/s DROP/s DROPS RING',
    'eni-0a1b2c3d4e5f60718 in  ens5         capturing  42.1k   236M      0     0  12%',
    'eni-0a1b2c3d4e5f60718 out ens5         capturing  41.0k   229M    120 3.34k  61%',
    'eni-0f9e8d7c6b5a41302 in  vethd41d8cd… waiting        0      0      0     0   0%',
    '',
    'SESSION               DIR MIRR/s  BIT/s CUT/s SKIP/s SKIPPED WHY',
    'tms-0123456789abcdef0 in   38.0k   213M 4.70k    930   19.2k priority 16.8k, ba…',
    'tms-0fedcba9876543210 in     620  3.47M     0      0       0',
    'deleted tms-0aaaabbb… in       0      0     0      0       0',
    'tms-0123456789abcdef0 out  40.0k   224M 15.5k    450   11.9k priority 11.9k',
    'tms-00112233445566778 in       0      0     0      0   38.0k target-down 38.0k',
    '',
    'TARGET                       STATE       DEVICE          FRAMES TO  COPIES LEAVE',
    '10.9.0.2                     reachable   ens6               1464 B           xdp',
    '2001:db8:9::17               reachable   ens6               1464 B        routed',
    '10.9.0.3  unreachable: the next hop does not answer',
    '',
    'RULE                                   SESSION                FRAMES/s    FRAMES',
    'tmfr-0a9b8c7d6e5f43210                 tms-0123456789abcdef0     78.0k     16.2M',
    'amazon-dns                             tms-0fedcba9876543210       620      411k',
    'tmfr-00ffeeddccbbaa998                 tms-00112233445566778         0     12.0k',
  ]);
});

t.test('a wide screen has more columns, and whole names', async (t) => {
  const lines = linesOf(busyStatus(1), busyStatus(0), { columns: 120 });
  t.match(lines.join('\n'), / VNI TARGET +MIRR/);
  t.match(lines.join('\n'), / 12804711 tmt-0d41d8cd98f00b204 /);
  t.match(lines.join('\n'), / vethd41d8cd98f0 waiting /);
  t.match(lines.join('\n'), /UNMAT\/s .* BEHIND$/m);
});

t.test('before there are rates', async (t) => {
  const lines = linesOf(busyStatus(0), undefined);
  t.match(lines[1], /^mirrored -\/s {2}cut -\/s {2}skipped -\/s$/);
  t.match(lines[8], / capturing +- +- +- +0 +12%$/);
});

t.test('a daemon that was started again has no rates until the second look at it', async (t) => {
  const before = busyStatus(1, { uptimeSeconds: 500 });
  for (const [name, rest] of Object.entries({
    'another pid': { uptimeSeconds: 502, pid: 99 },
    'the same pid, started later': { uptimeSeconds: 502, startedAt: '2026-01-03T00:00:00.000Z' },
    'a shorter life': { uptimeSeconds: 1 },
  })) {
    const lines = linesOf(busyStatus(0, rest), before);
    t.match(lines[1], /^mirrored -\/s/, name);
    t.notMatch(lines.join('\n'), / -\d/, `${name}: nothing is negative`);
  }
});

t.test('a counter that fell has no rate, and the others have', async (t) => {
  const [lane, ...others] = busyStatus(1).lanes;
  const fell = { ...lane!, read: { packets: 5, bytes: 500 } };
  const lines = linesOf(busyStatus(1, { lanes: [fell, ...others] }), busyStatus(0));
  t.match(lines[8], / capturing +- +- +0 /);
  t.match(lines[9], / capturing +41\.0k +229M /);
});

t.test('orders', async (t) => {
  const order = (layout: Partial<Layout>): string[] =>
    linesOf(busyStatus(1), busyStatus(0), layout)
      .filter((line) => /^(tms-|deleted)\S* .*(in|out) /.test(line))
      .map((line) => line.slice(0, 25).trimEnd());
  const [http, dns, deleted, httpOut, sql] = order({});
  t.match(http, /^tms-0123456789abcdef0 in/);
  t.strictSame(order({ order: 'r' }), [httpOut, http, dns, deleted, sql], 'busiest first');
  t.strictSame(order({ order: 's' }), [http, httpOut, dns, deleted, sql], 'most skipped first');
  t.strictSame(order({ order: 'c' }), [httpOut, http, dns, deleted, sql], 'most cut first');
  t.strictSame(order({ order: 'n', isReversed: true }), [sql, httpOut, deleted, dns, http], 'reversed');
});

t.test('many reasons', async (t) => {
  const reasons = Array.from({ length: 10_000 }, (_, index) => `reason ${index}`);
  const health = { state: 'failing', reasons, notes: [] } as const;
  const lines = linesOf(statusOf({ health }), undefined, { mostReasons: 3 });
  t.strictSame(
    lines.filter((line) => /reason|more:/.test(line)),
    ['! reason 0', '! reason 1', '! 10.0k more: status'],
  );
  t.equal(linesOf(statusOf({ health }), undefined, { mostReasons: Infinity }).length > 10_000, true);
});

t.test('no line is wider than the screen, whatever the names are', async (t) => {
  const names = ['x'.repeat(255), '漢字'.repeat(60), '👩‍👩‍👧'.repeat(40), 'é'.repeat(255)];
  const sizes: ScreenSize[] = [80, 60, 40, 20, 1, 120, 200].map((columns) => ({ columns, rows: 24 }));
  for (const name of names) {
    const status = statusOf({
      configurationFile: name,
      health: { state: 'failing', reasons: [name], notes: [name] },
      lanes: [laneStatus('ingress', { sourceId: name, device: name })],
      targets: [
        {
          address: name,
          device: name,
          maximumInnerLength: 0,
          state: 'unreachable',
          reason: name,
          emission: 'routed',
          emissionReason: '',
        },
      ],
    });
    for (const size of sizes) {
      for (const paint of [paintNothing, paintColours]) {
        const view = viewOf(status, statusOf(), { ...LAYOUT, ...size, paint });
        const lines = pageOf(view, FIRST_PAGE, size, paint).map((line) => line.replace(SEQUENCES, ''));
        t.ok(lines.length <= size.rows, `${size.rows} rows`);
        const wide = lines.filter((line) => columnsOf(line) > size.columns);
        t.strictSame(wide, [], `${size.columns} columns`);
      }
    }
  }
});

t.test('no name reaches the terminal with what it acts on', async (t) => {
  const evil = 'a\x1b]0;title\x07\x9b2J\u202e\u200b\r\nb';
  const { sources } = statusOf();
  const [session] = laneStatus('ingress').sessions;
  const status = statusOf({
    version: evil,
    configurationFile: evil,
    reload: {
      succeeded: 0,
      failed: 1,
      lastResult: 'failed',
      lastAt: '2026-01-01T00:00:00Z',
      problems: [evil],
    },
    health: { state: 'failing', reasons: [evil], notes: [evil] },
    sources,
    lanes: [
      laneStatus('ingress', {
        sourceId: evil,
        device: evil,
        sessions: [{ ...session!, sessionId: evil, rules: [{ ruleId: evil, packets: 1 }] }],
      }),
    ],
    sessions: [{ sessionId: evil, sourceId: evil, sessionNumber: 1, virtualNetworkId: 1, targetId: evil }],
    targets: [
      {
        address: evil,
        device: evil,
        maximumInnerLength: 0,
        state: 'reachable',
        reason: evil,
        emission: 'routed',
        emissionReason: evil,
      },
    ],
  });
  const text = linesOf(status, undefined, { columns: 500 }).join('\n');
  t.notMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e\u200b]/u);
  t.match(text, 'a\ufffd]0;title');
});

t.test('workers, where there are several', async (t) => {
  const [engine] = statusOf().engines;
  const engines = [engine!, { ...engine!, worker: 2, pid: null, readPackets: 40 }];
  const now = statusOf({ uptimeSeconds: 12, engines: [{ ...engine!, readPackets: 2090 }, engines[1]!] });
  const lines = linesOf(now, statusOf({ engines }));
  const from = lines.findIndex((line) => line.startsWith('WORKER'));
  t.strictSame(lines.slice(from, from + 3), [
    'WORKER                         STATE           READ/s   DROPPED     DELAY',
    '1 pid 4712                     running          1.00k         1      4 ms',
    '2                              not running          0         1      4 ms',
  ]);
});

/** Counts what is wide twice: rough, and never too few. */
function columnsOf(line: string): number {
  return [...new Intl.Segmenter().segment(line)].reduce(
    (sum, { segment }) => sum + (/[\p{Script=Han}\p{Extended_Pictographic}]/u.test(segment) ? 2 : 1),
    0,
  );
}
