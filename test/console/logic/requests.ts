import t, { type Test } from 'tap';
import { Client } from '../../../console/src/aws/client.js';
import { callEc2, listAll } from '../../../console/src/aws/ec2.js';
import { listLoadBalancers } from '../../../console/src/aws/elb.js';
import { type ApiError, isSessionLost } from '../../../console/src/aws/errors.js';
import { getMetricData } from '../../../console/src/aws/monitoring.js';
import { callRam, deleteResourceShare, listRam } from '../../../console/src/aws/ram.js';
import { getStatus } from '../../../console/src/aws/status.js';
import { getCallerIdentity, nameOf } from '../../../console/src/aws/sts.js';
import { TARGETS } from '../../../console/src/model/target.js';
import { type Answer, type Asked, answerWith } from '../../fixtures/console/answers.js';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', region: 'us-east-1' };
const ENDPOINT = 'http://127.0.0.1:8443';

interface Told {
  readonly lost: ApiError[];
  readonly answered: boolean[];
}

function start(test: Test, answers: readonly Answer[]): { client: Client; asked: Asked[]; told: Told } {
  const { asked, restore } = answerWith(answers);
  test.teardown(restore);
  const told: Told = { lost: [], answered: [] };
  const client = new Client(CREDENTIALS, ENDPOINT, {
    onSessionLost: (error) => told.lost.push(error),
    onAnswer: (answered) => told.answered.push(answered),
  });
  return { client, asked, told };
}

const ec2Error = (code: string, message: string): string =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>id-1</RequestID></Response>`;

t.test('an action of EC2 is signed, and its parameters are flat', async (t) => {
  const { client, asked } = start(t, [{ body: '<R><requestId>1</requestId></R>' }]);
  await callEc2(client, 'DeleteTags', { ResourceId: ['tmt-1'], Tag: [{ Key: 'a b&c' }] });
  const [request] = asked;
  t.equal(request?.url, `${ENDPOINT}/`);
  t.equal(request?.method, 'POST');
  t.match(request?.headers.get('authorization'), /AKIDEXAMPLE\/\d{8}\/us-east-1\/ec2\/aws4_request/);
  t.strictSame(Object.fromEntries(new URLSearchParams(request?.body)), {
    Action: 'DeleteTags',
    Version: '2016-11-15',
    'ResourceId.1': 'tmt-1',
    'Tag.1.Key': 'a b&c',
  });
});

t.test('a list has the items of all pages', async (t) => {
  const page = (id: string, token: string): string =>
    `<R><trafficMirrorTargetSet><item><trafficMirrorTargetId>${id}</trafficMirrorTargetId></item></trafficMirrorTargetSet>${token}</R>`;
  const { client, asked } = start(t, [
    { body: page('tmt-1', '<nextToken>more</nextToken>') },
    { body: page('tmt-2', '') },
  ]);
  const filters = [{ Name: 'tag-key', Value: ['a', 'b'] }];
  const targets = await listAll(client, TARGETS, { filters });
  t.strictSame(
    targets.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
    ['tmt-1', 'tmt-2'],
  );
  const sent = asked.map(({ body }) => new URLSearchParams(body));
  t.strictSame(
    sent.map((one) => one.get('NextToken')),
    [null, 'more'],
  );
  t.strictSame(
    sent.map((one) => one.get('MaxResults')),
    ['1000', '1000'],
  );
  t.equal(sent[1]?.get('Filter.1.Value.2'), 'b');
});

t.test('resources by id are asked for without MaxResults', async (t) => {
  const { client, asked } = start(t, [{ body: '<R><trafficMirrorTargetSet/></R>' }]);
  t.strictSame(await listAll(client, TARGETS, { ids: ['tmt-1'] }), []);
  t.notMatch(asked[0]?.body, /MaxResults/);
  t.match(asked[0]?.body, /TrafficMirrorTargetId\.1=tmt-1/);
});

t.test('an error has code, words, request id, status, service and action', async (t) => {
  const { client, told } = start(t, [{ status: 400, body: ec2Error('TagLimitExceeded', 'at most 50') }]);
  await t.rejects(callEc2(client, 'CreateTags'), {
    code: 'TagLimitExceeded',
    message: 'at most 50',
    requestId: 'id-1',
    status: 400,
    service: 'ec2',
    action: 'CreateTags',
  });
  t.strictSame(told, { lost: [], answered: [true] });
});

for (const code of ['AuthFailure', 'RequestExpired', 'InvalidClientTokenId']) {
  t.test(`${code} loses the session`, async (t) => {
    const { client, told } = start(t, [{ status: 401, body: ec2Error(code, 'no') }]);
    await t.rejects(callEc2(client, 'DescribeTags'), { code });
    t.strictSame(
      told.lost.map((error) => [error.code, isSessionLost(error)]),
      [[code, true]],
    );
  });
}

t.test('without a server the code is NoAnswer', async (t) => {
  const { client, told } = start(t, []);
  await t.rejects(callEc2(client, 'DescribeTags'), { code: 'NoAnswer', status: 0 });
  t.strictSame(told, { lost: [], answered: [false] });
});

t.test('an error whose body is no XML is an InternalError with its text', async (t) => {
  const { client } = start(t, [{ status: 400, body: 'Bad Request' }]);
  await t.rejects(callEc2(client, 'DescribeTags'), { code: 'InternalError', message: 'Bad Request' });
});

t.test('a server that is busy is asked once more, not ten times', async (t) => {
  const busy = { status: 503, body: ec2Error('ServiceUnavailable', 'later') };
  const { client, asked } = start(t, [busy, busy, busy]);
  await t.rejects(callEc2(client, 'DescribeTags'), { code: 'ServiceUnavailable' });
  t.equal(asked.length, 2);
});

t.test('who signs, and the name', async (t) => {
  const arn = 'arn:aws:iam::111122223333:user/team/ann';
  const body = `<R><GetCallerIdentityResult><Arn>${arn}</Arn><Account>111122223333</Account></GetCallerIdentityResult></R>`;
  const { client } = start(t, [{ body }]);
  const identity = await getCallerIdentity(client);
  t.strictSame(identity, { account: '111122223333', arn });
  t.equal(nameOf(identity), 'ann');
  t.equal(nameOf({ account: '111122223333', arn: 'arn:aws:iam::111122223333:root' }), 'root');
});

t.test('load balancers of all pages', async (t) => {
  const page = (name: string, marker: string): string =>
    `<R><DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerArn>arn:${name}</LoadBalancerArn><LoadBalancerName>${name}</LoadBalancerName><Type>network</Type></member></LoadBalancers>${marker}</DescribeLoadBalancersResult></R>`;
  const { client } = start(t, [{ body: page('a', '<NextMarker>m</NextMarker>') }, { body: page('b', '') }]);
  t.strictSame(await listLoadBalancers(client), [
    { arn: 'arn:a', name: 'a', type: 'network' },
    { arn: 'arn:b', name: 'b', type: 'network' },
  ]);
});

t.test('Resource Access Manager has a path for each action', async (t) => {
  const { client, asked } = start(t, [
    { body: '{"resourceShare":{}}' },
    { body: '{"resourceShares":[1],"nextToken":"n"}' },
    { body: '{"resourceShares":[2]}' },
    { body: '{"returnValue":true}' },
    { status: 400, body: '{"message":"no"}', headers: { 'x-amzn-errortype': 'UnknownResourceException' } },
  ]);
  await callRam(client, 'CreateResourceShare', { name: 'a' });
  t.strictSame(await listRam(client, 'GetResourceShares', { resourceOwner: 'SELF' }), [1, 2]);
  await deleteResourceShare(client, 'arn:a/b', 'token');
  t.strictSame(
    asked.map(({ method, url, body }) => [method, url.slice(ENDPOINT.length), body]),
    [
      ['POST', '/createresourceshare', '{"name":"a"}'],
      ['POST', '/getresourceshares', '{"resourceOwner":"SELF"}'],
      ['POST', '/getresourceshares', '{"resourceOwner":"SELF","nextToken":"n"}'],
      ['DELETE', '/deleteresourceshare?clientToken=token&resourceShareArn=arn%3Aa%2Fb', ''],
    ],
  );
  await t.rejects(callRam(client, 'TagResource'), { code: 'UnknownResourceException', message: 'no' });
});

t.test('datapoints of a metric are joined over pages', async (t) => {
  const page = (stamp: number, token: string): string =>
    `{"MetricDataResults":[{"Id":"a","Label":"l","Timestamps":[${stamp}],"Values":[${stamp * 2}]}]${token}}`;
  const { client, asked } = start(t, [{ body: page(1, ',"NextToken":"n"') }, { body: page(2, '') }]);
  t.strictSame(await getMetricData(client, [], { startMs: 0, endMs: 60_000 }), [
    { Id: 'a', Label: 'l', Timestamps: [1, 2], Values: [2, 4] },
  ]);
  t.equal(asked[0]?.headers.get('x-amz-target'), 'GraniteServiceVersion20100801.GetMetricData');
  t.match(JSON.parse(asked[0]?.body ?? ''), { StartTime: 0, EndTime: 60, ScanBy: 'TimestampAscending' });
});

t.test('the lists of a status are joined over pages', async (t) => {
  const { client, asked } = start(t, [
    { body: '{"Status":{"generation":1,"sessions":[{"sessionId":"a"}]},"NextToken":"n"}' },
    { body: '{"Status":{"generation":2,"sessions":[{"sessionId":"b"}]}}' },
    { status: 403, body: '{"__type":"com.example#AccessDeniedException","message":"no"}' },
  ]);
  const { generation, sessions } = await getStatus(client);
  t.equal(generation, 1);
  t.strictSame(
    sessions?.map(({ sessionId }) => sessionId),
    ['a', 'b'],
  );
  t.strictSame(
    asked.map(({ body }) => body),
    ['{}', '{"NextToken":"n"}'],
  );
  await t.rejects(getStatus(client), { code: 'AccessDeniedException', service: 'traffic-mirror' });
});
