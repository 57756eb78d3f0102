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
