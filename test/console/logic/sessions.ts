/** The pure parts of the pages of sessions: forms, rates, funnels, texts. */
import t from 'tap';
import {
  SESSION_VALUES,
  sessionParameters,
  sessionProblems,
} from '../../../console/src/forms/session-create.js';
import { modifyParameters, settingsOf } from '../../../console/src/forms/session-modify.js';
import { bytesText, countText, rateText } from '../../../console/src/model/amounts.js';
import { funnelOf } from '../../../console/src/model/funnel.js';
import { HISTORY_POINTS, lineOf, segmentsOf, withPoint } from '../../../console/src/model/history.js';
import { sourceRows, tallyOf } from '../../../console/src/model/overview.js';
import { packetLengthHint, packetLengthText } from '../../../console/src/model/packet-length.js';
import { nextPair, rateOf, secondsBetween } from '../../../console/src/model/rates.js';
import { freeSessionNumber, type Session } from '../../../console/src/model/session.js';
import { indicatorOf, sessionRates, sumsOf } from '../../../console/src/model/session-status.js';
import { sourceIdOf, sourceOptions } from '../../../console/src/model/sources.js';
import type {
  StatusDocument,
  StatusSession,
  StatusSessionCounts,
} from '../../../src/api/traffic-mirror/shape.js';

const FILLED = {
  ...SESSION_VALUES,
  sources: ['eni-1'],
  trafficMirrorTargetId: 'tmt-1',
  trafficMirrorFilterId: 'tmf-1',
};

const SESSION: Session = {
  trafficMirrorSessionId: 'tms-1',
  trafficMirrorTargetId: 'tmt-1',
  trafficMirrorFilterId: 'tmf-1',
  networkInterfaceId: 'eni-1',
  ownerId: '111122223333',
  sessionNumber: 1,
  virtualNetworkId: 7,
  packetLength: 8500,
  description: 'old',
  tags: [],
};

t.test('a new session', (t) => {
  const problemsOf = (values: object) =>
    Object.keys(
      Object.fromEntries(
        Object.entries(sessionProblems({ ...FILLED, ...values }, false)).filter(
          ([, one]) => one !== undefined,
        ),
      ),
    );
  t.same(problemsOf({}), []);
  t.same(problemsOf({ sources: ['', 'eni-2'] }), ['sources.0']);
  t.same(problemsOf({ sources: ['eni-2', ' eni-2 '] }), ['sources.1'], 'twice');
  t.same(problemsOf({ trafficMirrorTargetId: '', trafficMirrorFilterId: '' }), [
    'trafficMirrorTargetId',
    'trafficMirrorFilterId',
  ]);
  for (const sessionNumber of ['', '0', '32767', 'abc', '1.5'])
    t.same(problemsOf({ sessionNumber }), ['sessionNumber']);
  t.same(problemsOf({ virtualNetworkId: '16777216', packetLength: '65536' }), [
    'virtualNetworkId',
    'packetLength',
  ]);
  t.match(sessionProblems({ ...FILLED, packetLength: '8501' }, true), { packetLength: /8500/ });
  t.same(
    JSON.parse(JSON.stringify(sessionParameters({ ...FILLED, name: 'a', packetLength: ' 100 ' }, ' eni-1 '))),
    {
      NetworkInterfaceId: 'eni-1',
      TrafficMirrorTargetId: 'tmt-1',
      TrafficMirrorFilterId: 'tmf-1',
      SessionNumber: '1',
      PacketLength: '100',
      TagSpecification: [{ ResourceType: 'traffic-mirror-session', Tag: [{ Key: 'Name', Value: 'a' }] }],
    },
    'what is empty is not sent',
  );
  t.end();
});

t.test('a modified session sends only what changed', (t) => {
  const before = settingsOf(SESSION);
  t.equal(modifyParameters(SESSION, before), undefined);
  t.same(modifyParameters(SESSION, { ...before, description: '', packetLength: '', sessionNumber: '2' }), {
    TrafficMirrorSessionId: 'tms-1',
    SessionNumber: '2',
    RemoveField: ['description', 'packet-length'],
  });
  t.match(modifyParameters(SESSION, { ...before, virtualNetworkId: ' ' }), {
    RemoveField: ['virtual-network-id'],
  });
  t.same(modifyParameters(SESSION, { ...before, trafficMirrorTargetId: 'tmt-2' }), {
    TrafficMirrorSessionId: 'tms-1',
    TrafficMirrorTargetId: 'tmt-2',
  });
  t.end();
});

t.test('sources', (t) => {
  const one = {
    networkInterfaceId: 'eni-1',
    description: 'device wan0',
    status: 'in-use',
    privateIpAddress: '10.0.0.1',
    ipv6Addresses: [],
    ownerId: '1',
    tags: [{ key: 'Name', value: 'web' }],
  };
  t.equal(sourceIdOf(' wan0 ', [one]), 'eni-1');
  t.equal(sourceIdOf('eni-1', [one]), 'eni-1');
  t.equal(sourceIdOf('lan0', [one]), 'lan0');
  t.match(sourceOptions([one], [{ ...SESSION, sessionNumber: 3 }, SESSION]), [
    { value: 'eni-1', label: 'eni-1 (web)', description: 'device wan0 · 10.0.0.1 · sessions 1, 3' },
  ]);
  t.match(sourceOptions([one], []), [{ description: /not mirrored yet/ }]);
  const taken = [SESSION, { ...SESSION, networkInterfaceId: 'eni-2', sessionNumber: 2 }];
  t.equal(freeSessionNumber(taken, 'eni-1'), 2);
  t.equal(freeSessionNumber(taken, 'eni-1', 'eni-2'), 3);
  t.equal(freeSessionNumber(taken, ''), 1);
  t.end();
});

const amount = (packets: number) => ({ packets, bytes: packets * 100 });

function countsOf(matched: number, skipped: Record<string, number>): StatusSessionCounts {
  const lost = Object.values(skipped).reduce((sum, one) => sum + one, 0);
  return {
    matched: amount(matched),
    mirrored: amount(matched - lost),
    skipped: Object.fromEntries(
      Object.entries(skipped).map(([reason, packets]) => [reason, amount(packets)]),
    ),
    segmented: 0,
    segments: 0,
    unsegmented: 0,
    truncated: 0,
    cut: 0,
    fragmented: 0,
    rules: [],
    services: {},
  };
}

function statusOf(
  seconds: number,
  read: number,
  counts: StatusSession['counts'],
  startedAt = 'then',
): StatusDocument {
  const lane = {
    state: 'capturing',
    reason: '',
    since: 'then',
    blindSeconds: 0,
    timesLost: 0,
    carrier: true,
    counts: {
      read: amount(read),
      ringDropped: seconds,
      unmatched: 0,
      unparsable: 0,
      unmirrored: {},
      latency: { microseconds: 0, blocks: {} },
      ringFill: 0,
      behindSeconds: 0,
    },
  } as const;
  return {
    startedAt,
    countersAt: '2026-11-30T00:00:00Z',
    countersSeconds: seconds,
    generation: 1,
    health: { state: 'ok', reasons: [], notes: [] },
    sources: [
      {
        sourceId: 'eni-1',
        device: 'wan0',
        lanes: [
          { ...lane, direction: 'ingress' },
          { ...lane, direction: 'egress' },
        ],
      } as never,
    ],
    sessions: [
      {
        sessionId: 'tms-1',
        ownerId: '1',
        declared: false,
        sourceId: 'eni-1',
        sessionNumber: 1,
        virtualNetworkId: 7,
        targetId: 'tmt-1',
        filterId: 'tmf-1',
        state: 'active',
        active: true,
        cause: '',
        reason: '',
        counts,
      },
    ],
  };
}

t.test('rates', (t) => {
  const [one, two] = [statusOf(10, 0, undefined), statusOf(12, 0, undefined)];
  t.equal(secondsBetween({ before: one, after: two }), 2);
  t.equal(secondsBetween({ before: two, after: two }), undefined, 'the same counters');
  t.equal(
    secondsBetween({ before: one, after: statusOf(12, 0, undefined, 'later') }),
    undefined,
    'started again',
  );
  t.equal(rateOf(undefined, 10, 2), 5);
  t.equal(rateOf(12, 10, 2), undefined, 'a count that began anew');
  t.same(nextPair({}, one), { after: one });
  t.same(nextPair({ after: one }, two), { before: one, after: two });
  const same = statusOf(12, 0, undefined);
  t.same(nextPair({ before: one, after: two }, same), { before: one, after: same });
  const restarted = statusOf(1, 0, undefined, 'later');
  t.same(nextPair({ before: one, after: two }, restarted), { after: restarted });
  t.end();
});

t.test('the funnel', (t) => {
  const before = statusOf(10, 1000, { ingress: countsOf(100, { rate: 10 }) });
  const after = statusOf(12, 1200, { ingress: countsOf(160, { rate: 20, 'target-down': 30 }) });
  const rows = funnelOf('tms-1', after, before) ?? [];
  t.same(
    rows.map(({ step, reason, total, rate }) => [step, reason, total?.packets, rate?.packets]),
    [
      ['passed', undefined, 1212, 101],
      ['read', undefined, 1200, 100],
      ['matched', undefined, 160, 30],
      ['skipped', 'target-down', 30, 15],
      ['skipped', 'rate', 20, 5],
      ['sent', undefined, 110, 10],
    ],
  );
  t.equal(rows[0]?.total?.bytes, undefined, 'nobody knows the bytes of what the ring lost');
  t.equal(rows[1]?.rate?.bytes, 10_000);
  t.equal(funnelOf('tms-2', after), undefined);
  t.ok((funnelOf('tms-1', after) ?? []).every(({ rate }) => rate === undefined));
  t.same(sessionRates({ before, after }).get('tms-1'), { mirrored: 10, skipped: 20 });
  t.equal(sumsOf({}), undefined, 'counts that the caller may not see');
  t.end();
});

t.test('the overview', (t) => {
  const before = statusOf(10, 1000, { ingress: countsOf(100, {}) });
  const after = statusOf(12, 1200, { ingress: countsOf(160, { rate: 20 }) });
  const [row] = sourceRows(after, before);
  t.match(row, { sourceId: 'eni-1', device: 'wan0', received: 200, mirrored: 20, skipped: [['rate', 10]] });
  t.match(sourceRows(after)[0], { received: undefined, mirrored: undefined, skipped: undefined });
  const [session] = after.sessions ?? [];
  t.same(tallyOf([session!, { ...session!, state: 'inactive' }, { ...session!, state: 'degraded' }]), {
    all: 3,
    inactive: 1,
    degraded: 1,
  });
  t.equal(indicatorOf({ state: 'inactive', cause: 'starting' }), 'pending');
  t.equal(indicatorOf({ state: 'inactive', cause: 'target' }), 'error');
  t.end();
});

t.test('the history of a chart', (t) => {
  const point = (atMs: number) => ({ atMs, values: { Sent: atMs } });
  let history = withPoint([], point(0));
  for (let second = 1; second < 200; second++) history = withPoint(history, point(second * 1000));
  t.equal(history.length, HISTORY_POINTS);
  t.equal(withPoint(history, point(199_000)), history, 'no newer than the last');
  t.equal(withPoint(history, point(300_000)).length, 1, 'begins anew behind a silence');
  t.same(lineOf([point(5)], 'Skipped'), [{ x: new Date(5), y: 0 }]);
  const points = [0, 60, 180, 240].map((seconds) => ({ x: new Date(seconds * 1000), y: 1 }));
  t.same(
    segmentsOf(points, 60_000).map(({ length }) => length),
    [2, 2],
    'a gap',
  );
  t.end();
});

t.test('texts', (t) => {
  t.same([0, 0.04, 0.44, 9.96, 10.4, 12_345, undefined].map(rateText), [
    '0',
    '< 0.1',
    '0.4',
    '10',
    '10',
    '12,345',
    '–',
  ]);
  t.same([0, 999, 1500, 12_300_000, undefined].map(bytesText), ['0 B', '999 B', '1.5 kB', '12 MB', '–']);
  t.equal(countText(1234), '1,234');
  t.equal(packetLengthText(undefined), 'Entire packet');
  t.match(packetLengthHint(10), /Part of the Ethernet header/);
  t.match(packetLengthHint(30), /^IPv4: the Ethernet header and part of the IP header/);
  t.match(packetLengthHint(34), /^IPv4: the headers up to IP\./);
  t.match(
    packetLengthHint(54),
    /^IPv4: the headers up to IP; of TCP its header and 0 bytes behind it, of UDP its header and 12 bytes/,
  );
  t.match(
    packetLengthHint(40),
    /^IPv4: the headers up to IP; of TCP part of its header, of UDP part of its header/,
  );
  t.end();
});
