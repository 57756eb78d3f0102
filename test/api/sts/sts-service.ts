/** GetCallerIdentity, as the unmodified client calls it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import t, { type Test } from 'tap';
import type { ApiServerOptions } from '../../../src/api/http/api-server.js';
import type { PolicyStatement, Principal } from '../../../src/api/service.js';
import { StsService } from '../../../src/api/sts/sts-service.js';
import { startServer } from '../../fixtures/api/echo-service.js';
import { REGION } from '../../fixtures/api/recorded-requests.js';
import { sendTo } from '../../fixtures/api/send.js';
import { signHeaders } from '../../fixtures/api/signer.js';

const ACCOUNT = '111122223333';
const DENY_ALL: PolicyStatement = { Effect: 'Deny', Action: ['*'], Resource: ['*'] };

const userOf = (accountId: string, userName: string, ...statements: PolicyStatement[]): Principal => ({
  accountId,
  userName,
  arn: `arn:aws:iam::${accountId}:user/${userName}`,
  statements,
});

async function setUp(t: Test, principal: Principal, options: Partial<ApiServerOptions> = {}) {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 's' };
  const accessKeys = new Map([['AKID', { ...credentials, principal }]]);
  const server = await startServer(t, new StsService(), { accessKeys: () => accessKeys, ...options });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new STSClient({ region: REGION, endpoint, credentials, maxAttempts: 1 });
  t.teardown(() => client.destroy());
  return { client, port: server.port, credentials };
}

t.test('who calls', async (t) => {
  const { client } = await setUp(t, userOf(ACCOUNT, 'admin'));
  const { $metadata, ...identity } = await client.send(new GetCallerIdentityCommand({}));
  t.match(identity, {
    Account: ACCOUNT,
    Arn: `arn:aws:iam::${ACCOUNT}:user/admin`,
    UserId: /^AIDA[A-Z2-7]{17}$/,
  });
  t.match($metadata.requestId, /^[0-9a-f-]{36}$/);
  const again = await client.send(new GetCallerIdentityCommand({}));
  t.equal(again.UserId, identity.UserId, 'the same each time');
});

t.test('ids of users', async (t) => {
  const ids = new Set<string | undefined>();
  for (const [accountId, name] of [
    [ACCOUNT, 'admin'],
    [ACCOUNT, 'Admin'],
    ['444455556666', 'admin'],
  ] as const) {
    const { client } = await setUp(t, userOf(accountId, name));
    ids.add((await client.send(new GetCallerIdentityCommand({}))).UserId);
  }
  t.equal(ids.size, 3, 'each its own');
});

t.test('no policy is needed, and none denies it', async (t) => {
  const { client } = await setUp(t, userOf(ACCOUNT, 'nobody', DENY_ALL));
  t.match(await client.send(new GetCallerIdentityCommand({})), { Account: ACCOUNT });
});

t.test('the caller on a unix socket is the account itself', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'tm-sts-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const socketPath = join(directory, 'api.sock');
  const root = { ...userOf(ACCOUNT, 'root'), arn: `arn:aws:iam::${ACCOUNT}:root` };
  await startServer(t, new StsService(), {
    listen: { kind: 'unix', path: socketPath },
    socketPrincipal: root,
  });
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  t.match(await sendTo({ socketPath, path: '/' }, body), {
    status: 200,
    text: new RegExp(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        `<Arn>arn:aws:iam::${ACCOUNT}:root</Arn><UserId>${ACCOUNT}</UserId><Account>${ACCOUNT}</Account>` +
        '</GetCallerIdentityResult><ResponseMetadata><RequestId>[0-9a-f-]{36}</RequestId></ResponseMetadata>',
    ),
  });
});

t.test('what is not here', async (t) => {
  const { client, port, credentials } = await setUp(t, userOf(ACCOUNT, 'admin'));
  await t.rejects(client.send(new GetSessionTokenCommand({})), {
    name: 'InvalidAction',
    message: 'Could not find operation GetSessionToken for version 2011-06-15',
    $metadata: { httpStatusCode: 400 },
  });
  for (const [body, message] of [
    [
      'Action=GetCallerIdentity',
      'Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED',
    ],
    ['Action=GetCallerIdentity&Version=2016-11-15', 'for version 2016-11-15'],
    ['Action=__proto__&Version=2011-06-15', 'Could not find operation __proto__ for version 2011-06-15'],
    ['Action=%3Cb%3E&Version=%26', 'operation &lt;b&gt; for version &amp;'],
  ] as const) {
    const headers = await signHeaders({ port, body, service: 'sts', credentials });
    const { status, text } = await sendTo({ port, path: '/', headers }, body);
    t.equal(status, 400, body);
    t.match(text, '<Code>InvalidAction</Code>', body);
    t.match(text, message, body);
  }
});
