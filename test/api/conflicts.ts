/** Conflicts with resources of another account: the error does not show their ids. */
import t from 'tap';
import type { Principal } from '../../src/api/service.js';
import type { ServiceName } from '../../src/api/services.js';
import { ACCOUNT, OTHER_ACCOUNT, REGION } from '../fixtures/api/ec2.js';
import { xmlTextAt } from '../fixtures/api/parse-xml.js';
import { ALLOW_ALL, openServices, userOf } from '../fixtures/api/services.js';

const ANY_ID = /tm[tfrs]+-0[0-9a-f]{16}/;
const admin = (accountId: string): Principal => userOf(accountId, 'admin', ALLOW_ALL);

t.test('an error names the conflicting resource only to callers who see it', async (t) => {
  const fixture = await openServices(t);
  const create = async (
    action: string,
    input: object,
    accountId: string,
  ): Promise<[status: number, text: string]> => {
    const { status, body } = await fixture.call('ec2', action, input, admin(accountId));
    return [status, xmlTextAt(String(body), status === 200 ? `mirror${action.slice(20)}Id` : 'Message')];
  };
  const made = async (action: string, input: object, accountId: string): Promise<string> => {
    const { status, body } = await fixture.call('ec2', action, input, admin(accountId));
    if (status !== 200) throw new Error(String(body));
    return xmlTextAt(String(body), `/t${action.slice(7)}Id`);
  };
  const ids: Record<string, string> = {};
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT]) {
    ids[`target ${accountId}`] = await made(
      'CreateTrafficMirrorTarget',
      { NetworkLoadBalancerArn: 'nlb-ids' },
      accountId,
    );
    ids[`filter ${accountId}`] = await made('CreateTrafficMirrorFilter', {}, accountId);
  }
  const session = (accountId: string, NetworkInterfaceId: string, SessionNumber: number): object => ({
    NetworkInterfaceId,
    SessionNumber,
    TrafficMirrorTargetId: ids[`target ${accountId}`],
    TrafficMirrorFilterId: ids[`filter ${accountId}`],
  });
  await made('CreateTrafficMirrorSession', session(ACCOUNT, 'eni-db', 1), ACCOUNT);
  await made('CreateTrafficMirrorSession', session(ACCOUNT, 'eni-web', 1), ACCOUNT);
  const mine = await made('CreateTrafficMirrorSession', session(OTHER_ACCOUNT, 'eni-web', 2), OTHER_ACCOUNT);
  await made('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }, ACCOUNT);
  const rows: [action: string, input: object, want: RegExp][] = [
    [
      'CreateTrafficMirrorSession',
      session(OTHER_ACCOUNT, 'eni-db', 1),
      /already being used by another session/,
    ],
    [
      'CreateTrafficMirrorSession',
      session(OTHER_ACCOUNT, 'veth1', 1),
      /already being used by another session/,
    ],
    ['ModifyTrafficMirrorSession', { TrafficMirrorSessionId: mine, SessionNumber: 1 }, /by another session/],
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-web' }, /in use by another session/],
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }, /in use by another target/],
  ];
  for (const [action, input, want] of rows) {
    const [status, foreign] = await create(action, input, OTHER_ACCOUNT);
    t.equal(status, 400);
    t.match(foreign, want);
    t.notMatch(foreign, ANY_ID, 'no id of the other account');
  }
  const [, own] = await create('CreateTrafficMirrorSession', session(ACCOUNT, 'eni-db', 1), ACCOUNT);
  t.match(own, /already being used by session tms-0/);
  const [, ownTarget] = await create('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }, ACCOUNT);
  t.match(ownTarget, /in use by target tmt-0/);
});

t.test('whether a target is deleted or no longer shared', async (t) => {
  const answers: string[] = [];
  for (const end of ['DeleteTrafficMirrorTarget', 'DeleteResourceShare']) {
    const fixture = await openServices(t);
    const owner = admin(ACCOUNT);
    const user = admin(OTHER_ACCOUNT);
    const call = async (
      service: ServiceName,
      action: string,
      input: object,
      as: Principal,
    ): Promise<string> => {
      const { status, body } = await fixture.call(service, action, input, as);
      if (status !== 200) throw new Error(`${action}: ${body}`);
      return String(body);
    };
    const made = await call('ec2', 'CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: 'nlb-ids' }, owner);
    const TrafficMirrorTargetId = xmlTextAt(made, 'trafficMirrorTargetId');
    const resourceArns = [`arn:aws:ec2:${REGION}:${ACCOUNT}:traffic-mirror-target/${TrafficMirrorTargetId}`];
    const input = { name: 's', resourceArns, principals: [OTHER_ACCOUNT] };
    const { resourceShare } = JSON.parse(await call('ram', 'CreateResourceShare', input, owner)) as {
      resourceShare: { resourceShareArn: string };
    };
    const [[resourceShareInvitationArn = ''] = []] = [
      ...fixture.state.store.table('resourceShareInvitations'),
    ];
    await call('ram', 'AcceptResourceShareInvitation', { resourceShareInvitationArn }, user);
    const filter = await call('ec2', 'CreateTrafficMirrorFilter', {}, user);
    const session = await call(
      'ec2',
      'CreateTrafficMirrorSession',
      {
        NetworkInterfaceId: 'eni-other',
        SessionNumber: 1,
        TrafficMirrorTargetId,
        TrafficMirrorFilterId: xmlTextAt(filter, 'trafficMirrorFilterId'),
      },
      user,
    );
    const { resourceShareArn } = resourceShare;
    if (end === 'DeleteResourceShare') await call('ram', end, { resourceShareArn }, owner);
    else await call('ec2', end, { TrafficMirrorTargetId }, owner);
    const TrafficMirrorSessionId = xmlTextAt(session, 'trafficMirrorSessionId');
    const modify = { TrafficMirrorSessionId, PacketLength: 9000 };
    const { status, body } = await fixture.call('ec2', 'ModifyTrafficMirrorSession', modify, user);
    answers.push(`${status} ${xmlTextAt(String(body), status === 200 ? 'packetLength' : 'Message')}`);
    t.equal(fixture.state.active.resources.trafficMirrorSessions.length, 0, 'it mirrors nothing');
    if (end !== 'DeleteResourceShare') continue;
    await call('ram', 'CreateResourceShare', input, owner);
    const again = [...fixture.state.store.table<{ status: string }>('resourceShareInvitations')];
    const pending = again.find(([, { status: now }]) => now === 'PENDING')?.[0];
    await call('ram', 'AcceptResourceShareInvitation', { resourceShareInvitationArn: pending }, user);
    t.equal(
      fixture.state.active.resources.trafficMirrorSessions.length,
      0,
      'it is too long for a load balancer',
    );
    const fits = { TrafficMirrorSessionId, PacketLength: 8500 };
    await call('ec2', 'ModifyTrafficMirrorSession', fits, user);
    t.equal(fixture.state.active.resources.trafficMirrorSessions.length, 1);
  }
  t.equal(answers[0], answers[1]);
});
