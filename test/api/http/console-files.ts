/** The console's files on the listener of the API, and the API beside them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { ConsoleFiles } from '../../../src/api/http/console-files.js';
import { EchoService, startServer } from '../../fixtures/api/echo-service.js';
import { type Received, sendTo } from '../../fixtures/api/send.js';
import { signHeaders } from '../../fixtures/api/signer.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';

const INDEX = '<!doctype html><title>console</title>';
const SCRIPT = 'console.log("console");'.repeat(20);
const SCRIPT_PATH = '/console/assets/index-a1b2c3d4.js';
const MEBIBYTE = 2 ** 20;
const LARGE_BYTES = 6 * MEBIBYTE;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A directory as the build leaves it, with things in it that a build does not leave. */
function builtDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-console-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileSync(join(directory, name), content);
  mkdirSync(join(directory, 'assets'));
  write('index.html', INDEX);
  write('icon.svg', '<svg/>');
  write('LICENSES.txt', 'MIT');
  write('assets/index-a1b2c3d4.js', SCRIPT);
  write('assets/index-a1b2c3d4.js.br', brotliCompressSync(SCRIPT));
  write('assets/index-a1b2c3d4.js.gz', gzipSync(SCRIPT));
  write('assets/index-a1b2c3d4.css', 'a { color: red }');
  write('secret.key', 'not for anyone');
  writeFileSync(`${directory}-outside.txt`, 'outside');
  t.teardown(() => rmSync(`${directory}-outside.txt`));
  symlinkSync(`${directory}-outside.txt`, join(directory, 'link.txt'));
  symlinkSync(tmpdir(), join(directory, 'folder'));
  return directory;
}

async function startConsole(t: Test, directory = builtDirectory(t), service = new EchoService()) {
  const files = await ConsoleFiles.read(directory);
  const { port } = await startServer(t, service, { console: files });
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Received> =>
    sendTo({ port, path, headers, method });
  return { port, get, service };
}

t.test('each file has its type and its time in the cache', async (t) => {
  const { get } = await startConsole(t);
  const rows = [
    ['/console/', 'text/html; charset=utf-8', 'no-cache', INDEX],
    ['/console/index.html', 'text/html; charset=utf-8', 'no-cache', INDEX],
    ['/console/?a=b', 'text/html; charset=utf-8', 'no-cache', INDEX],
    ['/console/icon.svg', 'image/svg+xml', 'no-cache', '<svg/>'],
    ['/console/LICENSES.txt', 'text/plain; charset=utf-8', 'no-cache', 'MIT'],
    [SCRIPT_PATH, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable', SCRIPT],
    [
      '/console/assets/index-a1b2c3d4.css',
      'text/css; charset=utf-8',
      'public, max-age=31536000, immutable',
      'a { color: red }',
    ],
  ] as const;
  for (const [path, type, cache, text] of rows) {
    const received = await get(path);
    t.match(received, { status: 200, text }, path);
    t.match(
      received.headers,
      {
        'content-type': type,
        'cache-control': cache,
        'content-length': String(text.length),
        'content-security-policy': POLICY,
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      },
      path,
    );
    t.notOk('access-control-allow-origin' in received.headers, path);
  }
});

t.test('the shortest form that the client accepts', async (t) => {
  const { get } = await startConsole(t);
  const rows: [accepted: string | undefined, coding: string | undefined, body: Buffer][] = [
    [undefined, undefined, Buffer.from(SCRIPT)],
    ['', undefined, Buffer.from(SCRIPT)],
    ['gzip, deflate, br, zstd', 'br', brotliCompressSync(SCRIPT)],
    ['gzip, deflate', 'gzip', gzipSync(SCRIPT)],
    ['GZIP;q=0.5 , br;q=0', 'gzip', gzipSync(SCRIPT)],
    ['br;q=x', undefined, Buffer.from(SCRIPT)],
    ['*', 'br', brotliCompressSync(SCRIPT)],
    ['*, br;q=0', 'gzip', gzipSync(SCRIPT)],
    ['identity', undefined, Buffer.from(SCRIPT)],
    ['identity;q=0', undefined, Buffer.from(SCRIPT)],
    ['__proto__, constructor', undefined, Buffer.from(SCRIPT)],
    [`${'x,'.repeat(4000)}gzip`, 'gzip', gzipSync(SCRIPT)],
  ];
  const tags = new Set<string | undefined>();
  for (const [accepted, coding, body] of rows) {
    const name = accepted?.slice(0, 40) ?? 'nothing said';
    const { status, headers, text } = await get(
      SCRIPT_PATH,
      accepted === undefined ? {} : { 'accept-encoding': accepted },
    );
    t.equal(status, 200, name);
    t.equal(headers['content-encoding'], coding, name);
    t.ok(Buffer.from(text, 'latin1').equals(body), name);
    t.equal(headers.vary, 'accept-encoding', name);
    tags.add(headers.etag);
  }
  t.equal(tags.size, 3, 'each form has its own tag');
  t.notOk(
    'vary' in (await get('/console/icon.svg', { 'accept-encoding': 'br' })).headers,
    'of one form only',
  );
});

t.test('what the client has is not sent again', async (t) => {
  const { get } = await startConsole(t);
  const { etag = '' } = (await get('/console/')).headers;
  t.match(etag, /^"[\w-]{22}"$/);
  for (const named of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const received = await get('/console/', { 'if-none-match': named });
    t.match(received, { status: 304, text: '' }, named);
    t.match(received.headers, { etag, 'cache-control': 'no-cache', 'content-security-policy': POLICY });
    t.notOk('content-length' in received.headers, 'no length of what is not sent');
  }
  for (const named of ['"other"', '', etag.slice(1), `${etag.slice(0, -1)}x"`]) {
    t.match(await get('/console/', { 'if-none-match': named }), { status: 200, text: INDEX }, named);
  }
});

t.test('HEAD', async (t) => {
  const { get } = await startConsole(t);
  for (const path of ['/console/', SCRIPT_PATH, '/console/none', '/console']) {
    const { status, headers } = await get(path);
    const { text, ...head } = await get(path, {}, 'HEAD');
    t.equal(text, '');
    t.equal(head.status, status, path);
    t.equal(head.headers['content-length'], headers['content-length'], path);
  }
});

t.test('nothing but the files of the list', async (t) => {
  const { get } = await startConsole(t);
  const paths = [
    '/console/none.html',
    '/console/assets',
    '/console/assets/',
    `${SCRIPT_PATH}.br`,
    `${SCRIPT_PATH}/`,
    '/console//index.html',
    '/console/./index.html',
    '/console/../console/index.html',
    '/console/%2e%2e/package.json',
    '/console/..%2f..%2fpackage.json',
    '/console/assets/../../../package.json',
    '/console/..\\..\\package.json',
    '/console/index.html%00.js',
    '/console/%69ndex.html',
    '/console/INDEX.HTML',
    '/console/secret.key',
    '/console/link.txt',
    '/console/folder/',
    '/console/__proto__',
    '/console/constructor',
    `/console/${'a/'.repeat(5000)}`,
  ];
  for (const path of paths) {
    const received = await get(path);
    t.match(received, { status: 404, text: 'The console has no such file\n' }, path.slice(0, 60));
    t.equal(received.headers['content-security-policy'], POLICY);
  }
});

t.test('GET and HEAD only', async (t) => {
  const { port, get } = await startConsole(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const received = await get('/console/', {}, method);
    t.match(received, { status: 405, headers: { allow: 'GET, HEAD' } }, method);
    t.notOk('access-control-allow-origin' in received.headers, method);
  }
  const body = 'a'.repeat(MEBIBYTE);
  t.match(await sendTo({ port, path: '/console/', method: 'POST' }, body), { status: 405 }, 'with a body');
  t.match(await get('/console'), { status: 308, headers: { location: '/console/' } });
});

t.test('the API answers as it does without a console', async (t) => {
  const beside = await startConsole(t);
  const service = new EchoService();
  const { port } = await startServer(t, service);
  const body = 'Action=DescribeTags&Version=2016-11-15';
  const ram = '/getresourceshares';
  for (const server of [beside, { port, service }]) {
    const signed = async (path: string, name: string, text: string): Promise<Received> => {
      const headers = await signHeaders({ port: server.port, body: text, service: name, path });
      return sendTo({ port: server.port, path, headers }, text);
    };
    t.match(await signed('/', 'ec2', body), { status: 200, text: 'ec2 DescribeTags' });
    t.match(await signed(ram, 'ram', '{"resourceOwner":"SELF"}'), {
      status: 200,
      text: 'ram GetResourceShares',
    });
    t.match(await sendTo({ port: server.port, path: '/' }, body), {
      status: 400,
      text: /MissingAuthentication/,
    });
    for (const path of ['/consolex', '/Console/', '//console/', '/', '/?a=/console/']) {
      const { status, text, headers } = await sendTo({ port: server.port, path, method: 'GET' });
      t.ok(status === 400 || status === 403, `${path}: ${status}`);
      t.match(text, /must be signed/, path);
      t.notOk('content-security-policy' in headers, path);
    }
  }
  for (const path of ['/console', '/console/', SCRIPT_PATH]) {
    const without = await sendTo({ port, path, method: 'GET' });
    t.match(without, { status: 403, text: /must be signed/ }, `${path} without a console`);
  }
  t.equal(beside.service.calls.length, 2, 'the console is no call');
});

t.test('a console that was not built is none', async (t) => {
  const directory = builtDirectory(t);
  rmSync(join(directory, 'index.html'));
  t.equal(await ConsoleFiles.read(directory), undefined);
  t.equal(await ConsoleFiles.read(join(directory, 'none')), undefined);
  await t.rejects(ConsoleFiles.read(join(directory, 'icon.svg')), { code: 'ENOTDIR' });
});

t.test('files are read once: what becomes of the directory changes nothing', async (t) => {
  const directory = builtDirectory(t);
  const { get } = await startConsole(t, directory);
  rmSync(directory, { recursive: true });
  t.match(await get(SCRIPT_PATH), { status: 200, text: SCRIPT });
});

t.test('who does not read is cut off, and keeps no call from its answer', async (t) => {
  const directory = builtDirectory(t);
  writeFileSync(join(directory, 'assets/large-a1b2c3d4.js'), Buffer.alloc(LARGE_BYTES, 'a'));
  const { port } = await startConsole(t, directory);
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  const begun: boolean[] = [];
  const cut: boolean[] = [];
  for (let index = 0; index < 4; index++) {
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' }, () =>
      socket.write('GET /console/assets/large-a1b2c3d4.js HTTP/1.1\r\nhost: a\r\n\r\n'),
    );
    socket.once('readable', () => {
      begun[index] = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      cut[index] = true;
    });
    sockets.push(socket);
    // Its first bytes are there: it is the longest waiting of those that follow.
    await waitFor('a beginning', () => begun[index], Boolean);
  }
  // Two fit into what is held for readers; a reader that is cut off notices when it reads.
  for (const socket of sockets.slice(0, 2)) socket.resume();
  await waitFor(
    'the first two are cut off',
    () => [cut[0], cut[1]],
    ([a, b]) => a === true && b === true,
  );
  t.notOk(cut[2] || cut[3], 'the others are not');
  const headers = await signHeaders({ port, body: 'Action=DescribeTags' });
  t.match(await sendTo({ port, headers }, 'Action=DescribeTags'), { status: 200 }, 'a call is answered');
});
