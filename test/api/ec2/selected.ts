/** Matches of selectors in the control API: shown, not to be changed, and gone with what clients made on them. */
import t from 'tap';
import { parseConfiguration } from '../../../src/config/load.js';
import type { DeviceName } from '../../../src/resources/device.js';
import type { ResourceSet } from '../../../src/resources/resource-set.js';
import type { Match } from '../../../src/select/find-matches.js';
import { SelectedResources } from '../../../src/select/selected-resources.js';
import { exportable } from '../../../src/transfer/exportable.js';
import { ACCOUNT, INVENTORY, openEc2, REGION } from '../../fixtures/api/ec2.js';

const FILE = `${INVENTORY}
networkInterfaceSelectors:
  - { selectorId: pods, device: "pod*" }
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-file, networkInterfaceId: eni-ids2 }
trafficMirrorFilters:
  - { trafficMirrorFilterId: tmf-file }
trafficMirrorSessions:
  - trafficMirrorSessionId: tms-file
    networkInterfaceId: eni-web
    trafficMirrorTargetId: tmt-file
    trafficMirrorFilterId: tmf-file
    sessionNumber: 1
  - trafficMirrorSessionId: tms-pods
    networkInterfaceId: pods
    trafficMirrorTargetId: tmt-file
    trafficMirrorFilterId: tmf-file
    sessionNumber: 1
`;

const parsed = parseConfiguration(FILE, 'c.yaml');
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { resources, selection } = parsed.configuration;
const selected = new SelectedResources(new Uint8Array(32));

/** The resources with these devices. */
function withDevices(...names: readonly string[]): ResourceSet {
  const matches = names.map(
    (name): Match => ({ selectorId: 'pods', namedBy: 'pods', device: name as DeviceName, owner: [] }),
  );
  const declared = { resources, selection, sessionsPerInterface: 3 };
  return selected.expand(declared, matches, () => false).resources;
}

const declaredOf = (set: ResourceSet) => ({ resources: set, region: REGION, accountIds: [ACCOUNT] });

t.test('shown, and not to be changed', async (t) => {
  const ec2 = await openEc2(t, { configuration: FILE });
  const some = withDevices('pod1', 'pod2');
  ec2.state.declare(declaredOf(some));
  const { networkInterfaceId: sourceId } = some.networkInterfaces.at(-1)!;
  const { trafficMirrorSessionId: sessionId } = some.trafficMirrorSessions.at(-1)!;
  const described = await ec2.ok('DescribeTrafficMirrorSessions', {});
  t.strictSame(
    described.trafficMirrorSessionSet.item.map(
      (item: { trafficMirrorSessionId: string }) => item.trafficMirrorSessionId,
    ),
    some.trafficMirrorSessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
  );
  const interfaces = await ec2.ok('DescribeNetworkInterfaces', { 'NetworkInterfaceId.1': sourceId });
  t.match(interfaces.networkInterfaceSet.item, [
    { networkInterfaceId: sourceId, description: 'device pod2' },
  ]);
  for (const action of ['DeleteTrafficMirrorSession', 'ModifyTrafficMirrorSession']) {
    const refused = await ec2.call(action, { TrafficMirrorSessionId: sessionId });
    t.match(refused.body, /<Code>OperationNotPermitted<\/Code>.*selector pods/s, action);
  }
  const session = {
    TrafficMirrorTargetId: 'tmt-file',
    TrafficMirrorFilterId: 'tmf-file',
    SessionNumber: 2,
  };
  const onSelector = await ec2.call('CreateTrafficMirrorSession', { NetworkInterfaceId: 'pods', ...session });
  t.match(onSelector.body, /InvalidNetworkInterfaceID.NotFound/, 'sessions on a selector stand in the file');
  const taken = await ec2.call('CreateTrafficMirrorSession', {
    NetworkInterfaceId: sourceId,
    ...session,
    SessionNumber: 1,
  });
  t.match(taken.body, /session number is already being used/);

  const own = await ec2.ok('CreateTrafficMirrorSession', { NetworkInterfaceId: sourceId, ...session });
  const ownId = own.trafficMirrorSession.trafficMirrorSessionId as string;
  t.equal(ec2.state.catalog.isVniCreated(Number(own.trafficMirrorSession.virtualNetworkId) as never), true);
  t.equal(ec2.state.catalog.isPassing(sourceId), true);
  t.equal(ec2.state.catalog.isPassing('eni-web'), false);
  await ec2.state.reload(declaredOf(withDevices('pod1')), async () => {});
  t.equal(ec2.state.catalog.find('sessions', ownId), undefined, 'what a client made on it goes with it');
  t.equal(ec2.state.catalog.find('sessions', sessionId), undefined);
});

t.test('a page goes on where it ended, whatever comes and goes', async (t) => {
  const ec2 = await openEc2(t, { configuration: FILE });
  const names = Array.from({ length: 12 }, (_, index) => `pod${index}`);
  ec2.state.declare(declaredOf(withDevices(...names)));
  const first = await ec2.ok('DescribeTrafficMirrorSessions', { MaxResults: 6 });
  const idsOf = (page: typeof first): string[] =>
    page.trafficMirrorSessionSet.item.map(
      (item: { trafficMirrorSessionId: string }) => item.trafficMirrorSessionId,
    );
  // Those before go, and others come: the order of the matches is another one.
  const rest = withDevices('podx', ...names.slice(3).toReversed());
  ec2.state.declare(declaredOf(rest));
  const second = await ec2.ok('DescribeTrafficMirrorSessions', {
    MaxResults: 20,
    NextToken: first.nextToken,
  });
  const shown = new Set([...idsOf(first), ...idsOf(second)]);
  t.equal(shown.size, idsOf(first).length + idsOf(second).length, 'nothing twice');
  for (const { trafficMirrorSessionId: id } of rest.trafficMirrorSessions) t.ok(shown.has(id), id);
});

t.test('the selectors are exported, not what they find', async (t) => {
  const all = { ...resources, networkInterfaceSelectors: selection.selectors };
  const sessions = [...resources.trafficMirrorSessions, ...selection.sessions];
  const { resources: exported, notes } = exportable({ ...all, trafficMirrorSessions: sessions as never }, []);
  t.strictSame(notes, []);
  t.match(exported.networkInterfaceSelectors, [{ selectorId: 'pods', device: 'pod*' }]);
  t.equal(exported.trafficMirrorSessions.length, 2);
});
