/** Health zone by zone: of addresses that take copies by the engines, of the others by their health checks. */
import t from 'tap';
import { loadBalancerStatuses } from '../../src/status/load-balancers.js';
import { inactivityNotes } from '../../src/status/session-status.js';

const PLAN = {
  networkLoadBalancerArn: 'nlb-ids',
  crossZone: false,
  zones: [
    { availabilityZone: 'a', addresses: ['10.9.0.2', '10.9.0.3', '10.9.0.4'] },
    { availabilityZone: 'b', addresses: ['10.9.0.5'] },
    { addresses: ['10.9.0.6', '10.9.0.7'] },
  ],
  targets: [
    { targetId: 'tmt-1', obstacle: '' },
    { targetId: 'tmt-2', obstacle: 'no listener' },
  ],
};

t.test('addresses of each zone', async (t) => {
  const reports = [
    { address: '10.9.0.2', state: 'unreachable' },
    { address: '10.9.0.3', state: 'suspect' },
    { address: '10.9.0.4', state: 'reachable' },
    { address: '10.1.1.1', state: 'unreachable' },
  ] as const;
  t.strictSame(loadBalancerStatuses([PLAN], reports, ['10.9.0.2', '10.9.0.6']), [
    {
      networkLoadBalancerArn: 'nlb-ids',
      crossZone: false,
      zones: [
        { availabilityZone: 'a', addresses: 3, healthy: 2 },
        { availabilityZone: 'b', addresses: 1, healthy: 1 },
        { availabilityZone: null, addresses: 2, healthy: 1 },
      ],
      targets: [
        { targetId: 'tmt-1', active: true, reason: '' },
        { targetId: 'tmt-2', active: false, reason: 'no listener' },
      ],
    },
  ]);
});

t.test('notes of inactive sessions have a bound', async (t) => {
  const session = (index: number, cause: 'listener' | 'source' | 'starting' | 'target' | '') => ({
    sessionId: `tms-${index}`,
    sourceId: 'eni-1',
    sessionNumber: 1,
    virtualNetworkId: 1,
    targetId: 'tmt-1',
    active: cause === '',
    cause,
    reason: `because of ${cause}`,
  });
  const silent = (['source', 'starting', 'target', ''] as const).map((cause, index) => session(index, cause));
  t.strictSame(inactivityNotes(silent), [], 'what the state of lanes and targets tells is no note');
  const many = Array.from({ length: 10_000 }, (_, index) => session(index, 'listener'));
  const notes = inactivityNotes([...silent, ...many]);
  t.equal(notes.length, 11);
  t.equal(notes[0], 'session tms-0 is inactive: because of listener');
  t.equal(notes[10], '9990 more sessions are inactive');
});
