/** Requests over the wire, from clients that behave and from clients that do not. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTrafficMirrorTargetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { decode, encode } from 'cborg';
import t, { type Test } from 'tap';
import type { ApiCall, ApiResponse } from '../../../src/api/service.js';
import { EchoService, startServer } from '../../fixtures/api/echo-service.js';
import {
  ACCESS_KEYS,
  CREDENTIALS,
  PRINCIPAL,
  REGION,
  recordedRequests,
} from '../../fixtures/api/recorded-requests.js';
import { type Received, sendTo as send } from '../../fixtures/api/send.js';
import { signHeaders } from '../../fixtures/api/signer.js';

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;

async function sendSigned(
  port: number | undefined,
  body: string,
  service = 'ec2',
  path = '/',
  extra = {},
): Promise<Received> {
  const headers = await signHeaders({ port, body, service, path, headers: extra });
  return send({ port, path, headers }, body);
}

function makeDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-api-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Sends raw text, and returns what arrives until the server closes. */
function sendRaw(port: number | undefined, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' }, () => socket.write(text));
    socket.on('data', (part) => {
      received += part.toString('latin1');
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

t.test('recorded requests reach their service', async (t) => {
  const service = new EchoService();
  const signedAt = Date.UTC(2026, 10, 20, 18, 40);
  const { port } = await startServer(t, service, { now: () => signedAt });
  for (const { method, target, headers, body } of recordedRequests) {
    const { status, text, headers: answered } = await send({ port, method, path: target, headers }, body);
    const call = service.calls.at(-1);
    t.equal(status, 200, text);
    t.equal(answered['x-amzn-requestid'], call?.requestId);
    t.match(call, { region: REGION, principal: PRINCIPAL });
    const action = /Action=(\w+)/.exec(body)?.[1];
    if (action !== undefined) t.equal(call?.action, action);
  }
  t.match(
    service.calls.find(({ service }) => service === 'monitoring'),
    {
      action: 'ListMetrics',
      input: { format: 'json', body: { Namespace: 'AWS/EC2' } },
    },
  );
  t.match(
    service.calls.find(({ service }) => service === 'ram'),
    {
      action: 'CreateResourceShare',
      input: { format: 'json', body: { name: 'n', principals: ['444455556666'] } },
    },
  );
});

t.test('errors are exceptions of the clients', async (t) => {
  const { port } = await startServer(t, new EchoService());
  const clientOf = (options: object): EC2Client =>
    new EC2Client({
      region: REGION,
      endpoint: `http://127.0.0.1:${port}`,
      credentials: CREDENTIALS,
      maxAttempts: 1,
      ...options,
    });
  const command = new DescribeTrafficMirrorTargetsCommand({});
  const requestId = /^[0-9a-f-]{36}$/;
  for (const [options, want] of [
    [
      { credentials: { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' } },
      { name: 'AuthFailure', $metadata: { httpStatusCode: 401, requestId } },
    ],
    [
      { credentials: { ...CREDENTIALS, secretAccessKey: 'other' } },
      { name: 'AuthFailure', $metadata: { httpStatusCode: 401, requestId } },
    ],
    [{ region: 'eu-west-1' }, { name: 'AuthFailure', $metadata: { httpStatusCode: 401 } }],
    [{ systemClockOffset: -3_600_000 }, { name: 'RequestExpired', $metadata: { httpStatusCode: 400 } }],
  ] as const) {
    await t.rejects(clientOf(options).send(command), want);
  }
});

t.test('requests that reach no service', async (t) => {
  const service = new EchoService();
  const { port } = await startServer(t, service);
  t.match(await send({ port }, 'Action=DescribeTags'), {
    status: 400,
    text: /<Code>MissingAuthenticationToken</,
  });
  t.match(await sendSigned(port, ''), { status: 400, text: /<Code>MissingAction</ });
  t.match(await sendSigned(port, 'Action=A&Action=B'), { status: 400, text: /<Code>MalformedQueryString</ });
  t.match(await sendSigned(port, 'Action=A&%ff=B'), { status: 400, text: /<Code>MalformedQueryString</ });
  t.match(await sendSigned(port, 'Action=A&B=\xff'), { status: 200 }, 'UTF-8 is text');
  const query = await sendSigned(port, '', 'monitoring');
  t.match(query, {
    status: 400,
    text: /<ErrorResponse xmlns="http:\/\/monitoring.*<Type>Sender<.*<Code>MissingAction</,
  });
  const rest = await sendSigned(port, '{}', 'ram', '/createresourceshare/../x');
  t.match(rest, { status: 404, headers: { 'x-amzn-errortype': 'UnknownOperationException' } });
  t.match(await sendSigned(port, '{', 'ram', '/createresourceshare'), {
    status: 400,
    headers: { 'x-amzn-errortype': 'SerializationException' },
  });
  t.match(await sendSigned(port, `${'['.repeat(200_000)}`, 'ram', '/createresourceshare'), { status: 400 });
  for (const path of [
    '/../../etc/passwd',
    '//',
    '/%2e%2e/',
    '/createresourceshare%00',
    '/__proto__',
    '/constructor',
  ]) {
    t.match(await sendSigned(port, '{}', 'ram', path), { status: 404 }, path);
  }
  t.match(
    await sendSigned(port, '{}', 'ec2', '/createresourceshare'),
    { status: 403 },
    'the signature is for another service',
  );
  const target = { 'x-amz-target': 'GraniteServiceVersion20100801.__proto__' };
  t.match(await sendSigned(port, '{}', 'monitoring', '/', target), {
    status: 404,
    text: /UnknownOperationException/,
  });
  t.equal(service.calls.length, 1);
});

t.test('Smithy RPC v2 with CBOR', async (t) => {
  const service = new EchoService();
  const { port } = await startServer(t, service);
  const path = '/service/GraniteServiceVersion20100801/operation/ListMetrics';
  const protocol = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };
  const call = async (body: Uint8Array): Promise<Received> =>
    send(
      {
        port,
        path,
        headers: await signHeaders({ port, body, service: 'monitoring', path, headers: protocol }),
      },
      body,
    );
  t.match(await call(encode({ Namespace: 'AWS/EC2' })), { status: 200, text: 'monitoring ListMetrics' });
  t.match(service.calls[0]?.input, { format: 'cbor', body: { Namespace: 'AWS/EC2' } });
  for (const hostile of [
    Uint8Array.of(0x9a, 0x01, 0xff, 0xff, 0xff),
    Uint8Array.of(0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    new Uint8Array(200_000).fill(0x81),
    Uint8Array.of(0xa1),
  ]) {
    const { status, headers, text } = await call(hostile);
    t.match({ status, headers }, { status: 400, headers: { 'smithy-protocol': 'rpc-v2-cbor' } });
    t.match(decode(Buffer.from(text, 'latin1')), { __type: 'SerializationException' });
  }
});

t.test('a body has a limit', async (t) => {
  const service = new EchoService();
  const { port } = await startServer(t, service);
  const fits = `Action=A&Value=${'a'.repeat(2 ** 20 - 'Action=A&Value='.length)}`;
  t.match(await sendSigned(port, fits), { status: 200 });
  for (const bytes of [2 ** 20 + 1, 3 * 2 ** 20]) {
    const body = 'a'.repeat(bytes);
    t.match(
      await sendSigned(port, body),
      { status: 413, text: /<Code>RequestEntityTooLarge</ },
      `${bytes} bytes`,
    );
    const headers = { ...(await signHeaders({ port, body })), 'transfer-encoding': 'chunked' };
    t.match(await send({ port, headers }, body), { status: 413 }, `${bytes} bytes without a length`);
  }
  t.equal(service.calls.length, 1);
  const json = `{"a":"${'a'.repeat(2 ** 18)}"}`;
  t.match(await sendSigned(port, json, 'ram', '/createresourceshare'), {
    status: 413,
    headers: { 'x-amzn-errortype': 'RequestEntityTooLargeException' },
  });
  const pairs = Array.from({ length: 10_001 }, (_, index) => `A${index}=`).join('&');
  t.match(await sendSigned(port, pairs), { status: 400, text: /<Code>MalformedQueryString<.*10000 param/ });
  t.match(await sendSigned(port, `Action=${'A'.repeat(300)}`), { status: 400, text: /<Code>InvalidAction</ });
  t.equal(service.calls.length, 1);
});

t.test('a header has a limit', async (t) => {
  const { port } = await startServer(t, new EchoService());
  t.match(
    await sendRaw(port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1.1 431 /,
  );
  t.match(await sendRaw(port, 'nonsense\r\n\r\n'), /^HTTP\/1.1 400 /);
  t.match(
    await sendRaw(
      port,
      'POST / HTTP/1.1\r\nhost: a\r\nauthorization: a\r\nauthorization: b\r\nconnection: close\r\n\r\n',
    ),
    /^HTTP\/1.1 400 [\s\S]*<Code>MalformedQueryString</,
  );
});

t.test('a thousand silent connections leave room for an active one', async (t) => {
  const service = new EchoService();
  const { port } = await startServer(t, service);
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  let closed = 0;
  for (let count = 0; count < 1200; count++) {
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.on('close', () => {
      closed += 1;
    });
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    if (count % 3 === 0) socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf');
  }
  t.match(await sendSigned(port, 'Action=A'), { status: 200 });
  t.ok(closed >= 200, `${closed} of the oldest were closed`);
});

t.test('slow clients are cut off', async (t) => {
  const { port } = await startServer(t, new EchoService());
  const started = performance.now();
  /** Sends a byte a second, and measures the time until the server closes. */
  const drip = (head: string): Promise<number> =>
    new Promise((resolve) => {
      const socket = connect({ port: port ?? 0, host: '127.0.0.1' }, () => socket.write(head));
      const timer = setInterval(() => socket.write('a'), 1000);
      socket.on('error', () => {});
      socket.resume().on('close', () => {
        clearInterval(timer);
        resolve(performance.now() - started);
      });
    });
  const signed = Object.entries(await signHeaders({ port, body: 'Action=A' }));
  const lines = [...signed, ['content-length', '100']].map(([name, value]) => `${name}: ${value}\r\n`);
  const [nothing, head, body] = await Promise.all([
    drip(''),
    drip('POST / HTTP/1.1\r\nhost: a\r\nx: '),
    drip(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`),
  ]);
  t.ok(nothing < 15_000 && head < 15_000, `head: ${Math.round(head)} ms`);
  t.ok(body < 28_000, `body: ${Math.round(body)} ms`);
});

t.test('bodies that never end do not fill the memory', async (t) => {
  const { port } = await startServer(t, new EchoService());
  const length = 2 ** 20;
  const headers = await signHeaders({ port, body: 'a' });
  const head = Object.entries({ ...headers, 'content-length': length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const start = `POST / HTTP/1.1\r\n${head.join('')}\r\n${'a'.repeat(length - 1)}`;
  const before = process.memoryUsage().rss;
  const sockets = Array.from({ length: 300 }, () => {
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(start);
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const grown = process.memoryUsage().rss - before;
  t.match(await sendSigned(port, 'Action=A'), { status: 200 }, 'the oldest bodies are given up');
  for (const socket of sockets) socket.destroy();
  // This includes what the test itself holds to send.
  t.ok(grown < 2 ** 20 * 200, `${Math.round(grown / 2 ** 20)} MiB`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.match(await sendSigned(port, 'Action=A'), { status: 200 }, 'and their bytes are free again');
});

t.test('pipelined requests wait for the responses before them', async (t) => {
  const service = new EchoService();
  const answers = { status: 200, headers: {}, body: 'a'.repeat(8 * 2 ** 20) };
  const large = { handle: (call: ApiCall) => service.handle(call).then(() => answers) };
  const { port } = await startServer(t, large);
  const headers = Object.entries(await signHeaders({ port, body: 'Action=A' }));
  const lines = [...headers, ['content-length', '8']].map(([name, value]) => `${name}: ${value}\r\n`);
  const sockets = Array.from({ length: 10 }, () => {
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.pause();
    socket.write(`POST / HTTP/1.1\r\n${lines.join('')}\r\nAction=A`.repeat(10));
    return socket;
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (service.calls.length < 10) await new Promise((resolve) => setTimeout(resolve, 10));
  t.match(await sendSigned(port, 'Action=A'), { status: 200 }, 'a client that reads is answered');
  t.equal(service.calls.length, 11, 'one call of each connection');
});

t.test('a user leaves room for others', async (t) => {
  const ends: (() => void)[] = [];
  const slow = {
    async handle(): Promise<ApiResponse> {
      await new Promise<void>((resolve) => ends.push(resolve));
      return { status: 200, headers: {}, body: 'late' };
    },
  };
  const other = { accessKeyId: 'AKIDOTHER', secretAccessKey: 'other' };
  const principal = { ...PRINCIPAL, userName: 'other', arn: `${PRINCIPAL.arn}-other` };
  const accessKeys = new Map([...ACCESS_KEYS, [other.accessKeyId, { ...other, principal }]]);
  const { port } = await startServer(t, slow, { accessKeys: () => accessKeys });
  const calls = Array.from({ length: 129 }, () => sendSigned(port, 'Action=A'));
  t.match(await Promise.race(calls), { status: 503, text: /RequestLimitExceeded/ }, 'one too many');
  while (ends.length < 128) await new Promise((resolve) => setTimeout(resolve, 10));
  const headers = await signHeaders({ port, body: 'Action=A', credentials: other });
  const others = send({ port, headers }, 'Action=A');
  while (ends.length < 129) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const end of ends) end();
  t.match(await others, { status: 200 });
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  t.equal(statuses.filter((status) => status === 200).length, 128);
});

t.test('a service that fails is an internal error', async (t) => {
  const errors: unknown[] = [];
  const failing = {
    async handle(): Promise<ApiResponse> {
      throw new Error('secret');
    },
  };
  const { port } = await startServer(t, failing, { onInternalError: (_id, error) => errors.push(error) });
  const { status, text } = await sendSigned(port, 'Action=A');
  t.match({ status, text }, { status: 500, text: /<Code>InternalError</ });
  t.notMatch(text, 'secret');
  t.match(errors, [{ message: 'secret' }]);
});

t.test('a unix socket', async (t) => {
  const directory = makeDirectory(t);
  const socketPath = join(directory, 'api.sock');
  const service = new EchoService();
  const root = { ...PRINCIPAL, userName: 'root' };
  const listen = { kind: 'unix', path: socketPath } as const;
  await startServer(t, service, { listen, socketPrincipal: root });
  t.equal(statSync(socketPath).mode & 0o777, 0o660);
  t.match(await send({ socketPath }, 'Action=DescribeTags&Version=2016-11-15'), {
    status: 200,
    text: 'ec2 DescribeTags',
  });
  t.match(await send({ socketPath }, 'Action=ListMetrics&Version=2010-08-01'), {
    text: 'monitoring ListMetrics',
  });
  t.match(await send({ socketPath, path: '/listresources' }, '{}'), { text: 'ram ListResources' });
  t.match(service.calls[0]?.principal, root);
  const headers = await signHeaders({ port: 1, body: 'Action=A' });
  t.match(await send({ socketPath, headers }, 'Action=A'), { status: 200 });
  t.match(service.calls.at(-1)?.principal, PRINCIPAL, 'a signed request is of its signer');
  t.match(
    await send({ socketPath, headers }, 'Action=B'),
    { status: 401 },
    'and its signature must be right',
  );
});

t.test('addresses that cannot be listened on', async (t) => {
  const directory = makeDirectory(t);
  const { port } = await startServer(t, new EchoService());
  const taken = { kind: 'tcp', host: '127.0.0.1', port: port ?? 0 } as const;
  await t.rejects(startServer(t, new EchoService(), { listen: taken }), {
    code: 'listen',
    message: `api.listen 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  });
  const file = join(directory, 'file');
  writeFileSync(file, 'content');
  await t.rejects(startServer(t, new EchoService(), { listen: { kind: 'unix', path: file } }), {
    code: 'listen',
  });
  t.equal(readFileSync(file, 'utf8'), 'content', 'a regular file is not removed');
  const used = join(directory, 'used');
  const other = createServer().listen(used);
  t.teardown(() => other.close());
  await t.rejects(startServer(t, new EchoService(), { listen: { kind: 'unix', path: used } }), {
    code: 'listen',
  });
  const left = join(directory, 'left');
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen('${left}', () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  t.ok(statSync(left).isSocket());
  await startServer(t, new EchoService(), { listen: { kind: 'unix', path: left } });
});

t.test('TLS', { skip: hasOpenssl ? false : 'openssl is not installed' }, async (t) => {
  const directory = makeDirectory(t);
  const [keyFile, certificateFile] = [join(directory, 'key'), join(directory, 'certificate')];
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...[
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      keyFile,
      '-out',
      certificateFile,
    ],
  ]);
  const [key, certificate] = [readFileSync(keyFile, 'utf8'), readFileSync(certificateFile, 'utf8')];
  const { port } = await startServer(t, new EchoService(), { tls: { key, certificate } });
  const headers = await signHeaders({ port, body: 'Action=A' });
  const options = { port, host: '127.0.0.1', servername: 'localhost', ca: certificate, headers };
  t.match(await send(options, 'Action=A', httpsRequest), { status: 200 });
  await t.rejects(send({ port, headers }, 'Action=A'), { code: /ECONNRESET|HPE_INVALID/ }, 'without TLS');
  t.match(await send(options, 'Action=A', httpsRequest), { status: 200 }, 'and others are still served');
});

t.test('pending requests are answered before the server closes', async (t) => {
  let release: () => void = () => {};
  const slow = {
    async handle(): Promise<ApiResponse> {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { status: 200, headers: {}, body: 'late' };
    },
  };
  const server = await startServer(t, slow);
  const answer = sendSigned(server.port, 'Action=A');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const closed = server.close();
  release();
  t.match(await answer, { status: 200, text: 'late' });
  await closed;
});
