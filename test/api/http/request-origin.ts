/** Policies that ask how a request came: from where, over what, and when. No header and no clock of a client decides it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { authorize } from '../../../src/api/authorization/authorize.js';
import type { ApiServerOptions } from '../../../src/api/http/api-server.js';
import type {
  ApiCall,
  ApiResponse,
  ApiService,
  PolicyStatement,
  Principal,
} from '../../../src/api/service.js';
import { startServer } from '../../fixtures/api/echo-service.js';
import { CREDENTIALS, PRINCIPAL } from '../../fixtures/api/recorded-requests.js';
import { sendTo } from '../../fixtures/api/send.js';
import { signHeaders } from '../../fixtures/api/signer.js';

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;

const ALLOW_ALL: PolicyStatement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };
const BODY = 'Action=DescribeTags&Version=2016-11-15';
const MINUTE_MS = 60_000;

/** Answers with the decision of the caller's policies. */
class Judge implements ApiService {
  readonly callers: Principal[] = [];

  async handle({ principal }: ApiCall): Promise<ApiResponse> {
    this.callers.push(principal);
    const decision = authorize(principal, 'ec2:DescribeTags', '*', {});
    return { status: decision === 'allow' ? 200 : 403, headers: {}, body: decision };
  }
}

const when = (operator: string, key: string, ...values: string[]): PolicyStatement => ({
  ...ALLOW_ALL,
  Condition: { [operator]: { [key]: values } },
});

const unless = (operator: string, key: string, ...values: string[]): PolicyStatement[] => [
  ALLOW_ALL,
  { ...when(operator, key, ...values), Effect: 'Deny' },
];

async function startJudge(t: Test, statements: PolicyStatement[], options: Partial<ApiServerOptions> = {}) {
  const judge = new Judge();
  const principal = { ...PRINCIPAL, statements };
  const accessKeys = new Map([[CREDENTIALS.accessKeyId, { ...CREDENTIALS, principal }]]);
  const { port } = await startServer(t, judge, { accessKeys: () => accessKeys, ...options });
  const ask = async (extra = {}, from = {}): Promise<string> => {
    const headers = await signHeaders({ port, body: BODY });
    return (await sendTo({ port, path: '/', headers: { ...headers, ...extra }, ...from }, BODY)).text;
  };
  return { judge, port, ask };
}

/** The head of a request with the body, as it is on the wire. */
function requestText(headers: Readonly<Record<string, string>>): string {
  const all = Object.entries({ ...headers, 'content-length': BODY.length, connection: 'close' });
  return `POST / HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
}

/** Headers by which proxies tell where a request came from; everybody can write them. */
const CLAIMS = [
  { 'x-forwarded-for': '10.0.0.1' },
  { 'x-forwarded-for': '10.0.0.1, 127.0.0.1' },
  { forwarded: 'for=10.0.0.1;proto=https' },
  { 'x-real-ip': '10.0.0.1', 'true-client-ip': '10.0.0.1', 'x-client-ip': '10.0.0.1' },
  { 'x-forwarded-proto': 'https', 'x-forwarded-ssl': 'on', 'front-end-https': 'on' },
];

t.test('the address is that of the connection', async (t) => {
  const { ask, judge } = await startJudge(t, [when('IpAddress', 'aws:SourceIp', '127.0.0.1')]);
  t.equal(await ask(), 'allow');
  t.equal(await ask({}, { localAddress: '127.0.0.2' }), 'implicit-deny');
  for (const claim of [{ 'x-forwarded-for': '127.0.0.1' }, ...CLAIMS]) {
    t.equal(await ask(claim, { localAddress: '127.0.0.2' }), 'implicit-deny', JSON.stringify(claim));
  }
  t.equal(judge.callers[1]?.origin?.sourceIp, '127.0.0.2');
});

t.test('an address that is denied stays so, whatever headers say', async (t) => {
  const { ask } = await startJudge(t, unless('NotIpAddress', 'aws:SourceIp', '10.0.0.0/8'));
  for (const claim of [{}, ...CLAIMS]) t.equal(await ask(claim), 'explicit-deny', JSON.stringify(claim));
});

t.test('a socket of IPv6 that takes IPv4 too names its peers as IPv4', async (t) => {
  const { ask } = await startJudge(t, [when('IpAddress', 'aws:SourceIp', '127.0.0.0/8')], {
    listen: { kind: 'tcp', host: '::', port: 0 },
  });
  t.equal(await ask(), 'allow');
  const mapped = await startJudge(t, unless('IpAddress', 'aws:SourceIp', '127.0.0.0/8'), {
    listen: { kind: 'tcp', host: '::', port: 0 },
  });
  t.equal(await mapped.ask(), 'explicit-deny');
});

t.test('a unix socket has no address, and is not encrypted', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'tm-origin-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const rows: [statements: PolicyStatement[], want: string][] = [
    [[when('IpAddress', 'aws:SourceIp', '0.0.0.0/0', '::/0')], 'implicit-deny'],
    [[when('IpAddressIfExists', 'aws:SourceIp', '10.0.0.1')], 'allow'],
    [[when('Null', 'aws:SourceIp', 'true')], 'allow'],
    [unless('NotIpAddress', 'aws:SourceIp', '0.0.0.0/0'), 'explicit-deny'],
    [[when('Bool', 'aws:SecureTransport', 'true')], 'implicit-deny'],
  ];
  for (const [index, [statements, want]] of rows.entries()) {
    const path = `${directory}/${index}.sock`;
    const { ask } = await startJudge(t, statements, { listen: { kind: 'unix', path } });
    t.equal(await ask({}, { socketPath: path, port: undefined }), want, JSON.stringify(statements.at(-1)));
  }
});

t.test('only TLS that ends here is a secure transport', async (t) => {
  const { ask } = await startJudge(t, unless('Bool', 'aws:SecureTransport', 'false'));
  for (const claim of [{}, ...CLAIMS]) t.equal(await ask(claim), 'explicit-deny', JSON.stringify(claim));
});

t.test('TLS is one', { skip: hasOpenssl ? false : 'openssl is not installed' }, async (t) => {
  const directory = t.testdir({});
  const [keyFile, certificateFile] = [`${directory}/key`, `${directory}/certificate`];
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-keyout', keyFile, '-out', certificateFile],
  ]);
  const [key, certificate] = [readFileSync(keyFile, 'utf8'), readFileSync(certificateFile, 'utf8')];
  const secure = when('Bool', 'aws:SecureTransport', 'true');
  const { port, judge } = await startJudge(t, [secure], { tls: { key, certificate } });
  const headers = await signHeaders({ port, body: BODY });
  const options = { port, host: '127.0.0.1', path: '/', headers, rejectUnauthorized: false };
  t.equal((await sendTo(options, BODY, httpsRequest)).text, 'allow');
  t.equal(judge.callers[0]?.origin?.sourceIp, '127.0.0.1');
});

t.test('a request whose connection was reset before it was looked at reaches no service', async (t) => {
  const { ask, judge, port } = await startJudge(t, unless('IpAddress', 'aws:SourceIp', '192.0.2.0/24'));
  const headers = await signHeaders({ port, body: BODY });
  // This process accepts nothing meanwhile: the reset is there when it does, and the peer has no address any more.
  const client = `const socket = require('net').connect(${port}, '127.0.0.1', () =>
    socket.write(process.argv[1], () => socket.resetAndDestroy()));`;
  const { status } = spawnSync(process.execPath, ['-e', client, requestText(headers) + BODY]);
  t.equal(status, 0);
  t.equal(await ask(), 'allow', 'others are served');
  t.same(
    judge.callers.map(({ origin }) => origin?.sourceIp),
    ['127.0.0.1'],
  );
});

t.test('the time is the daemon’s, when the request is judged', async (t) => {
  const start = Date.now();
  let passedMs = 0;
  const limit = new Date(start + MINUTE_MS).toISOString();
  const { ask, port, judge } = await startJudge(t, [when('DateLessThan', 'aws:CurrentTime', limit)], {
    now: () => start + passedMs,
  });
  t.equal(await ask(), 'allow');
  // Signed before the limit, and still a good signature.
  passedMs = 2 * MINUTE_MS;
  t.equal(await ask(), 'implicit-deny', 'a signature of two minutes ago');
  passedMs = 0;
  const headers = await signHeaders({ port, body: BODY });
  const answered = new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' });
    socket.on('data', (part) => {
      text += part.toString();
      if (text.includes('deny') || text.includes('allow')) resolve(text);
    });
    socket.on('error', reject);
    t.teardown(() => socket.destroy());
    socket.write(requestText(headers));
    // The rest of the body waits until the limit is over.
    socket.write(BODY.slice(0, 5), async () => {
      await sleep(100);
      passedMs = 2 * MINUTE_MS;
      socket.write(BODY.slice(5));
    });
  });
  t.match(await answered, /implicit-deny/, 'a body that ends after the limit');
  t.equal(judge.callers.at(-1)?.origin?.time, start + 2 * MINUTE_MS);
});
