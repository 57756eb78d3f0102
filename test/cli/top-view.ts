/** What `top` shows, at 80 columns and at fewer. */
import t from 'tap';
import { topView } from '../../src/cli/top-view.js';
import type { LaneStatus } from '../../src/status/status.js';
import { laneStatus, statusOf } from '../fixtures/status/status.js';

/** Two seconds later, with more of everything in one direction. */
function later(): ReturnType<typeof statusOf> {
  const lane = laneStatus('ingress');
  const [session] = lane.sessions;
  const busier: LaneStatus = {
    ...lane,
    read: { packets: 3100, bytes: 3_064_000 },
    sessions: [
      {
        ...session!,
        mirrored: { packets: 2070, bytes: 2_050_000 },
        skipped: { backlog: { packets: 107, bytes: 107_000 }, 'no-route': { packets: 3, bytes: 3_000 } },
        rules: [{ ruleId: 'tmfr-http', packets: 2075 }],
      },
    ],
  };
  const { sources, lanes } = statusOf();
  return statusOf({
    uptimeSeconds: 12,
    sources: [{ ...sources[0]!, NetworkPacketsMirrorIn: 2070, NetworkPacketsSkipMirrorIn: 114 }],
    lanes: [busier, lanes[1]!],
    health: {
      state: 'failing',
      reasons: ['source eni-web egress: device eth0 is down'],
      notes: ['source eni-web: a note'],
    },
  });
}

const SIZE = { columns: 80, rows: 40 };

t.test('at 80 columns', async (t) => {
  t.strictSame(topView(later(), statusOf(), SIZE), [
    'traffic-mirror 1.2.3  pid 4711  up 12 s  I/O ring  restarts 2  failing',
    'mirrored 1.00k/s  skipped 50/s  (q quits)',
    '! source eni-web egress: device eth0 is down',
    '- source eni-web: a note',
    '',
    'SOURCE                      STATE    READ/s     BIT/s UNMATCH/s   DROPPED   RING',
    'eni-web eth0 ingress    capturing     1.50k     12.0M         0         4   25 %',
    'eni-web eth0 egress       waiting         0         0         0         4   25 %',
    '',
    'SESSION                                   MIRROR/s     BIT/s    SKIP/s   SKIPPED',
    'tms-web eni-web#1 to tmt-ids VNI 42          1.00k     8.00M        50       120',
    '',
    'TARGET                           STATE          DEVICE  FRAMES TO   COPIES LEAVE',
    '10.9.0.2                     reachable            eth1     1464 B         routed',
    '10.9.0.3  unreachable: no route',
    '',
    'RULE                                                       FRAMES/s       FRAMES',
    'tms-web  tmfr-http                                            1.00k        2.15k',
    'tms-web  amazon-dns                                               0           10',
  ]);
});

t.test('before there are rates', async (t) => {
  const lines = topView(statusOf(), undefined, SIZE);
  t.match(lines[4], /^eni-web eth0 ingress +capturing +- +- +- +4 +25 %$/);
});

t.test('a daemon that was restarted has no rates yet', async (t) => {
  const lines = topView(statusOf({ uptimeSeconds: 1 }), statusOf({ uptimeSeconds: 500 }), SIZE);
  t.notMatch(lines.join('\n'), /-\d/);
});

t.test('never wider nor longer than the screen', async (t) => {
  const long = 'x'.repeat(255);
  const status = statusOf({
    configurationFile: long,
    health: { state: 'failing', reasons: [long], notes: [] },
    lanes: [laneStatus('ingress', { sourceId: long })],
    targets: [
      {
        address: '10.9.0.2',
        device: '',
        maximumInnerLength: 0,
        state: 'unreachable',
        reason: long,
        emission: 'routed',
        emissionReason: '',
      },
    ],
  });
  for (const size of [
    SIZE,
    { columns: 80, rows: 5 },
    { columns: 60, rows: 24 },
    { columns: 200, rows: 60 },
  ]) {
    const lines = topView(status, statusOf(), size);
    t.ok(lines.length <= size.rows, `${size.rows} rows`);
    t.strictSame(
      lines.filter((line) => line.length > size.columns),
      [],
      `${size.columns} columns`,
    );
  }
});

t.test('workers, where there are several', async (t) => {
  const [engine] = statusOf().engines;
  const engines = [engine!, { ...engine!, worker: 2, pid: null, readPackets: 40 }];
  const lines = topView(
    statusOf({ uptimeSeconds: 12, engines: [{ ...engine!, readPackets: 2090 }, engines[1]!] }),
    statusOf({ engines }),
    SIZE,
  );
  t.strictSame(lines.slice(2, 6), [
    '',
    'WORKER                                       STATE    READ/s   DROPPED     DELAY',
    '1 pid 4712                                 running     1.00k         1      4 ms',
    '2                                      not running         0         1      4 ms',
  ]);
});
