/** Requests made without the secret key: none reaches a service, whatever their signature claims. */
import { createHash } from 'node:crypto';
import t from 'tap';
import type { ServiceName } from '../../../src/api/services.js';
import { EchoService, startServer } from '../../fixtures/api/echo-service.js';
import { CREDENTIALS, REGION } from '../../fixtures/api/recorded-requests.js';
import { sendTo } from '../../fixtures/api/send.js';

const DIGITS = createHash('sha256').update('chosen by the client').digest('hex');
const now = Date.now();
const DATE_TIME = `${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}`;
const DAY = DATE_TIME.slice(0, 8);
const CALLS: Readonly<Record<ServiceName, { path: string; body: string }>> = {
  ec2: { path: '/', body: 'Action=CreateTrafficMirrorFilter&Version=2016-11-15' },
  elasticloadbalancing: { path: '/', body: 'Action=DescribeLoadBalancers&Version=2015-12-01' },
  monitoring: { path: '/', body: 'Action=ListMetrics&Version=2010-08-01' },
  ram: { path: '/createresourceshare', body: '{"name":"n"}' },
  sts: { path: '/', body: 'Action=GetCallerIdentity&Version=2011-06-15' },
  'traffic-mirror': { path: '/', body: '{}' },
};

/** Scopes that contain text of an Authorization header, with a signature that a lax parser would find there. */
function forgedHeaders(service: ServiceName): Record<string, string> {
  const scope = (inner: string): string =>
    `${CREDENTIALS.accessKeyId}/${DAY}/${REGION}/${inner}/aws4_request`;
  const rest = (signature: string): string => `SignedHeaders=host;x-amz-date, Signature=${signature}`;
  const inScope = scope(`Signature=${DIGITS}Signature=`);
  return {
    'signature in the scope': `Credential=${inScope}, ${rest(DIGITS)}`,
    'and a service in front': `X=/${service}/aws4_request, Credential=${inScope}, ${rest(DIGITS)}`,
    'and a service behind': `Credential=${inScope}, ${rest(DIGITS)}, X=/${service}/aws4_request`,
    'a second credential': `Credential=${scope(service)}, Credential=${inScope}, ${rest(DIGITS)}`,
    'short signature in the scope': `X=/${service}/aws4_request, Credential=${scope('Signature=zz')}, ${rest(DIGITS)}`,
    'empty signature in the scope': `X=/${service}/aws4_request, Credential=${scope('Signature=')}, ${rest(DIGITS)}`,
    'signature of a digest': `Credential=${scope(service)}, ${rest(DIGITS)}`,
  };
}

for (const [service, { path, body }] of Object.entries(CALLS) as [
  ServiceName,
  { path: string; body: string },
][]) {
  t.test(`${service}, signed in the header`, async (t) => {
    const echo = new EchoService();
    const { port } = await startServer(t, echo, { now: () => now });
    for (const [name, fields] of Object.entries(forgedHeaders(service))) {
      const headers = { 'x-amz-date': DATE_TIME, authorization: `AWS4-HMAC-SHA256 ${fields}` };
      const { status, text } = await sendTo({ port, path, headers }, body);
      t.ok([400, 401, 403].includes(status ?? 0), `${name}: ${status} ${text.slice(0, 80)}`);
    }
    t.equal(echo.calls.length, 0);
  });
}

for (const [service, { path, body }] of Object.entries(CALLS) as [
  ServiceName,
  { path: string; body: string },
][]) {
  t.test(`${service}, signed in the query`, async (t) => {
    const echo = new EchoService();
    const { port } = await startServer(t, echo, { now: () => now });
    const scope = (part: string): string =>
      `${CREDENTIALS.accessKeyId}/${DAY}/${REGION}/${part}/aws4_request`;
    const rows = {
      'a signature that was chosen': [scope(service), DIGITS],
      'the signature in the scope': [scope(`Signature=${DIGITS}`), DIGITS],
      'a short signature': [scope(service), 'zz'],
      'no signature': [scope(service), ''],
      'a service in front': [`/${service}/aws4_request${scope(service)}`, DIGITS],
    } as const;
    for (const [name, [credential, signature]] of Object.entries(rows)) {
      const query = new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': credential,
        'X-Amz-Date': DATE_TIME,
        'X-Amz-Expires': '60',
        'X-Amz-SignedHeaders': 'host',
        'X-Amz-Signature': signature,
      });
      const { status, text } = await sendTo({ port, path: `${path}?${query}` }, body);
      t.ok([400, 401, 403].includes(status ?? 0), `${name}: ${status} ${text.slice(0, 80)}`);
    }
    t.equal(echo.calls.length, 0);
  });
}
