/** Sessions of clients whose source is gone: they are deleted only when it is known that it is. */
import t from 'tap';
import { ACCOUNT, INVENTORY, openEc2, REGION, resourcesOf } from '../../fixtures/api/ec2.js';

const MATCH = 'eni-0123456789abcdef0';
const WITH_MATCH = INVENTORY.replace(
  'networkInterfaces:\n',
  `networkInterfaces:\n  - { networkInterfaceId: ${MATCH}, device: veth7 }\n`,
);
const WITHOUT_WEB = INVENTORY.replace(/ {2}- \{ networkInterfaceId: eni-web.*\n/, '');

const declaredOf = (text: string) => ({
  resources: resourcesOf(text),
  region: REGION,
  accountIds: [ACCOUNT],
});

for (const source of ['eni-web', 'veth0', MATCH, 'veth7']) {
  t.test(`a session on ${source}`, async (t) => {
    let isWhole = true;
    const ec2 = await openEc2(t, { configuration: WITH_MATCH, isInventoryWhole: () => isWhole });
    const { trafficMirrorTarget: target } = await ec2.ok('CreateTrafficMirrorTarget', {
      NetworkInterfaceId: 'eni-ids',
    });
    const { trafficMirrorFilter: filter } = await ec2.ok('CreateTrafficMirrorFilter');
    await ec2.ok('CreateTrafficMirrorSession', {
      NetworkInterfaceId: source,
      TrafficMirrorTargetId: target.trafficMirrorTargetId,
      TrafficMirrorFilterId: filter.trafficMirrorFilterId,
      SessionNumber: 3,
    });
    const count = (): number => [...ec2.state.catalog.allCreated('sessions')].length;
    const declare = (text: string) => ec2.state.reload(declaredOf(text), async () => {});
    await declare(`${WITH_MATCH}\n`);
    t.equal(count(), 1, 'its source is there');
    isWhole = false;
    await declare(WITHOUT_WEB);
    t.equal(count(), 1, 'its source may be there');
    await declare(WITH_MATCH);
    isWhole = true;
    await ec2.state.removeOrphans();
    t.equal(count(), 1, 'its source is there again');
    await declare(WITHOUT_WEB);
    t.equal(count(), 0, 'its source is gone');
  });
}
