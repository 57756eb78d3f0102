/** Families of what sessions do, and of load balancers. */
import { type Family, stateSamples } from './family.js';

const SESSION_STATES = ['active', 'inactive'] as const;

/** The value of the label of addresses without a zone. */
const NO_ZONE = '';

export const ACTIVITY_FAMILIES: readonly Family[] = [
  {
    name: 'traffic_mirror_session_state',
    help: '1 for the state that a session is in: active or inactive.',
    type: 'gauge',
    labels: ['session', 'source', 'target', 'state'],
    samples: ({ sessions }) =>
      sessions.flatMap(({ sessionId, sourceId, targetId, active }) =>
        active === undefined
          ? []
          : stateSamples(SESSION_STATES, active ? 'active' : 'inactive', {
              session: sessionId,
              source: sourceId,
              target: targetId,
            }),
      ),
  },
  {
    name: 'traffic_mirror_session_inactive',
    help: '1 for each session that mirrors nothing, by the cause: starting, source, filter, listener, zone, target or resource.',
    type: 'gauge',
    labels: ['session', 'cause'],
    samples: ({ sessions }) =>
      sessions.flatMap(({ sessionId, active, cause = '' }) =>
        active === false ? [{ labels: { session: sessionId, cause }, value: 1 }] : [],
      ),
  },
  {
    name: 'traffic_mirror_session_state_since_timestamp_seconds',
    help: 'When a session became active or inactive, in the life of the daemon.',
    type: 'gauge',
    labels: ['session'],
    samples: ({ sessions }) =>
      sessions.flatMap(({ sessionId, since }) =>
        since === undefined ? [] : [{ labels: { session: sessionId }, value: Date.parse(since) / 1000 }],
      ),
  },
  {
    name: 'traffic_mirror_load_balancer_target_active',
    help: '0 for a target that takes no copies, since its load balancer has no listener for them; else 1.',
    type: 'gauge',
    labels: ['load_balancer', 'target'],
    samples: ({ loadBalancers = [] }) =>
      loadBalancers.flatMap(({ networkLoadBalancerArn, targets }) =>
        targets.map(({ targetId, active }) => ({
          labels: { load_balancer: networkLoadBalancerArn, target: targetId },
          value: active ? 1 : 0,
        })),
      ),
  },
  {
    name: 'traffic_mirror_load_balancer_addresses',
    help: 'Addresses of a load balancer, by zone, and by whether they are healthy; the zone that has no name is empty.',
    type: 'gauge',
    labels: ['load_balancer', 'availability_zone', 'state'],
    samples: ({ loadBalancers = [] }) =>
      loadBalancers.flatMap(({ networkLoadBalancerArn, zones }) =>
        zones.flatMap(({ availabilityZone, addresses, healthy }) => {
          const labels = {
            load_balancer: networkLoadBalancerArn,
            availability_zone: availabilityZone ?? NO_ZONE,
          };
          return [
            { labels: { ...labels, state: 'healthy' }, value: healthy },
            { labels: { ...labels, state: 'unhealthy' }, value: addresses - healthy },
          ];
        }),
      ),
  },
];
