/** Signatures of real clients, and requests without a right one. */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { SignedRequest } from '../../../src/api/authentication/signed-request.js';
import type { Principal } from '../../../src/api/service.js';
import { authenticateAt, claimOf } from '../../fixtures/api/authenticate.js';
import {
  CREDENTIALS,
  PRINCIPAL,
  REGION,
  recordedRequests,
  signedRequestOf,
} from '../../fixtures/api/recorded-requests.js';
import { signerOf } from '../../fixtures/api/signer.js';

const MINUTE_MS = 60_000;

/** STS is not a service here. */

function authenticate(request: SignedRequest, body: string, skewMs = 0): Principal {
  return authenticateAt(claimOf(request).signedAt + skewMs, request, body);
}

function withHeader(request: SignedRequest, name: string, value: string | undefined): SignedRequest {
  const headers = new Map(request.headers);
  if (value === undefined) headers.delete(name);
  else headers.set(name, value);
  return { ...request, headers };
}

/** A request with the current date, signed as the JavaScript SDK does. */
async function sign(body: string, extra: Record<string, string> = {}): Promise<SignedRequest> {
  const headers = { host: 'localhost:8780', 'content-type': 'application/x-www-form-urlencoded', ...extra };
  const signed = await signerOf('ec2', REGION, CREDENTIALS).sign({
    method: 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    path: '/',
    headers,
    body,
  });
  return { method: 'POST', path: '/', query: new Map(), headers: new Map(Object.entries(signed.headers)) };
}

async function presign(query: Record<string, string>, expiresIn: number): Promise<SignedRequest> {
  const headers = { host: 'localhost:8780' };
  const request = { method: 'GET', protocol: 'http:', hostname: 'localhost', path: '/', query, headers };
  const signed = await signerOf('ec2', REGION, CREDENTIALS).presign(request, { expiresIn });
  const pairs = Object.entries(signed.query ?? {}).map(([name, value]) => [name, String(value)] as const);
  return { method: 'GET', path: '/', query: new Map(pairs), headers: new Map(Object.entries(headers)) };
}

t.test('every recorded request is of its signer', async (t) => {
  t.equal(recordedRequests.length, 78);
  t.equal(new Set(recordedRequests.map(({ client }) => client)).size, 5);
  for (const recorded of recordedRequests) {
    const request = signedRequestOf(recorded);
    const name = `${recorded.client} ${recorded.body.slice(0, 60)}`;
    t.equal(authenticate(request, recorded.body), PRINCIPAL, name);
  }
});

t.test('no part of a recorded request may change', async (t) => {
  for (const recorded of recordedRequests) {
    const request = signedRequestOf(recorded);
    const { signature, signedHeaders } = claimOf(request);
    const authorization = request.headers.get('authorization') ?? '';
    const digit = signature.startsWith('0') ? '1' : '0';
    const otherSignature = authorization.replace(signature, digit + signature.slice(1));
    const changed: [what: string, request: SignedRequest, body: string][] = [
      ['signature', withHeader(request, 'authorization', otherSignature), recorded.body],
      ['body', request, `${recorded.body} `],
      ['method', { ...request, method: 'PUT' }, recorded.body],
      ['path', { ...request, path: `${request.path}x` }, recorded.body],
      ['query', { ...request, query: new Map([['a', 'b']]) }, recorded.body],
      ...signedHeaders
        .filter((name) => name !== 'x-amz-date')
        .map((name): [string, SignedRequest, string] => [
          name,
          withHeader(request, name, 'other'),
          recorded.body,
        ]),
    ];
    for (const [what, other, body] of changed) {
      t.throws(() => authenticate(other, body), { code: 'wrong-signature' }, what);
    }
  }
});

t.test('a declared digest must be that of the body', async (t) => {
  const body = 'Action=DescribeTrafficMirrorTargets';
  const right = createHash('sha256').update(body).digest('hex');
  t.equal(authenticate(await sign(body, { 'x-amz-content-sha256': right }), body), PRINCIPAL);
  for (const digest of [
    right.replace(/^./, 'f'),
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    '',
  ]) {
    const request = await sign(body, { 'x-amz-content-sha256': digest });
    t.throws(() => authenticate(request, body), { code: 'wrong-signature' }, digest);
  }
});

t.test('the query form', async (t) => {
  const request = await presign({ Action: 'DescribeTags', 'Filter.1.Name': 'a b+c/é*~' }, 60);
  t.equal(authenticate(request, ''), PRINCIPAL);
  t.equal(authenticate(request, '', MINUTE_MS), PRINCIPAL, 'until it expires');
  t.throws(() => authenticate(request, '', MINUTE_MS + 1), { code: 'expired' });
  t.throws(() => authenticate(request, 'Action=X'), { code: 'wrong-signature' }, 'with a body');
  for (const [name, value] of [
    ['Action', 'DeleteTags'],
    ['X-Amz-Expires', '61'],
    ['Extra', ''],
  ] as const) {
    const query = new Map(request.query).set(name, value);
    t.throws(() => authenticate({ ...request, query }, ''), { code: 'wrong-signature' }, name);
  }
  const twice = withHeader(request, 'authorization', 'AWS4-HMAC-SHA256 Credential=a');
  t.throws(() => claimOf(twice), { code: 'incomplete-signature' });
});

t.test('clocks may differ by a quarter of an hour', async (t) => {
  const request = await sign('');
  t.equal(authenticate(request, '', 15 * MINUTE_MS), PRINCIPAL);
  t.equal(authenticate(request, '', -15 * MINUTE_MS), PRINCIPAL);
  t.throws(() => authenticate(request, '', 15 * MINUTE_MS + 1), { code: 'expired' });
  t.throws(() => authenticate(request, '', -15 * MINUTE_MS - 1), { code: 'expired' });
});

t.test('errors before the body is read', async (t) => {
  const request = await sign('');
  const authorization = request.headers.get('authorization') ?? '';
  const scope = /Credential=([^,]*)/.exec(authorization)?.[1] ?? '';
  const rows: [name: string, change: (text: string) => string | undefined, code: string][] = [
    ['no credentials', () => undefined, 'missing-credentials'],
    ['empty', () => '', 'incomplete-signature'],
    ['Basic', () => 'Basic YWRtaW46YWRtaW4=', 'incomplete-signature'],
    ['Bearer', () => 'Bearer x', 'incomplete-signature'],
    ['other algorithm', (text) => text.replace('HMAC', 'ECDSA-P256'), 'incomplete-signature'],
    ['another key', (text) => text.replace('AKIDEXAMPLE', 'AKIDOTHER'), 'unknown-access-key'],
    ['prototype key', (text) => text.replace('AKIDEXAMPLE', '__proto__'), 'unknown-access-key'],
    ['another region', (text) => text.replace(`/${REGION}/`, '/eu-west-1/'), 'wrong-scope'],
    ['another service', (text) => text.replace('/ec2/', '/iam/'), 'wrong-scope'],
    ['a service in capitals', (text) => text.replace('/ec2/', '/EC2/'), 'incomplete-signature'],
    [
      'a service that is a signature',
      (text) => text.replace('/ec2/', '/Signature=/'),
      'incomplete-signature',
    ],
    ['another day', (text) => text.replace(/\/\d{8}\//, '/20200101/'), 'incomplete-signature'],
    ['four parts of scope', (text) => text.replace('/ec2/', '/'), 'incomplete-signature'],
    ['six parts of scope', (text) => text.replace('/ec2/', '/ec2/ec2/'), 'incomplete-signature'],
    [
      'text behind the scope',
      (text) => text.replace('aws4_request', 'aws4_requestx'),
      'incomplete-signature',
    ],
    [
      'a slash behind the scope',
      (text) => text.replace('aws4_request', 'aws4_request/'),
      'incomplete-signature',
    ],
    ['an empty key', (text) => text.replace('AKIDEXAMPLE', ''), 'incomplete-signature'],
    [
      'a key of other characters',
      (text) => text.replace('AKIDEXAMPLE', 'AKID-EXAMPLE'),
      'incomplete-signature',
    ],
    ['a long key', (text) => text.replace('AKIDEXAMPLE', 'A'.repeat(129)), 'incomplete-signature'],
    ['no signature', (text) => text.replace(/, Signature=.*/, ''), 'incomplete-signature'],
    ['short signature', (text) => text.slice(0, -1), 'incomplete-signature'],
    ['long signature', (text) => `${text}0`, 'incomplete-signature'],
    ['upper-case signature', (text) => text.replace(/[0-9a-f]{64}/, 'A'.repeat(64)), 'incomplete-signature'],
    ['two signatures', (text) => `${text}, ${text.slice(-74)}`, 'incomplete-signature'],
    ['two scopes', (text) => `${text}, Credential=${scope}`, 'incomplete-signature'],
    ['a field of another name', (text) => `${text}, X=/ec2/aws4_request`, 'incomplete-signature'],
    ['a field in lower case', (text) => text.replace('Signature=', 'signature='), 'incomplete-signature'],
    ['a field without a name', (text) => `${text},`, 'incomplete-signature'],
    ['fields without commas', (text) => text.replaceAll(',', ''), 'incomplete-signature'],
    [
      'no signed headers',
      (text) => text.replace(/SignedHeaders=[^,]*/, 'SignedHeaders='),
      'incomplete-signature',
    ],
    ['host not signed', (text) => text.replace(';host', ''), 'incomplete-signature'],
    ['date not signed', (text) => text.replace(';x-amz-date', ''), 'incomplete-signature'],
    ['absent header', (text) => text.replace(';host', ';host;hostname'), 'incomplete-signature'],
    ['header twice', (text) => text.replace(';host', ';host;host'), 'incomplete-signature'],
    ['not sorted', (text) => text.replace('content-type;host', 'host;content-type'), 'incomplete-signature'],
    ['in capitals', (text) => text.replace(';host', ';Host'), 'incomplete-signature'],
    ['empty name', (text) => text.replace(';host', ';;host'), 'incomplete-signature'],
  ];
  const now = claimOf(request).signedAt;
  for (const [name, change, code] of rows) {
    const changed = withHeader(request, 'authorization', change(authorization));
    t.not(changed.headers.get('authorization'), authorization, `${name} changes the header`);
    t.throws(() => authenticateAt(now, changed, ''), { code }, name);
  }
  const shuffled = authorization.replace(
    /Credential=(.*), SignedHeaders=(.*), Signature=(.*)/,
    'Signature=$3,Credential=$1,  SignedHeaders=$2',
  );
  t.equal(authenticateAt(now, withHeader(request, 'authorization', shuffled), ''), PRINCIPAL, 'any order');
  for (const [name, value, code] of [
    ['x-amz-target', 'GraniteServiceVersion20100801.ListMetrics', 'incomplete-signature'],
    ['smithy-protocol', 'rpc-v2-cbor', 'incomplete-signature'],
  ] as const) {
    t.throws(() => authenticateAt(now, withHeader(request, name, value), ''), { code }, `${name} on the way`);
  }
  const token = await sign('', { 'x-amz-security-token': 'x' });
  t.throws(() => authenticateAt(now, token, ''), { code: 'unknown-access-key' }, 'temporary credentials');
  for (const date of [
    ...[undefined, '', '20261301T000000Z', '2026-01-01T00:00:00Z', 'yesterday'],
    ...['20260230T000000Z', '20260101T240000Z', '20260101T000060Z'],
  ]) {
    const day = date?.slice(0, 8) ?? '';
    const changed = withHeader(
      withHeader(request, 'x-amz-date', date),
      'authorization',
      /^\d{8}$/.test(day) ? authorization.replace(/\/\d{8}\//, `/${day}/`) : authorization,
    );
    t.throws(() => authenticateAt(now, changed, ''), { code: 'incomplete-signature' }, `date ${date}`);
  }
});

t.test('the query form is parsed as strictly', async (t) => {
  const request = await presign({ Action: 'DescribeTags' }, 60);
  const now = claimOf(request).signedAt;
  const rows: [name: string, value: string | undefined, code: string][] = [
    ['X-Amz-Algorithm', undefined, 'incomplete-signature'],
    ['X-Amz-Algorithm', 'AWS4-ECDSA-P256-SHA256', 'incomplete-signature'],
    ['X-Amz-Credential', undefined, 'incomplete-signature'],
    ['X-Amz-Credential', 'X=/ec2/aws4_request', 'incomplete-signature'],
    ['X-Amz-Credential', `AKIDEXAMPLE/20261120/${REGION}/Signature=/aws4_request`, 'incomplete-signature'],
    ['X-Amz-Date', undefined, 'incomplete-signature'],
    ['X-Amz-Expires', undefined, 'incomplete-signature'],
    ['X-Amz-Expires', '0', 'incomplete-signature'],
    ['X-Amz-Expires', '604801', 'incomplete-signature'],
    ['X-Amz-Expires', '1e3', 'incomplete-signature'],
    ['X-Amz-SignedHeaders', undefined, 'incomplete-signature'],
    ['X-Amz-SignedHeaders', 'x-amz-date', 'incomplete-signature'],
    ['X-Amz-SignedHeaders', 'host;host', 'incomplete-signature'],
    ['X-Amz-Signature', undefined, 'incomplete-signature'],
    ['X-Amz-Signature', 'zz', 'incomplete-signature'],
    ['X-Amz-Signature', '', 'incomplete-signature'],
    ['x-amz-signature', '0'.repeat(64), 'incomplete-signature'],
    ['X-Amz-Other', '', 'incomplete-signature'],
    ['X-Amz-Security-Token', 'x', 'unknown-access-key'],
    ['X-Amz-Content-Sha256', createHash('sha256').update('').digest('hex'), 'wrong-signature'],
  ];
  for (const [name, value, code] of rows) {
    const query = new Map(request.query);
    if (value === undefined) query.delete(name);
    else query.set(name, value);
    t.throws(() => authenticateAt(now, { ...request, query }, ''), { code }, `${name} ${value}`);
  }
});

t.test('a request signed in its header has no signature in its query', async (t) => {
  const request = await sign('');
  for (const name of [
    'X-Amz-Signature',
    'x-amz-signature',
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-A',
  ]) {
    const other = { ...request, query: new Map([[name, 'x']]) };
    t.throws(() => authenticate(other, ''), { code: 'incomplete-signature' }, name);
  }
});

t.test('the digest of the query form must be that of the body', async (t) => {
  for (const [digest, isRight] of [
    [createHash('sha256').update('').digest('hex'), true],
    ['UNSIGNED-PAYLOAD', false],
  ] as const) {
    const request = await presign({ Action: 'DescribeTags', 'X-Amz-Content-Sha256': digest }, 60);
    if (isRight) t.equal(authenticate(request, ''), PRINCIPAL);
    else t.throws(() => authenticate(request, ''), { code: 'wrong-signature' });
  }
});

t.test('paths that clients normalize before they sign are no operations', async (t) => {
  const request = await sign('');
  for (const path of [
    '//',
    '/.',
    '/..',
    '/a/../b',
    '/a//b',
    '/a/',
    '',
    'a',
    '*',
    'http://a/',
    '/%2e',
    '/a%20b',
  ]) {
    t.throws(() => authenticate({ ...request, path }, ''), { code: 'unknown-operation' }, path);
  }
  t.throws(() => authenticate({ ...request, path: '/a.b/..c' }, ''), { code: 'wrong-signature' });
});
