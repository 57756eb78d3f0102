/** The metrics of sessions that are active or not, and of load balancers. */
import t from 'tap';
import { ACTIVITY_FAMILIES } from '../../src/metrics/activity-families.js';
import type { SessionStatus } from '../../src/status/status.js';
import { statusOf } from '../fixtures/status/status.js';

const SESSION = {
  sessionId: 'tms-1',
  sourceId: 'eni-1',
  sessionNumber: 1,
  virtualNetworkId: 1,
  targetId: 'tmt-1',
};

const SESSIONS: readonly SessionStatus[] = [
  { ...SESSION, active: true, since: '2026-01-01T00:00:00.500Z', cause: '', reason: '' },
  {
    ...SESSION,
    sessionId: 'tms-2',
    active: false,
    since: '2026-01-01T00:00:02.000Z',
    cause: 'zone',
    reason: 'none',
  },
  { ...SESSION, sessionId: 'tms-old' },
];

const LOAD_BALANCERS = [
  {
    networkLoadBalancerArn: 'nlb-ids',
    crossZone: false,
    zones: [
      { availabilityZone: 'a', addresses: 3, healthy: 2 },
      { availabilityZone: null, addresses: 1, healthy: 1 },
    ],
    targets: [
      { targetId: 'tmt-1', active: true, reason: '' },
      { targetId: 'tmt-2', active: false, reason: 'no listener' },
    ],
  },
];

function samplesOf(name: string, status = statusOf({ sessions: SESSIONS, loadBalancers: LOAD_BALANCERS })) {
  const family = ACTIVITY_FAMILIES.find((one) => one.name === `traffic_mirror_${name}`);
  const samples = family!.samples(status);
  for (const { labels } of samples) t.strictSame(Object.keys(labels), family!.labels, 'its labels');
  return samples.map(({ labels, value }) => [...Object.values(labels), value].join(' '));
}

t.strictSame(samplesOf('session_state'), [
  'tms-1 eni-1 tmt-1 active 1',
  'tms-1 eni-1 tmt-1 inactive 0',
  'tms-2 eni-1 tmt-1 active 0',
  'tms-2 eni-1 tmt-1 inactive 1',
]);
t.strictSame(samplesOf('session_inactive'), ['tms-2 zone 1']);
t.strictSame(samplesOf('session_state_since_timestamp_seconds'), ['tms-1 1767225600.5', 'tms-2 1767225602']);
t.strictSame(samplesOf('load_balancer_target_active'), ['nlb-ids tmt-1 1', 'nlb-ids tmt-2 0']);
t.strictSame(samplesOf('load_balancer_addresses'), [
  'nlb-ids a healthy 2',
  'nlb-ids a unhealthy 1',
  'nlb-ids  healthy 1',
  'nlb-ids  unhealthy 0',
]);
t.strictSame(samplesOf('load_balancer_addresses', statusOf()), [], 'as an older daemon tells it');
