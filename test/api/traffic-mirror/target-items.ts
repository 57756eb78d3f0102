/** Load balancers: what the owner of a target is told of its receivers, and an account that it is shared with is not. */
import t from 'tap';
import { AccountView, type ViewContext } from '../../../src/api/traffic-mirror/account-view.js';
import { StatusReading } from '../../../src/api/traffic-mirror/status-readings.js';
import { loadBalancerItems } from '../../../src/api/traffic-mirror/target-items.js';
import { IDLE_STATUS } from '../../fixtures/api/daemon-links.js';

const HOST = '111111111111';
const OWNER = '222222222222';
const CONSUMER = '333333333333';

const BALANCER = {
  networkLoadBalancerArn: 'nlb-ids',
  crossZone: true,
  zones: [{ availabilityZone: null, addresses: 2, healthy: 1 }],
  targets: [
    { targetId: 'tmt-host', active: true, reason: '' },
    { targetId: 'tmt-owner', active: false, reason: 'no address is healthy' },
  ],
};
const OWNERS: Readonly<Record<string, string>> = { 'tmt-host': HOST, 'tmt-owner': OWNER };

/** Every target is shared with every account. */
const CONTEXT = {
  catalog: {
    find: (_kind: string, id: string) => ({ ownerId: OWNERS[id], resource: { trafficMirrorTargetId: id } }),
  },
  shares: { isSharedWith: () => true },
  region: 'us-east-1',
  hostAccountId: HOST,
} as unknown as ViewContext;

function targetsSeenBy(accountId: string): string[][] {
  const reading = new StatusReading({ ...IDLE_STATUS, loadBalancers: [BALANCER] }, 0);
  const items = loadBalancerItems(new AccountView(CONTEXT, accountId, reading));
  return items.map(({ targets }) => targets.map(({ targetId }) => targetId));
}

t.strictSame(targetsSeenBy(HOST), [['tmt-host', 'tmt-owner']], 'the host sees what is shared with it too');
t.strictSame(targetsSeenBy(OWNER), [['tmt-owner']], 'its own target');
t.strictSame(targetsSeenBy(CONSUMER), [], 'a target that is shared tells nothing of its receivers');
