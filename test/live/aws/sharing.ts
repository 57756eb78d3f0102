/** A target of one account receives what a session of another mirrors, for as long as it is shared. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTrafficMirrorTargetCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  AcceptResourceShareInvitationCommand,
  AssociateResourceShareCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourceShareInvitationsCommand,
  RAMClient,
} from '@aws-sdk/client-ram';
import t from 'tap';
import { capturing } from '../../../lab/daemon.js';
import {
  ACCOUNT,
  INVENTORY,
  OTHER_ACCOUNT,
  OTHER_CREDENTIALS,
  REGION,
  startControlApi,
} from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../../fixtures/live/traffic/load.js';

const RATE = 1000;
const ANY = '0.0.0.0/0';

t.test('a shared target', { skip: skipUnless('nft') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true, targets: 2 });
  const {
    client: owner,
    endpoint,
    daemon,
  } = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const other = new EC2Client({ endpoint, region: REGION, credentials: OTHER_CREDENTIALS, maxAttempts: 1 });
  const ownerRam = new RAMClient({ endpoint, region: REGION, credentials: owner.config.credentials });
  const otherRam = new RAMClient({ endpoint, region: REGION, credentials: OTHER_CREDENTIALS });
  t.teardown(() => {
    for (const client of [other, ownerRam, otherRam]) client.destroy();
  });
  /** How many copies arrive of a second of frames. */
  const mirrored = async (): Promise<'all' | 'none' | number> => {
    const before = deviceCounter(stand.ids, 'ids0', 'rx_packets');
    const { sent } = await new Load(stand, 1, RATE).end();
    await sleep(500);
    const copies = deviceCounter(stand.ids, 'ids0', 'rx_packets') - before;
    return copies === sent ? 'all' : copies === 0 ? 'none' : copies;
  };
  const created = await owner.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' }));
  const TrafficMirrorTargetId = created.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  const targetArn = `arn:aws:ec2:${REGION}:${ACCOUNT}:traffic-mirror-target/${TrafficMirrorTargetId}`;
  const filter = await other.send(new CreateTrafficMirrorFilterCommand({}));
  const TrafficMirrorFilterId = filter.TrafficMirrorFilter?.TrafficMirrorFilterId;
  await other.send(
    new CreateTrafficMirrorFilterRuleCommand({
      TrafficMirrorFilterId,
      TrafficDirection: 'ingress',
      RuleNumber: 1,
      RuleAction: 'accept',
      SourceCidrBlock: ANY,
      DestinationCidrBlock: ANY,
    }),
  );
  const describe = new DescribeTrafficMirrorTargetsCommand({});
  const createSession = new CreateTrafficMirrorSessionCommand({
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId,
    TrafficMirrorFilterId,
    SessionNumber: 1,
  });
  t.match(await other.send(describe), { TrafficMirrorTargets: [] }, 'not seen before it is shared');
  await t.rejects(other.send(createSession), { name: 'InvalidTrafficMirrorTargetId.NotFound' });

  const { resourceShare } = await ownerRam.send(
    new CreateResourceShareCommand({ name: 'ids', resourceArns: [targetArn], principals: [OTHER_ACCOUNT] }),
  );
  await t.rejects(
    other.send(createSession),
    { name: 'InvalidTrafficMirrorTargetId.NotFound' },
    'nor before it is accepted',
  );
  const accept = async (): Promise<void> => {
    const { resourceShareInvitations } = await otherRam.send(new GetResourceShareInvitationsCommand({}));
    const pending = resourceShareInvitations?.find(({ status }) => status === 'PENDING');
    const { resourceShareInvitationArn } = pending ?? {};
    await otherRam.send(new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn }));
  };
  await accept();
  t.match(await other.send(describe), {
    TrafficMirrorTargets: [{ TrafficMirrorTargetId, OwnerId: ACCOUNT }],
  });
  await t.rejects(other.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId })), {
    name: 'UnauthorizedOperation',
  });
  await other.send(createSession);
  await daemon.until('capturing', capturing);
  t.match(await owner.send(new DescribeTrafficMirrorSessionsCommand({})), {
    TrafficMirrorSessions: [{ OwnerId: OTHER_ACCOUNT, TrafficMirrorTargetId }],
  });
  t.equal(await mirrored(), 'all');

  const { resourceShareArn } = resourceShare ?? {};
  await ownerRam.send(
    new DisassociateResourceShareCommand({ resourceShareArn, principals: [OTHER_ACCOUNT] }),
  );
  t.equal(await mirrored(), 'none', 'inactive while it is not shared');
  t.match((await daemon.status()).sessions, [
    { active: false, cause: 'resource', reason: `target ${TrafficMirrorTargetId} is not shared` },
  ]);
  t.equal(
    (await other.send(new DescribeTrafficMirrorSessionsCommand({}))).TrafficMirrorSessions?.length,
    1,
    'but there',
  );
  await ownerRam.send(new AssociateResourceShareCommand({ resourceShareArn, principals: [OTHER_ACCOUNT] }));
  await accept();
  await daemon.until('capturing', capturing);
  t.equal(await mirrored(), 'all', 'active again');
  t.match((await daemon.status()).sessions, [{ active: true, cause: '', reason: '' }]);
  await ownerRam.send(new DeleteResourceShareCommand({ resourceShareArn }));
  t.equal(await mirrored(), 'none');
  t.match(await other.send(describe), { TrafficMirrorTargets: [] }, 'it is seen no more');
  t.match(
    await owner.send(describe),
    { TrafficMirrorTargets: [{ TrafficMirrorTargetId }] },
    'the target stays',
  );
  t.equal(await daemon.stop(), 0, 'exit code');
});
