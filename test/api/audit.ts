/** The audit log: a line for each change and each refusal, and none for a call that only reads. */
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { Audit, type AuditLine } from '../../src/api/audit.js';
import { needsNoPermission, SERVICE_NAMES, SERVICES, type ServiceName } from '../../src/api/services.js';
import { LogLimit } from '../../src/daemon/log.js';
import { ACCOUNT, OTHER_ACCOUNT, REGION } from '../fixtures/api/ec2.js';
import { xmlTextAt } from '../fixtures/api/parse-xml.js';
import { ALLOW_ALL, apiCallOf, openServices, userOf } from '../fixtures/api/services.js';

const RULE = {
  TrafficDirection: 'ingress',
  RuleNumber: 10,
  RuleAction: 'accept',
  SourceCidrBlock: '0.0.0.0/0',
  DestinationCidrBlock: '0.0.0.0/0',
};
/** That a packet is not mirrored. */
const ANSWER = {
  ok: true,
  value: {
    explanation: {
      sourceId: 'eni-web',
      device: 'veth0',
      direction: 'ingress',
      length: 60,
      capturedLength: 60,
      fields: { kind: 'arp', vlans: [], etherType: 0x0806 },
      walk: { types: [{ type: 'arp', matches: true }], sessions: [], sessionsNotAsked: [] },
      verdict: { kind: 'unmirrored', type: 'arp' },
    },
    generation: 1,
    isPartial: false,
  },
} as const;
const admin = userOf(ACCOUNT, 'admin', ALLOW_ALL);
const other = userOf(OTHER_ACCOUNT, 'other', ALLOW_ALL);
const nobody = userOf(ACCOUNT, 'nobody');

/** Makes a session with a target and a filter. @returns its id */
async function sessionOf(create: (action: string, input: object) => Promise<string>): Promise<string> {
  const made = async (action: string, input: object): Promise<string> =>
    xmlTextAt(await create(action, input), `/t${action.slice(7)}Id`);
  return made('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: await made('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }),
    TrafficMirrorFilterId: await made('CreateTrafficMirrorFilter', {}),
    SessionNumber: 1,
  });
}

async function openAudited(t: Test) {
  const fixture = await openServices(t, undefined, { links: { explain: () => ANSWER } });
  const lines: AuditLine[] = [];
  const audit = new Audit({ write: (line) => lines.push(line), limit: (_key, write) => write(0) });
  const called = new Set<string>();
  return {
    fixture,
    called,
    /** One call: its line, which is the only one, if there is one; and its answer. */
    async call(service: ServiceName, action: string, input: object, principal = admin) {
      const call = apiCallOf(service, action, input, principal);
      const answer = await fixture.services[service].handle(call);
      audit.record({
        requestId: call.requestId,
        source: '10.0.0.1',
        accessKeyId: 'AKID',
        call,
        response: answer,
      });
      const [line, ...more] = lines.splice(0);
      t.equal(more.length, 0, 'one line at most');
      if (line?.outcome === 'done') called.add(action);
      if (line !== undefined) t.equal(line.requestId, call.requestId);
      return { line, status: answer.status, body: String(answer.body) };
    },
  };
}

t.test('every change is one line, with its resources', async (t) => {
  const { call, called, fixture } = await openAudited(t);
  const change = async (
    service: ServiceName,
    action: string,
    input: object,
    resources: string[],
    as = admin,
  ) => {
    const { line, body } = await call(service, action, input, as);
    const { requestId: _, ...rest } = line ?? { requestId: '' };
    const { accountId: account, userName: user } = as;
    const want = { account, user, accessKeyId: 'AKID', service, action, source: '10.0.0.1', outcome: 'done' };
    t.strictSame({ ...rest, resources: undefined }, { ...want, resources: undefined }, action);
    for (const id of resources) t.ok(line?.resources?.includes(id), `${action}: ${id}`);
    return { body, resources: line?.resources ?? [] };
  };
  const made = async (action: string, input: object, named: string[]): Promise<string> => {
    const { body, resources } = await change('ec2', action, input, named);
    const id = xmlTextAt(body, `/t${action.slice(7)}Id`);
    t.ok(resources.includes(id), `${action}: its own id`);
    return id;
  };
  const target = await made('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }, ['eni-ids']);
  const filter = await made('CreateTrafficMirrorFilter', { Description: 'd' }, []);
  const ofFilter = { TrafficMirrorFilterId: filter };
  const rule = await made('CreateTrafficMirrorFilterRule', { ...RULE, ...ofFilter }, [filter]);
  const parts = { NetworkInterfaceId: 'eni-web', TrafficMirrorTargetId: target, ...ofFilter };
  const session = await made('CreateTrafficMirrorSession', { ...parts, SessionNumber: 1 }, [
    'eni-web',
    target,
    filter,
  ]);
  const tags = { 'ResourceId.1': session, 'ResourceId.2': rule, 'Tag.1.Key': 'team' };
  await change('ec2', 'CreateTags', tags, [session, rule]);
  await change('ec2', 'DeleteTags', tags, [session, rule]);
  const services = { ...ofFilter, 'AddNetworkService.1': 'amazon-dns' };
  await change('ec2', 'ModifyTrafficMirrorFilterNetworkServices', services, [filter]);
  const ofRule = { TrafficMirrorFilterRuleId: rule };
  await change('ec2', 'ModifyTrafficMirrorFilterRule', { ...ofRule, RuleNumber: 2 }, [rule, filter]);
  const ofSession = { TrafficMirrorSessionId: session };
  await change('ec2', 'ModifyTrafficMirrorSession', { ...ofSession, SessionNumber: 2 }, [session]);
  const targetArn = `arn:aws:ec2:${REGION}:${ACCOUNT}:traffic-mirror-target/${target}`;

  const invited = async (): Promise<string> => {
    const { body } = await call('ram', 'GetResourceShareInvitations', {}, other);
    const { resourceShareInvitations } = JSON.parse(body) as {
      resourceShareInvitations: { status: string; resourceShareInvitationArn: string }[];
    };
    const pending = resourceShareInvitations.find(({ status }) => status === 'PENDING');
    return pending?.resourceShareInvitationArn ?? '';
  };
  const share = { name: 's', resourceArns: [targetArn], principals: [OTHER_ACCOUNT] };
  const { resources } = await change('ram', 'CreateResourceShare', share, [targetArn, OTHER_ACCOUNT]);
  const resourceShareArn = resources.find((arn) => arn.includes(':resource-share/')) ?? '';
  t.ok(fixture.state.store.table('resourceShares').has(resourceShareArn), 'its own ARN');
  const first = await invited();
  const accept = { resourceShareInvitationArn: first };
  await change('ram', 'AcceptResourceShareInvitation', accept, [first], other);
  const member = { resourceShareArn, principals: [OTHER_ACCOUNT] };
  await change('ram', 'DisassociateResourceShare', member, [resourceShareArn, OTHER_ACCOUNT]);
  await change('ram', 'AssociateResourceShare', member, [resourceShareArn, OTHER_ACCOUNT]);
  const retag = { resourceShareArn, tags: [{ key: 'team', value: 'red' }] };
  await change('ram', 'TagResource', retag, [resourceShareArn]);
  await change('ram', 'UntagResource', { resourceShareArn, tagKeys: ['team'] }, [resourceShareArn]);
  await change('ram', 'UpdateResourceShare', { resourceShareArn, name: 'other' }, [resourceShareArn]);
  const second = await invited();
  const reject = { resourceShareInvitationArn: second };
  await change('ram', 'RejectResourceShareInvitation', reject, [second], other);
  await change('ram', 'DeleteResourceShare', { resourceShareArn }, [resourceShareArn]);

  await change('ec2', 'DeleteTrafficMirrorSession', ofSession, [session]);
  await change('ec2', 'DeleteTrafficMirrorFilterRule', ofRule, [rule]);
  await change('ec2', 'DeleteTrafficMirrorFilter', ofFilter, [filter]);
  await change('ec2', 'DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: target }, [target]);
  const changing = SERVICE_NAMES.flatMap((service): readonly string[] => SERVICES[service].actions.changing);
  t.same([...called].sort(), [...changing].sort(), 'none was left out');
});

t.test('a call that only reads is no line, unless it is refused, or hands out packets', async (t) => {
  const { call } = await openAudited(t);
  const session = await sessionOf(async (action, input) => (await call('ec2', action, input)).body);
  const groups = await call('elasticloadbalancing', 'DescribeTargetGroups', {});
  const [, groupArn] = /<TargetGroupArn>([^<]+)/.exec(groups.body) ?? [];
  const times = { StartTime: '2026-01-01T00:00:00Z', EndTime: '2026-01-01T01:00:00Z' };
  const metric = {
    Namespace: 'AWS/EC2',
    MetricName: 'NetworkMirrorIn',
    Period: 60,
    'Statistics.member.1': 'Sum',
  };
  const inputs: Readonly<Record<string, object>> = {
    GetMetricStatistics: { ...times, ...metric },
    GetMetricData: {
      ...times,
      'MetricDataQueries.member.1.Id': 'a',
      'MetricDataQueries.member.1.MetricStat.Metric.Namespace': 'AWS/EC2',
      'MetricDataQueries.member.1.MetricStat.Metric.MetricName': 'NetworkMirrorIn',
      'MetricDataQueries.member.1.MetricStat.Period': 60,
      'MetricDataQueries.member.1.MetricStat.Stat': 'Sum',
    },
    DescribeListeners: { LoadBalancerArn: 'nlb-ids' },
    DescribeTargetHealth: { TargetGroupArn: groupArn },
    GetResourceShareAssociations: { associationType: 'RESOURCE' },
    GetResourceShares: { resourceOwner: 'SELF' },
    ListPrincipals: { resourceOwner: 'SELF' },
    ListResources: { resourceOwner: 'SELF' },
    ExplainPacket: { SourceId: 'eni-web', Packet: 'arp' },
    Peek: { SessionIds: [session] },
  };
  const denied: Readonly<Partial<Record<ServiceName, string>>> = {
    ec2: 'UnauthorizedOperation',
    elasticloadbalancing: 'AccessDenied',
    ram: 'AccessDeniedException',
    monitoring: 'AccessDenied',
    'traffic-mirror': 'AccessDeniedException',
  };
  for (const service of SERVICE_NAMES) {
    for (const action of SERVICES[service].actions.reading) {
      const { line, status, body } = await call(service, action, inputs[action] ?? {});
      t.equal(status, 200, `${action} ${body}`);
      if (action === 'Peek') t.match(line, { service, action, outcome: 'done', resources: [session] });
      else t.equal(line, undefined, action);
      const refused = await call(service, action, inputs[action] ?? {}, nobody);
      const outcome = needsNoPermission(service) ? undefined : denied[service];
      if (outcome === undefined) t.equal(refused.line, undefined, `${action}: everybody may`);
      else t.match(refused.line, { account: ACCOUNT, user: 'nobody', service, action, outcome });
    }
  }
});

t.test('the line of a refusal', async (t) => {
  const { call } = await openAudited(t);
  const id = 'tmt-00000000000000000';
  const { line } = await call('ec2', 'DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: id });
  t.match(line, { outcome: 'InvalidTrafficMirrorTargetId.NotFound', resources: [id] });
  const dry = await call('ec2', 'CreateTrafficMirrorFilter', { DryRun: true });
  t.match(dry.line, { outcome: 'DryRunOperation', action: 'CreateTrafficMirrorFilter' });
  const unknown = await call('ec2', 'RunInstances', { Password: 'hunter2' });
  t.equal(unknown.line?.outcome, 'InvalidAction');
  t.notOk(unknown.line && 'action' in unknown.line, 'what no service has is not repeated');
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [
      `ResourceId.${index + 1}`,
      `${index}\u001b[2J${'x'.repeat(1000)}`,
    ]),
  );
  const flood = (await call('ec2', 'CreateTags', { ...many, 'Tag.1.Key': 'a' })).line;
  t.equal(flood?.resources?.length, 10);
  t.ok(
    flood?.resources?.every((text) => text.length === 255 && !text.includes('\u001b')),
    'cut, and one line each',
  );
  t.match((await call('ram', 'DeleteResourceShare', { resourceShareArn: ['x', 1, null] })).line, {
    resources: ['x'],
    outcome: 'InvalidParameterException',
  });
});

t.test('a flood of refusals is limited, and counted', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const limit = new LogLimit();
  const lines: AuditLine[] = [];
  const audit = new Audit({
    write: (line) => lines.push(line),
    limit: (key, write) => limit.pass(key, write),
  });
  const refuse = (user: string | undefined, outcome: string): void => {
    const principal = userOf(ACCOUNT, user ?? '');
    const call = apiCallOf('ec2', 'DeleteTags', { 'ResourceId.1': String(Math.random()) }, principal);
    const answer = { status: 403, headers: {}, body: '', outcome };
    const { requestId } = call;
    const known = user === undefined ? undefined : call;
    audit.record({ requestId, source: '10.0.0.1', accessKeyId: requestId, call: known, response: answer });
  };
  for (let count = 0; count < 10_000; count++) {
    refuse(undefined, 'AuthFailure');
    refuse('eve', 'UnauthorizedOperation');
    if (count === 5000) refuse('alice', 'UnauthorizedOperation');
  }
  t.same(
    lines.map(({ user, outcome, suppressed }) => [user, outcome, suppressed]),
    [
      [undefined, 'AuthFailure', undefined],
      ['eve', 'UnauthorizedOperation', undefined],
      ['alice', 'UnauthorizedOperation', undefined],
    ],
    'the first of each user and code at once: one does not hide another',
  );
  mock.timers.tick(10_000);
  t.same(
    lines.slice(3).map(({ user, suppressed }) => [user, suppressed]),
    [
      [undefined, 9998],
      ['eve', 9998],
    ],
    'then the last, with how many were left out',
  );
  limit.flush();
  t.equal(lines.length, 5);
});
