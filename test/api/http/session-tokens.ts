/** Temporary credentials are not here: every client is told so in the words and with the code of its service. */
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTrafficMirrorTargetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetResourceSharesCommand, RAMClient } from '@aws-sdk/client-ram';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import t from 'tap';
import { EchoService, startServer } from '../../fixtures/api/echo-service.js';
import { CREDENTIALS, REGION } from '../../fixtures/api/recorded-requests.js';
import { sendTo } from '../../fixtures/api/send.js';
import { signerOf, signHeaders } from '../../fixtures/api/signer.js';

const INVALID = 'The security token included in the request is invalid.';
const NOT_VALIDATED = 'AWS was not able to validate the provided access credentials';

t.test('clients with a session token', async (t) => {
  const echo = new EchoService();
  const { port } = await startServer(t, echo);
  const options = {
    region: REGION,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { ...CREDENTIALS, sessionToken: 'FwoGZXIvYXdzEXAMPLE//////////' },
    maxAttempts: 1,
  };
  const [ec2, ram] = [new EC2Client(options), new RAMClient(options)];
  const [cloudwatch, sts] = [new CloudWatchClient(options), new STSClient(options)];
  t.teardown(() => {
    for (const client of [ec2, ram, cloudwatch, sts]) client.destroy();
  });
  await t.rejects(ec2.send(new DescribeTrafficMirrorTargetsCommand({})), {
    name: 'AuthFailure',
    message: NOT_VALIDATED,
    $metadata: { httpStatusCode: 401 },
  });
  await t.rejects(ram.send(new GetResourceSharesCommand({ resourceOwner: 'SELF' })), {
    name: 'UnrecognizedClientException',
    message: INVALID,
    $metadata: { httpStatusCode: 403 },
  });
  await t.rejects(cloudwatch.send(new ListMetricsCommand({})), {
    name: /^(UnrecognizedClientException|InvalidClientTokenId)$/,
    message: INVALID,
    $metadata: { httpStatusCode: 403 },
  });
  await t.rejects(sts.send(new GetCallerIdentityCommand({})), {
    name: 'InvalidClientTokenId',
    message: INVALID,
    $metadata: { httpStatusCode: 403 },
  });
  t.equal(echo.calls.length, 0);
});

t.test('a token in the query, unsigned, or empty', async (t) => {
  const echo = new EchoService();
  const { port } = await startServer(t, echo);
  const body = 'Action=ListMetrics&Version=2010-08-01';
  const token = { 'x-amz-security-token': '' };
  const empty = await signHeaders({ port, body, service: 'monitoring', headers: token });
  t.match(await sendTo({ port, path: '/', headers: empty }, body), {
    status: 403,
    text: new RegExp(`<Code>InvalidClientTokenId</Code><Message>${INVALID}</Message>`),
  });
  const unsigned = await signHeaders({ port, body, service: 'monitoring' });
  t.match(await sendTo({ port, path: '/', headers: { ...unsigned, 'x-amz-security-token': 'x' } }, body), {
    status: 400,
    text: /<Code>IncompleteSignature</,
  });
  const { query = {} } = await signerOf('ec2', REGION, CREDENTIALS).presign({
    method: 'GET',
    protocol: 'http:',
    hostname: '127.0.0.1',
    path: '/',
    headers: { host: `127.0.0.1:${port}` },
    query: { Action: 'DescribeTags', Version: '2016-11-15', 'X-Amz-Security-Token': 'x' },
  });
  const path = `/?${new URLSearchParams(query as Record<string, string>)}`;
  t.match(await sendTo({ port, method: 'GET', path }), {
    status: 401,
    text: new RegExp(`<Code>AuthFailure</Code><Message>${NOT_VALIDATED}</Message>`),
  });
  t.equal(echo.calls.length, 0);
});
