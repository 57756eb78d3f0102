/** DescribeTrafficMirrorSessions tells whether a session mirrors, in words that say nothing of other accounts. */
import t from 'tap';
import {
  INACTIVE_CAUSES,
  type InactiveCause,
  type SessionActivity,
} from '../../../src/plan/session-activity.js';
import { INVENTORY, openEc2 } from '../../fixtures/api/ec2.js';

const SINCE = '2026-11-29T21:40:02.117Z';
const SECRET = 'the receiver of the target is in use by session tms-of-another-account';

t.test('elements and filters', async (t) => {
  const activities = new Map<string, SessionActivity>();
  const causes: readonly (InactiveCause | 'active' | 'unknown')[] = [...INACTIVE_CAUSES, 'active', 'unknown'];
  const configuration = `${INVENTORY}
trafficMirrorTargets: [{ trafficMirrorTargetId: tmt, networkLoadBalancerArn: nlb-ids }]
trafficMirrorFilters: [{ trafficMirrorFilterId: tmf }]
trafficMirrorSessions:
${causes
  .map(
    (cause, index) =>
      `  - { trafficMirrorSessionId: tms-${cause}, networkInterfaceId: veth${index + 10}, trafficMirrorTargetId: tmt, ` +
      'trafficMirrorFilterId: tmf, sessionNumber: 1 }',
  )
  .join('\n')}
`;
  for (const cause of INACTIVE_CAUSES) {
    activities.set(`tms-${cause}`, { active: false, cause, reason: SECRET, since: SINCE });
  }
  activities.set('tms-active', { active: true, since: SINCE });
  const ec2 = await openEc2(t, { configuration, activityOf: (id) => activities.get(id) });
  const { body, content } = await ec2.call('DescribeTrafficMirrorSessions');
  const items: { trafficMirrorSessionId: string; state: string; stateReason?: { code: string } }[] =
    content.trafficMirrorSessionSet.item;
  const of = (cause: string) => items.find((item) => item.trafficMirrorSessionId === `tms-${cause}`);
  for (const cause of INACTIVE_CAUSES) {
    t.match(of(cause), {
      state: 'inactive',
      stateReason: { code: cause, message: /^[A-Z].+[a-z]$/ },
      stateTransitionTime: SINCE,
    });
  }
  t.match(of('active'), { state: 'active', stateReason: undefined, stateTransitionTime: SINCE });
  t.match(of('unknown'), {
    state: 'inactive',
    stateReason: { code: 'starting' },
    stateTransitionTime: undefined,
  });
  t.notMatch(body, 'another-account');

  const found = async (name: string, ...values: string[]): Promise<string[]> => {
    const filter = Object.fromEntries(values.map((value, index) => [`Filter.1.Value.${index + 1}`, value]));
    const answer = await ec2.ok('DescribeTrafficMirrorSessions', { 'Filter.1.Name': name, ...filter });
    const list: { trafficMirrorSessionId: string }[] = answer.trafficMirrorSessionSet.item ?? [];
    return list.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  };
  t.strictSame(await found('state', 'active'), ['tms-active']);
  t.strictSame(
    await found('state', 'inactive'),
    causes.filter((cause) => cause !== 'active').map((cause) => `tms-${cause}`),
  );
  t.strictSame(await found('state-reason-code', 'listener', 'zo*'), ['tms-listener', 'tms-zone']);
  t.strictSame(await found('state-reason-code', 'starting'), ['tms-starting', 'tms-unknown']);
  t.strictSame(await found('state-reason-code', '*other*'), []);
});

t.test('what is made or changed is told without its state', async (t) => {
  const ec2 = await openEc2(t, { activityOf: () => ({ active: true, since: SINCE }) });
  const { trafficMirrorTarget } = await ec2.ok('CreateTrafficMirrorTarget', {
    NetworkLoadBalancerArn: 'nlb-ids',
  });
  const { trafficMirrorFilter } = await ec2.ok('CreateTrafficMirrorFilter');
  const made = await ec2.ok('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: trafficMirrorTarget.trafficMirrorTargetId,
    TrafficMirrorFilterId: trafficMirrorFilter.trafficMirrorFilterId,
    SessionNumber: 1,
  });
  t.notOk('state' in made.trafficMirrorSession);
});

t.test('sessions without their share reach the plan with the reason', async (t) => {
  const told: string[] = [];
  let isShared = true;
  const ec2 = await openEc2(t, {
    shares: { isSharedWith: () => isShared },
    apply: async (_, inactive) => {
      for (const { session, reason } of inactive) told.push(`${session.networkInterfaceId}: ${reason}`);
    },
  });
  const { trafficMirrorTarget } = await ec2.ok('CreateTrafficMirrorTarget', {
    NetworkLoadBalancerArn: 'nlb-ids',
  });
  const { trafficMirrorFilter } = await ec2.ok('CreateTrafficMirrorFilter', {}, '444455556666');
  const session = (source: string) =>
    ec2.ok(
      'CreateTrafficMirrorSession',
      {
        NetworkInterfaceId: source,
        TrafficMirrorTargetId: trafficMirrorTarget.trafficMirrorTargetId,
        TrafficMirrorFilterId: trafficMirrorFilter.trafficMirrorFilterId,
        SessionNumber: 1,
      },
      '444455556666',
    );
  await session('eni-web');
  t.strictSame(told, []);
  isShared = false;
  await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' });
  isShared = true;
  await session('eni-db');
  t.strictSame(told, []);
  isShared = false;
  const file = await ec2.ok('CreateTrafficMirrorFilter');
  await ec2.ok('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'lo',
    TrafficMirrorTargetId: trafficMirrorTarget.trafficMirrorTargetId,
    TrafficMirrorFilterId: file.trafficMirrorFilter.trafficMirrorFilterId,
    SessionNumber: 1,
  });
  const why = `target ${trafficMirrorTarget.trafficMirrorTargetId} is not shared`;
  t.strictSame(told, [`eni-web: ${why}`, `eni-db: ${why}`]);
});
