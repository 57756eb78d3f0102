/** Signatures of real clients, and what is not one. */
import { createHash } from 'node:crypto';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import t from 'tap';
import { requireClaim, requireSignature } from '../../../src/api/authentication/authenticate.js';
import { readClaim } from '../../../src/api/authentication/signature-claim.js';
import type { SignedRequest } from '../../../src/api/authentication/signed-request.js';
import type { Principal } from '../../../src/api/service.js';
import {
  ACCESS_KEYS,
  CREDENTIALS,
  PRINCIPAL,
  REGION,
  recordedRequests,
  signedRequestOf,
} from '../../fixtures/api/recorded-requests.js';

const MINUTE_MS = 60_000;

async function authenticate(request: SignedRequest, body: string, skewMs = 0): Promise<Principal> {
  const now = readClaim(request).signedAt + skewMs;
  return requireSignature(requireClaim(request, ACCESS_KEYS, REGION, now), Buffer.from(body));
}

function withHeader(request: SignedRequest, name: string, value: string | undefined): SignedRequest {
  const headers = new Map(request.headers);
  if (value === undefined) headers.delete(name);
  else headers.set(name, value);
  return { ...request, headers };
}

/** A request of today's, signed as the JavaScript SDK does. */
async function sign(body: string, extra: Record<string, string> = {}): Promise<SignedRequest> {
  const headers = { host: 'localhost:8780', 'content-type': 'application/x-www-form-urlencoded', ...extra };
  const signed = await signer().sign({
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
  const signed = await signer().presign(request, { expiresIn });
  const pairs = Object.entries(signed.query ?? {}).map(([name, value]) => [name, String(value)] as const);
  return { method: 'GET', path: '/', query: new Map(pairs), headers: new Map(Object.entries(headers)) };
}

function signer(): SignatureV4 {
  return new SignatureV4({
    service: 'ec2',
    region: REGION,
    credentials: CREDENTIALS,
    sha256: Hash.bind(null, 'sha256') as never,
    applyChecksum: false,
  });
}

t.test('every recorded request is who it says', async (t) => {
  t.equal(recordedRequests.length, 78);
  t.equal(new Set(recordedRequests.map(({ client }) => client)).size, 5);
  for (const recorded of recordedRequests) {
    const request = signedRequestOf(recorded);
    t.equal(
      await authenticate(request, recorded.body),
      PRINCIPAL,
      `${recorded.client} ${recorded.body.slice(0, 60)}`,
    );
  }
});

t.test('no part of a recorded request may change', async (t) => {
  for (const recorded of recordedRequests) {
    const request = signedRequestOf(recorded);
    const { signature, signedHeaders } = readClaim(request);
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
      await t.rejects(authenticate(other, body), { code: 'wrong-signature' }, what);
    }
  }
});

t.test('a digest of the body must be that of the body', async (t) => {
  const body = 'Action=DescribeTrafficMirrorTargets';
  const right = createHash('sha256').update(body).digest('hex');
  t.equal(await authenticate(await sign(body, { 'x-amz-content-sha256': right }), body), PRINCIPAL);
  for (const digest of [
    right.replace(/^./, 'f'),
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    '',
  ]) {
    const request = await sign(body, { 'x-amz-content-sha256': digest });
    await t.rejects(authenticate(request, body), { code: 'wrong-signature' }, digest);
  }
});

t.test('the query form', async (t) => {
  const request = await presign({ Action: 'DescribeTags', 'Filter.1.Name': 'a b+c/é*~' }, 60);
  t.equal(await authenticate(request, ''), PRINCIPAL);
  t.equal(await authenticate(request, '', MINUTE_MS), PRINCIPAL, 'until it expires');
  await t.rejects(authenticate(request, '', MINUTE_MS + 1), { code: 'expired' });
  await t.rejects(authenticate(request, 'Action=X'), { code: 'wrong-signature' }, 'with a body');
  for (const [name, value] of [
    ['Action', 'DeleteTags'],
    ['X-Amz-Expires', '61'],
    ['Extra', ''],
  ] as const) {
    const query = new Map(request.query).set(name, value);
    await t.rejects(authenticate({ ...request, query }, ''), { code: 'wrong-signature' }, name);
  }
  const twice = withHeader(request, 'authorization', 'AWS4-HMAC-SHA256 Credential=a');
  t.throws(() => readClaim(twice), { code: 'incomplete-signature' });
});

t.test('clocks may differ by a quarter of an hour', async (t) => {
  const request = await sign('');
  t.equal(await authenticate(request, '', 15 * MINUTE_MS), PRINCIPAL);
  t.equal(await authenticate(request, '', -15 * MINUTE_MS), PRINCIPAL);
  await t.rejects(authenticate(request, '', 15 * MINUTE_MS + 1), { code: 'expired' });
  await t.rejects(authenticate(request, '', -15 * MINUTE_MS - 1), { code: 'expired' });
});

t.test('refuses before the body is read', async (t) => {
  const request = await sign('');
  const authorization = request.headers.get('authorization') ?? '';
  const rows: [name: string, change: (text: string) => string | undefined, code: string][] = [
    ['no credentials', () => undefined, 'missing-credentials'],
    ['empty', () => '', 'incomplete-signature'],
    ['Basic', () => 'Basic YWRtaW46YWRtaW4=', 'incomplete-signature'],
    ['Bearer', () => 'Bearer x', 'incomplete-signature'],
    ['other algorithm', (text) => text.replace('HMAC', 'ECDSA-P256'), 'incomplete-signature'],
    ['another key', (text) => text.replace('AKIDEXAMPLE', 'AKIDOTHER'), 'unknown-access-key'],
    ['prototype key', (text) => text.replace('AKIDEXAMPLE', '__proto__'), 'unknown-access-key'],
    ['another region', (text) => text.replace(`/${REGION}/`, '/eu-west-1/'), 'wrong-scope'],
    ['another day', (text) => text.replace(/\/\d{8}\//, '/20200101/'), 'incomplete-signature'],
    ['scope in parts', (text) => text.replace('/ec2/', '/'), 'incomplete-signature'],
    ['no signature', (text) => text.replace(/, Signature=.*/, ''), 'incomplete-signature'],
    ['short signature', (text) => text.slice(0, -1), 'incomplete-signature'],
    ['upper-case signature', (text) => text.replace(/[0-9a-f]{64}/, 'A'.repeat(64)), 'incomplete-signature'],
    [
      'no signed headers',
      (text) => text.replace(/SignedHeaders=[^,]*/, 'SignedHeaders='),
      'incomplete-signature',
    ],
    ['host not signed', (text) => text.replace(';host', ''), 'incomplete-signature'],
    ['date not signed', (text) => text.replace(';x-amz-date', ''), 'incomplete-signature'],
    ['absent header', (text) => text.replace(';host', ';absent;host'), 'incomplete-signature'],
    ['header twice', (text) => text.replace(';host', ';host;host'), 'incomplete-signature'],
  ];
  const now = readClaim(request).signedAt;
  for (const [name, change, code] of rows) {
    const changed = withHeader(request, 'authorization', change(authorization));
    t.throws(() => requireClaim(changed, ACCESS_KEYS, REGION, now), { code }, name);
  }
  const added = withHeader(request, 'x-amz-target', 'GraniteServiceVersion20100801.ListMetrics');
  t.throws(
    () => requireClaim(added, ACCESS_KEYS, REGION, now),
    { code: 'incomplete-signature' },
    'a target on the way',
  );
  const token = await sign('', { 'x-amz-security-token': 'x' });
  t.throws(
    () => requireClaim(token, ACCESS_KEYS, REGION, now),
    { code: 'unknown-access-key' },
    'temporary credentials',
  );
  for (const date of [undefined, '', '20261301T000000Z', '2026-01-01T00:00:00Z', 'yesterday']) {
    const changed = withHeader(request, 'x-amz-date', date);
    t.throws(
      () => requireClaim(changed, ACCESS_KEYS, REGION, now),
      { code: 'incomplete-signature' },
      `date ${date}`,
    );
  }
});
