/** Texts have the bounds of the cloud's API; longer ones of older versions stay. */
import t from 'tap';
import { ACCOUNT, openEc2, type Values } from '../../fixtures/api/ec2.js';

const RULE: Values = {
  TrafficDirection: 'ingress',
  RuleNumber: 1,
  RuleAction: 'accept',
  SourceCidrBlock: '0.0.0.0/0',
  DestinationCidrBlock: '0.0.0.0/0',
};
const TAG = 'TagSpecification.1.Tag.1';

/** A text of so many characters, whatever their length in UTF-16. */
const textOf = (length: number): string =>
  `${'😀'.repeat(length / 2)}${'x'.repeat(length - Math.floor(length / 2))}`;

t.test('the longest text is accepted, a longer one is refused by the name of its parameter', async (t) => {
  const ec2 = await openEc2(t);
  const { trafficMirrorTarget } = await ec2.ok('CreateTrafficMirrorTarget', {
    NetworkInterfaceId: 'eni-ids',
  });
  const { trafficMirrorFilter } = await ec2.ok('CreateTrafficMirrorFilter');
  const TrafficMirrorFilterId: string = trafficMirrorFilter.trafficMirrorFilterId;
  const session = {
    TrafficMirrorFilterId,
    TrafficMirrorTargetId: trafficMirrorTarget.trafficMirrorTargetId,
    NetworkInterfaceId: 'eni-db',
  };
  const { trafficMirrorSession } = await ec2.ok('CreateTrafficMirrorSession', {
    ...session,
    SessionNumber: 1,
  });
  const rule = await ec2.ok('CreateTrafficMirrorFilterRule', { ...RULE, TrafficMirrorFilterId });
  const ofSession = { TrafficMirrorSessionId: trafficMirrorSession.trafficMirrorSessionId };
  const ofRule = { TrafficMirrorFilterRuleId: rule.trafficMirrorFilterRule.trafficMirrorFilterRuleId };
  const tagged = { 'ResourceId.1': TrafficMirrorFilterId, 'Tag.1.Key': 'k' };
  const type = { 'TagSpecification.1.ResourceType': 'traffic-mirror-filter', [`${TAG}.Key`]: 'k' };
  const newRule = { ...RULE, TrafficMirrorFilterId, RuleNumber: 2 };
  const rows: (readonly [action: string, name: string, bound: number, values: Values])[] = [
    ['CreateTrafficMirrorTarget', 'Description', 255, { NetworkLoadBalancerArn: 'nlb-ids' }],
    ['CreateTrafficMirrorFilter', 'Description', 255, {}],
    ['CreateTrafficMirrorFilterRule', 'Description', 255, newRule],
    ['CreateTrafficMirrorSession', 'Description', 255, { ...session, SessionNumber: 2 }],
    ['ModifyTrafficMirrorFilterRule', 'Description', 255, ofRule],
    ['ModifyTrafficMirrorSession', 'Description', 255, ofSession],
    ['CreateTrafficMirrorFilter', `${TAG}.Key`, 127, type],
    ['CreateTrafficMirrorFilter', `${TAG}.Value`, 256, type],
    ['CreateTags', 'Tag.1.Key', 127, tagged],
    ['CreateTags', 'Tag.1.Value', 256, tagged],
    ['DeleteTags', 'Tag.1.Key', 127, tagged],
    ['DeleteTags', 'Tag.1.Value', 256, tagged],
  ];
  for (const [action, name, bound, values] of rows) {
    for (const length of [bound + 1, 2 ** 19]) {
      const { status, content } = await ec2.call(action, { ...values, [name]: textOf(length) });
      t.equal(status, 400, action);
      const { Code, Message } = content.Errors.Error;
      t.equal(Code, 'InvalidParameterValue');
      const shown = name.charAt(0).toLowerCase() + name.slice(1);
      t.ok(
        Message.includes(`for parameter ${shown} is invalid. Expecting at most ${bound} characters.`),
        Message,
      );
      t.ok(Message.length < 250, 'and the message does not repeat the text');
    }
    await ec2.ok(action, { ...values, [name]: textOf(bound) });
  }
});

t.test('other texts', async (t) => {
  const ec2 = await openEc2(t);
  const long = 'x'.repeat(2 ** 19);
  const rows: (readonly [action: string, values: Values, code: string])[] = [
    ['CreateTrafficMirrorFilter', { ClientToken: long }, 'InvalidParameterValue'],
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: long }, 'InvalidParameterValue'],
    ['CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: long }, 'InvalidParameterValue'],
    ['DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: `tmf-${long}` }, 'InvalidParameterValue'],
    ['DescribeTags', { 'Filter.1.Name': long, 'Filter.1.Value.1': 'x' }, 'InvalidParameterValue'],
    ['DescribeTags', { 'Filter.1.Name': 'key', 'Filter.1.Value.1': long }, 'InvalidParameterValue'],
    ['DescribeTags', { NextToken: long }, 'InvalidParameterValue'],
    ['DescribeTags', { [long]: 'x' }, 'UnknownParameter'],
    ['DescribeTags', { Version: long }, 'NoSuchVersion'],
    [long, {}, 'InvalidAction'],
  ];
  for (const [action, values, code] of rows) {
    const { content, body } = await ec2.call(action, values);
    t.equal(content.Errors.Error.Code, code, Object.keys(values).join().slice(0, 50));
    t.ok(body.length < 600, 'an error is short');
  }
});

t.test('filters and their values are bounded in number', async (t) => {
  const ec2 = await openEc2(t);
  const filters = (count: number): Values =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        [`Filter.${index + 1}.Name`, 'key'],
        [`Filter.${index + 1}.Value.1`, '*'],
      ]).flat(),
    );
  await ec2.ok('DescribeTags', filters(200));
  t.equal(await ec2.code('DescribeTags', filters(201)), 'FilterLimitExceeded');
});

t.test('texts of a state file beyond a bound are kept', async (t) => {
  const ec2 = await openEc2(t);
  const resource = {
    trafficMirrorFilterId: 'tmf-0old',
    networkServices: [],
    ingressFilterRules: [],
    egressFilterRules: [],
    description: 'd'.repeat(100_000),
    tags: { [`${'k'.repeat(200)}`]: 'v'.repeat(1000) },
  };
  const value = { ownerId: ACCOUNT, order: 1, resource };
  await ec2.state.store.commit([{ table: 'filters', key: 'tmf-0old', value }]);
  await ec2.state.close();
  const after = await openEc2(t, { directory: ec2.directory });
  await after.ok('CreateTags', { 'ResourceId.1': 'tmf-0old', 'Tag.1.Key': 'new' });
  await after.ok('CreateTrafficMirrorFilterRule', { ...RULE, TrafficMirrorFilterId: 'tmf-0old' });
  const { trafficMirrorFilterSet } = await after.ok('DescribeTrafficMirrorFilters');
  const [filter] = trafficMirrorFilterSet.item;
  t.equal(filter.description, resource.description);
  t.same(
    filter.tagSet.item.map(({ value: text }: { value: string }) => text.length),
    [1000, 0],
  );
});
