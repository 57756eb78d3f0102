/** Everything that file and API have, for `GET /resources`: used or not, active or not, with their owners. */
import t from 'tap';
import { parseConfiguration } from '../../../src/config/load.js';
import { configurationData, configurationText } from '../../../src/transfer/configuration-text.js';
import { exportable } from '../../../src/transfer/exportable.js';
import { ACCOUNT, INVENTORY, OTHER_ACCOUNT, openEc2 } from '../../fixtures/api/ec2.js';

const FILE = `${INVENTORY}
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-file, networkInterfaceId: eni-ids2 }
`;

t.test('all resources', async (t) => {
  const ec2 = await openEc2(t, { configuration: FILE, shares: { isSharedWith: () => false } });
  const tag = (type: string) => ({
    'TagSpecification.1.ResourceType': `traffic-mirror-${type}`,
    'TagSpecification.1.Tag.1.Key': '__proto__',
    'TagSpecification.1.Tag.1.Value': 'a',
    'TagSpecification.1.Tag.2.Key': 'team',
    'TagSpecification.1.Tag.2.Value': 'se\nc',
  });
  const target = await ec2.ok('CreateTrafficMirrorTarget', {
    NetworkInterfaceId: 'eni-ids',
    ...tag('target'),
  });
  const targetId = target.trafficMirrorTarget.trafficMirrorTargetId as string;
  const made = await ec2.ok('CreateTrafficMirrorFilter', { Description: 'a filter' });
  const filterId = made.trafficMirrorFilter.trafficMirrorFilterId as string;
  await ec2.ok('CreateTrafficMirrorFilterRule', {
    TrafficMirrorFilterId: filterId,
    TrafficDirection: 'egress',
    RuleNumber: 3,
    RuleAction: 'reject',
    SourceCidrBlock: '::/0',
    DestinationCidrBlock: '::/0',
    ...tag('filter-rule'),
  });
  const own = await ec2.ok('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: targetId,
    TrafficMirrorFilterId: filterId,
    SessionNumber: 1,
  });
  const sessionId = own.trafficMirrorSession.trafficMirrorSessionId as string;
  const unused = await ec2.ok(
    'CreateTrafficMirrorTarget',
    { NetworkLoadBalancerArn: 'nlb-ids' },
    OTHER_ACCOUNT,
  );
  const unusedId = unused.trafficMirrorTarget.trafficMirrorTargetId as string;

  const all = await ec2.state.readAll();
  t.strictSame(
    all.resources.trafficMirrorTargets.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
    ['tmt-file', targetId, unusedId],
    'those of the file first, those that nothing uses too',
  );
  t.strictSame(all.owners, {
    'tmt-file': ACCOUNT,
    [targetId]: ACCOUNT,
    [unusedId]: OTHER_ACCOUNT,
    [filterId]: ACCOUNT,
    [sessionId]: ACCOUNT,
  });
  t.strictSame(all.inactive, []);
  t.equal(all.resources.networkInterfaces.length, 5, 'the inventory of the file');

  const { resources, notes } = exportable(all.resources, all.inactive);
  t.equal(notes.length, 2, 'two tags with a key that no file can have');
  const checked = parseConfiguration(configurationText(configurationData(resources), ['all']), 'all.yaml');
  t.ok(checked.ok);
  t.strictSame(checked.ok && checked.configuration.resources, resources);

  await ec2.ok('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: sessionId });
  t.strictSame((await ec2.state.readAll()).resources.trafficMirrorSessions, []);
});
