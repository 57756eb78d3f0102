/** The text of `status`: what is wrong comes first, and nothing in it acts on a terminal. */
import t from 'tap';
import { formatStatus } from '../../src/cli/status.js';
import { laneCounts, laneStatus, statusOf } from '../fixtures/status/status.js';

function linesOf(...args: Parameters<typeof statusOf>): string[] {
  return formatStatus(statusOf(...args)).split('\n');
}

t.test('a failed reload is told in front, with time and reason', async (t) => {
  const reload = {
    succeeded: 0,
    failed: 1,
    lastResult: 'failed',
    lastAt: '2026-01-01T00:00:05.500Z',
  } as const;
  const problems = Array.from({ length: 12 }, (_, index) => `c.yaml:${index + 1}: bad`);
  t.strictSame(linesOf({ reload: { ...reload, problems } }).slice(1, 8), [
    'reload failed at 2026-01-01T00:00:05.500Z, the configuration before goes on: c.yaml:1: bad',
    '  c.yaml:2: bad',
    '  c.yaml:3: bad',
    '  c.yaml:4: bad',
    '  c.yaml:5: bad',
    '  and 7 more: traffic-mirror check',
    'health ok',
  ]);
  t.strictSame(linesOf({ reload: { ...reload, problems: ['c.yaml:1: bad'] } }).slice(1, 3), [
    'reload failed at 2026-01-01T00:00:05.500Z, the configuration before goes on: c.yaml:1: bad',
    'health ok',
  ]);
  const applied = { ...reload, lastResult: 'applied', problems: [] } as const;
  t.notMatch(linesOf({ reload: applied }).join('\n'), 'reload failed');
  t.ok(linesOf({ reload: applied }).includes('configuration applied at 2026-01-01T00:00:05.500Z'));
});

t.test('sessions that were deleted have names', async (t) => {
  const [session] = laneCounts('ingress').sessions;
  const removed = { ...session!, sessionId: '', rules: [], services: {} };
  const text = (removedSessionIds?: string[]): string =>
    linesOf({
      lanes: [
        laneStatus('ingress', {
          sessions: [{ ...removed, ...(removedSessionIds && { removedSessionIds }) }],
        }),
      ],
    }).join('\n');
  t.match(text(['tms-1', 'tms-2']), /^ {4}deleted sessions \(tms-1, tms-2\): matched 80 /m);
  t.match(text(), /^ {4}deleted sessions: matched 80 /m, 'as an older daemon tells it');
  t.notMatch(text(['tms-1']), /^ +:/m);
});

t.test('sessions and load balancers', async (t) => {
  const session = {
    sessionId: 'tms-1',
    sourceId: 'eni-1',
    sessionNumber: 2,
    virtualNetworkId: 1,
    targetId: 'tmt-1',
  };
  const since = '2026-01-01T00:00:02.000Z';
  const lines = linesOf({
    sessions: [
      { ...session, active: true, since, cause: '', reason: '' },
      {
        ...session,
        sessionId: 'tms-2',
        active: false,
        since,
        cause: 'listener',
        reason: 'no\x1b[2J listener',
      },
      { ...session, sessionId: 'tms-old' },
    ],
    loadBalancers: [
      {
        networkLoadBalancerArn: 'nlb-ids',
        crossZone: false,
        zones: [{ availabilityZone: 'a', addresses: 3, healthy: 2 }],
        targets: [
          { targetId: 'tmt-1', active: true, reason: '' },
          { targetId: 'tmt-2', active: false, reason: 'no listener' },
        ],
      },
      {
        networkLoadBalancerArn: 'nlb-plain',
        crossZone: true,
        zones: [{ availabilityZone: null, addresses: 1, healthy: 1 }],
        targets: [],
      },
    ],
  });
  const at = lines.indexOf(`session tms-1 (eni-1, number 2, to tmt-1)  active since ${since}`);
  t.ok(at > 0);
  t.match(lines.slice(at + 1, at + 5), [
    /^session tms-2 \(eni-1, number 2, to tmt-1\) {2}inactive since .*: no\P{Cc}+ listener$/u,
    'target tmt-2  inactive: no listener',
    'load balancer nlb-ids zone a  2 of 3 addresses healthy, takes copies of its own zone only',
    'load balancer nlb-plain  1 of 1 addresses healthy',
  ]);
  t.notMatch(lines.join('\n'), 'tms-old (');
});

t.test('sources that were taken out', async (t) => {
  const lines = linesOf({ removedLanes: [laneCounts('egress', { sourceId: 'eni-old' })] });
  const at = lines.indexOf('eni-old egress: not mirrored any more');
  t.ok(at > 0);
  t.match(lines[at + 1], /^ {2}read 100 = matched 80/);
});

t.test('nothing acts on the terminal', async (t) => {
  const evil = 'a\x1b[2J\x9b\u202eb';
  const [session] = laneCounts('ingress').sessions;
  const text = formatStatus(
    statusOf({
      configurationFile: evil,
      reload: { succeeded: 0, failed: 1, lastResult: 'failed', lastAt: 'now', problems: [evil, evil] },
      health: { state: 'failing', reasons: [evil], notes: [evil] },
      lanes: [
        laneStatus('ingress', {
          sourceId: evil,
          device: evil,
          reason: evil,
          sessions: [{ ...session!, sessionId: evil }],
        }),
      ],
    }),
  );
  t.notMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
  t.match(text, 'a\ufffd[2J\ufffd\ufffdb');
});
