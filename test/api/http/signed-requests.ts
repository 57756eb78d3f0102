/** Requests to each service, signed in the header and in the query string. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { EchoService, startServer } from '../../fixtures/api/echo-service.js';
import { ACCESS_KEYS, PRINCIPAL } from '../../fixtures/api/recorded-requests.js';
import { sendTo } from '../../fixtures/api/send.js';
import { signHeaders } from '../../fixtures/api/signer.js';
import { signedWireRequests, type WireRequest } from '../../fixtures/api/wire-request.js';

const now = Math.floor(Date.now() / 1000) * 1000;
const requests = await signedWireRequests(new Date(now));

const send = (port: number | undefined, { method, url, headers, body }: WireRequest) =>
  sendTo({ port, method, path: url, headers: Object.fromEntries(headers) }, Buffer.from(body, 'latin1'));
const nameOf = ({ method, url, headers }: WireRequest): string =>
  `${method} ${url.slice(0, 40)} ${headers.map(([name]) => name).join(' ')}`;

t.test('signed requests reach their service', async (t) => {
  const echo = new EchoService();
  const { port } = await startServer(t, echo, { now: () => now });
  for (const signed of requests) {
    const { status, text } = await send(port, signed);
    t.equal(status, 200, `${nameOf(signed)} ${text.slice(0, 200)}`);
  }
  t.same(
    echo.calls.map(({ service, action }) => `${service} ${action}`),
    [
      ...[
        'ec2 CreateTrafficMirrorFilter',
        'ec2 CreateTrafficMirrorFilter',
        'ec2 DescribeTags',
        'ec2 DescribeTags',
      ],
      ...Array.from({ length: 4 }, () => 'monitoring ListMetrics'),
      ...[
        'ram CreateResourceShare',
        'ram CreateResourceShare',
        'ram DeleteResourceShare',
        'ram DeleteResourceShare',
        'sts GetCallerIdentity',
        'sts GetCallerIdentity',
      ],
    ],
  );
  for (const { principal } of echo.calls) t.match(principal, PRINCIPAL);
});

t.test(
  'a signature with another last digit does not, and the answer is in the words of the service',
  async (t) => {
    const echo = new EchoService();
    const { port } = await startServer(t, echo, { now: () => now });
    for (const request of requests) {
      const { status, text, headers } = await send(port, withOtherSignature(request));
      const code = headers['x-amzn-errortype'] ?? text;
      t.match({ status, code }, refusalOf(request), nameOf(request));
    }
    t.equal(echo.calls.length, 0);
  },
);

t.test('a signature in the query of a request that is signed in its header is refused', async (t) => {
  const { port } = await startServer(t, new EchoService(), { now: () => now });
  for (const request of requests.filter(({ url }) => !url.includes('X-Amz-'))) {
    for (const name of ['X-Amz-Signature', 'x-amz-signature', 'X-Amz-Credential', 'X-Amz-Date']) {
      const url = `${request.url}${request.url.includes('?') ? '&' : '?'}${name}=x`;
      const { status, text } = await send(port, { ...request, url });
      t.match(
        { status, text },
        { status: 400, text: /signed in its header and in its query/ },
        `${name} ${url}`,
      );
    }
  }
});

function withOtherSignature(request: WireRequest): WireRequest {
  const change = (text: string): string =>
    text.replace(
      /(Signature=[0-9a-f]{63})(.)/,
      (_, start: string, last: string) => start + (last === '0' ? '1' : '0'),
    );
  const headers = request.headers.map(([name, value]) => [name, change(value)] as const);
  return { ...request, url: change(request.url), headers };
}

/** EC2's code for it has another status than that of the other services. */
function refusalOf({ url, headers }: WireRequest): { status: number; code: RegExp } {
  const isEc2 = /%2Fec2%2F|\/ec2\//.test(`${url} ${headers}`);
  return isEc2
    ? { status: 401, code: /<Code>AuthFailure</ }
    : { status: 403, code: /InvalidSignatureException|<Code>SignatureDoesNotMatch</ };
}

t.test('a key that is removed while a body arrives is not valid', async (t) => {
  const echo = new EchoService();
  let keys = ACCESS_KEYS;
  const { port } = await startServer(t, echo, { accessKeys: () => keys });
  const body = 'Action=DescribeTags';
  const headers = {
    ...(await signHeaders({ port, body })),
    expect: '100-continue',
    'content-length': body.length,
  };
  const call = httpRequest({ port, method: 'POST', headers });
  const answered = once(call, 'response') as Promise<[IncomingMessage]>;
  call.flushHeaders();
  // The server has checked the head when it asks for the body.
  await once(call, 'continue');
  keys = new Map();
  call.end(body);
  const [response] = await answered;
  response.resume();
  t.equal(response.statusCode, 401);
  t.equal(echo.calls.length, 0);
});

t.test('on a unix socket, parameters of a signature must form a signature', async (t) => {
  const echo = new EchoService();
  const directory = mkdtempSync(join(tmpdir(), 'tm-api-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'api.sock');
  await startServer(t, echo, { listen: { kind: 'unix', path }, socketPrincipal: PRINCIPAL });
  const call = (target: string) => sendTo({ socketPath: path, method: 'GET', path: target });
  t.match(await call('/?Action=DescribeTags'), { status: 200 });
  t.match(await call('/?Action=DescribeTags&x-amz-signature=0'), {
    status: 400,
    text: /IncompleteSignature/,
  });
  t.equal(echo.calls.length, 1);
});
