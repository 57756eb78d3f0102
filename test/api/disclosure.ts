/**
 * Responses do not show what exists in another account. Every action of every service is called with an id that does not
 * exist and with one of another account, by users with all, no and conditional rights: the responses are the same.
 */
import t, { type Test } from 'tap';
import { newId } from '../../src/api/ec2/kinds.js';
import type { Principal } from '../../src/api/service.js';
import { actionNamesOf, SERVICE_NAMES, SERVICES, type ServiceName } from '../../src/api/services.js';
import { ACCOUNT, INVENTORY, OTHER_ACCOUNT, REGION } from '../fixtures/api/ec2.js';
import { type Ids, type Own, REQUESTS, RULE, TAG } from '../fixtures/api/naming-requests.js';
import { xmlTextAt } from '../fixtures/api/parse-xml.js';
import {
  ALLOW_ALL,
  openServices,
  type ServicesFixture,
  THIRD_ACCOUNT,
  userOf,
} from '../fixtures/api/services.js';

/** A target, filter, rule, session and share of an account, each with a tag. */
async function populate(
  fixture: ServicesFixture,
  accountId: string,
  NetworkInterfaceId: string,
  source: string,
): Promise<Own> {
  const owner = userOf(accountId, 'owner', ALLOW_ALL);
  const ec2 = async (action: string, input: object, name: string): Promise<string> => {
    const { status, body } = await fixture.call('ec2', action, input, owner);
    if (status !== 200) throw new Error(`${action}: ${body}`);
    return xmlTextAt(String(body), `/${name}`);
  };
  const target = await ec2('CreateTrafficMirrorTarget', { NetworkInterfaceId }, 'trafficMirrorTargetId');
  const filter = await ec2('CreateTrafficMirrorFilter', {}, 'trafficMirrorFilterId');
  const values = { TrafficMirrorFilterId: filter, ...RULE, RuleNumber: 10 };
  const rule = await ec2('CreateTrafficMirrorFilterRule', values, 'trafficMirrorFilterRuleId');
  const session = await ec2(
    'CreateTrafficMirrorSession',
    {
      NetworkInterfaceId: source,
      TrafficMirrorTargetId: target,
      TrafficMirrorFilterId: filter,
      SessionNumber: accountId === ACCOUNT ? 10 : 11,
    },
    'trafficMirrorSessionId',
  );
  for (const [index, id] of [target, filter, rule, session].entries()) {
    const { status } = await fixture.call(
      'ec2',
      'CreateTags',
      { 'ResourceId.1': id, ...TAG, DryRun: false },
      owner,
    );
    if (status !== 200) throw new Error(`tag ${index}`);
  }
  const targetArn = `arn:aws:ec2:${REGION}:${accountId}:traffic-mirror-target/${target}`;
  const tags = [{ key: 'team', value: 'red' }];
  const share = await fixture.call(
    'ram',
    'CreateResourceShare',
    {
      name: 's',
      resourceArns: [targetArn],
      principals: [THIRD_ACCOUNT],
      tags,
    },
    owner,
  );
  const { resourceShare } = JSON.parse(String(share.body)) as { resourceShare: { resourceShareArn: string } };
  return { target, targetArn, filter, rule, session, share: resourceShare.resourceShareArn };
}

/** The place of eni-other, which is in the inventory of the other account. */
const FOREIGN_PLACE = {
  interface: 'eni-other',
  device: 'veth2',
  instance: 'i-other',
  vpc: 'vpc-other',
  subnet: 'subnet-other',
  zone: 'us-east-1x',
  group: 'sg-other',
};
const ABSENT_PLACE = {
  interface: 'eni-absent',
  device: 'veth9',
  instance: 'i-absent',
  vpc: 'vpc-absent',
  subnet: 'subnet-absent',
  zone: 'us-east-1y',
  group: 'sg-absent',
};

function absentOf(accountId: string, present: Ids): Ids {
  const target = newId('targets');
  const uuid = '00000000-0000-0000-0000-000000000000';
  return {
    ...ABSENT_PLACE,
    target,
    targetArn: `arn:aws:ec2:${REGION}:${accountId}:traffic-mirror-target/${target}`,
    filter: newId('filters'),
    rule: newId('rules'),
    session: newId('sessions'),
    share: present.share.replace(/[^/]*$/, uuid),
    invitation: present.invitation.replace(/[^/]*$/, uuid),
  };
}

const ON_RED = { StringEquals: { 'aws:ResourceTag/team': ['red'] } };

/** Users of the account that asks; what is red is somebody else's, or not there. */
const asking = (accountId: string): Principal[] => [
  userOf(accountId, 'admin', ALLOW_ALL),
  userOf(accountId, 'nobody'),
  userOf(accountId, 'red', { ...ALLOW_ALL, Condition: ON_RED }),
  userOf(accountId, 'not-red', ALLOW_ALL, { ...ALLOW_ALL, Effect: 'Deny', Condition: ON_RED }),
  userOf(accountId, 'other-accounts', {
    Effect: 'Allow',
    Action: ['*'],
    NotResource: [`arn:aws:ec2:*:${accountId}:*`],
  }),
];

/** The answer, with every id that was asked for, and its own, made the same. */
async function answerTo(
  fixture: ServicesFixture,
  service: ServiceName,
  action: string,
  input: object,
  ids: Ids,
  principal: Principal,
): Promise<string> {
  const { status, headers, body } = await fixture.call(service, action, input, principal);
  let text = `${status} ${JSON.stringify(headers)} ${body}`;
  for (const [name, id] of Object.entries(ids).sort(([, a], [, b]) => b.length - a.length)) {
    text = text.replaceAll(id, `<${name}>`);
  }
  return text.replaceAll(/<requestI[dD]>[^<]*|<RequestI[dD]>[^<]*/g, '<requestId>');
}

async function sweep(
  t: Test,
  fixture: ServicesFixture,
  accountId: string,
  own: Own,
  foreign: Ids,
  absent: Ids,
) {
  const held = [...fixture.state.store.table('targets'), ...fixture.state.store.table('sessions')].length;
  let asked = 0;
  for (const service of SERVICE_NAMES) {
    for (const [action, inputs] of Object.entries(REQUESTS[service])) {
      const ofAbsent = inputs(absent, own);
      for (const [index, input] of inputs(foreign, own).entries()) {
        for (const principal of asking(accountId)) {
          const other = ofAbsent[index] ?? {};
          const got = await answerTo(fixture, service, action, input, foreign, principal);
          const want = await answerTo(fixture, service, action, other, absent, principal);
          const name = `${principal.userName}: ${action} ${JSON.stringify(input)}`;
          t.equal(got, want, name);
          const isAllowed = got.startsWith('200');
          t.notOk(isAllowed && action in CHANGING, `${name} changes nothing`);
          asked += 1;
        }
      }
    }
  }
  t.comment(`${asked} pairs of requests`);
  const after = [...fixture.state.store.table('targets'), ...fixture.state.store.table('sessions')].length;
  t.equal(after, held);
}

const CHANGING = Object.fromEntries(
  SERVICE_NAMES.flatMap((service) => SERVICES[service].actions.changing).map((name) => [name, true]),
);

t.test('every action is called', async (t) => {
  for (const service of SERVICE_NAMES) {
    t.same(Object.keys(REQUESTS[service]).sort(), [...actionNamesOf(service)].sort(), service);
  }
});

t.test('resources that another account created', async (t) => {
  const fixture = await openServices(t);
  const own = await populate(fixture, ACCOUNT, 'eni-ids', 'eni-db');
  const theirs = await populate(fixture, OTHER_ACCOUNT, 'eni-ids2', 'eni-other');
  const [invitation = ''] = [
    ...fixture.state.store.table<{ shareArn: string }>('resourceShareInvitations'),
  ].flatMap(([arn, { shareArn }]) => (shareArn === theirs.share ? [arn] : []));
  const foreign: Ids = { ...theirs, ...FOREIGN_PLACE, invitation };
  await sweep(t, fixture, ACCOUNT, own, foreign, absentOf(OTHER_ACCOUNT, foreign));
  t.equal(fixture.state.catalog.find('sessions', theirs.session)?.resource.tags.team, 'red');
});

const FILE = `${INVENTORY}

trafficMirrorTargets:
  - { trafficMirrorTargetId: the-ids, networkInterfaceId: eni-ids, tags: { team: red } }
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf-file
    tags: { team: red }
    ingressFilterRules:
      - { ruleNumber: 1, ruleAction: accept, sourceCidrBlock: 0.0.0.0/0, destinationCidrBlock: 0.0.0.0/0,
          tags: { team: red } }
trafficMirrorSessions:
  - { trafficMirrorSessionId: the-watch, networkInterfaceId: eni-web, trafficMirrorTargetId: the-ids,
      trafficMirrorFilterId: tmf-file, sessionNumber: 5, tags: { team: red } }
`;

t.test('resources of the configuration file, which the first account owns', async (t) => {
  const fixture = await openServices(t, FILE);
  const own = await populate(fixture, OTHER_ACCOUNT, 'eni-ids2', 'eni-other');
  const uuid = '11111111-1111-1111-1111-111111111111';
  const common = {
    // Interfaces without an owner are visible to everybody; those of another account are requested above.
    ...ABSENT_PLACE,
    share: `arn:aws:ram:${REGION}:${ACCOUNT}:resource-share/${uuid}`,
    invitation: `arn:aws:ram:${REGION}:${ACCOUNT}:resource-share-invitation/${uuid}`,
  };
  const arnOf = (id: string): string => `arn:aws:ec2:${REGION}:${ACCOUNT}:traffic-mirror-target/${id}`;
  const foreign: Ids = {
    ...common,
    target: 'the-ids',
    targetArn: arnOf('the-ids'),
    filter: 'tmf-file',
    rule: 'tmf-file/ingress/1',
    session: 'the-watch',
  };
  const absent: Ids = {
    ...common,
    target: 'the-idx',
    targetArn: arnOf('the-idx'),
    filter: 'tmf-filx',
    rule: 'tmf-filx/ingress/1',
    session: 'the-watcx',
  };
  await sweep(t, fixture, OTHER_ACCOUNT, own, foreign, absent);
});
