/** Clients hold no more of a server than its bounds, and do not keep out clients that read their responses. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { HeldBytes } from '../../src/listen/held-bytes.js';
import { HttpServer, type HttpServerOptions } from '../../src/listen/http-server.js';

const MEBIBYTE = 2 ** 20;
const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
/** More than the kernel buffers for a connection. */
const LARGE = Buffer.alloc(16 * MEBIBYTE, 'a');

type Answer = HttpServerOptions['answer'];

async function serve(t: Test, answer: Answer, options: Partial<HttpServerOptions> = {}): Promise<number> {
  const server = await HttpServer.start({
    key: 'test.listen',
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    maximumConnections: 32,
    memory: new HeldBytes(1024 * MEBIBYTE),
    answer,
    ...options,
  });
  t.teardown(() => server.close());
  return server.port ?? 0;
}

/** A client that sends text, and reads nothing until the test resumes it. */
async function open(t: Test, port: number, text: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.pause();
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

function ask(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    })
      .on('error', reject)
      .end();
  });
}

const text = (body: string | Uint8Array) => ({ status: 200, headers: {}, body });

t.test('requests of a connection are answered one after the other', async (t) => {
  let atWork = 0;
  let most = 0;
  const port = await serve(t, async ({ url = '' }) => {
    atWork += 1;
    most = Math.max(most, atWork);
    await sleep(5);
    atWork -= 1;
    return text(url);
  });
  const requests = Array.from({ length: 10 }, (_, index) => GET.replace(' / ', ` /${index} `));
  const socket = await open(t, port, requests.join(''));
  let received = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    received += part;
  });
  socket.resume();
  while (!received.includes('/9')) await once(socket, 'data');
  t.same(received.match(/\/\d(?!\.)/g), ['/0', '/1', '/2', '/3', '/4', '/5', '/6', '/7', '/8', '/9']);
  t.equal(most, 1);
  socket.write(GET);
  const before = received.length;
  while (received.length === before) await once(socket, 'data');
  t.pass('and the connection goes on');
});

t.test('a request with a body behind another one', async (t) => {
  const port = await serve(t, async (request) => {
    let body = '';
    for await (const part of request) body += part;
    await sleep(5);
    return text(`got ${body.length}`);
  });
  const post = (length: number): string =>
    `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n${'a'.repeat(length)}`;
  const socket = await open(t, port, post(300_000) + post(200_000) + post(10));
  let received = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    received += part;
  });
  socket.resume();
  while (!received.includes('got 10')) await once(socket, 'data');
  t.same(received.match(/got \d+/g), ['got 300000', 'got 200000', 'got 10']);
});

t.test('a client that reads no response gets no second one made', async (t) => {
  let made = 0;
  const port = await serve(t, async () => {
    made += 1;
    return text(LARGE);
  });
  for (let count = 0; count < 20; count++) await open(t, port, GET.repeat(10));
  const { statusCode } = await ask(port);
  t.equal(statusCode, 200, 'a client that reads is answered');
  await sleep(200);
  t.equal(made, 21, 'one response for each connection');
});

t.test('too many requests ahead of their responses close the connection', async (t) => {
  let made = 0;
  const port = await serve(t, async () => {
    made += 1;
    await sleep(100);
    return text('a');
  });
  const socket = await open(t, port, GET.repeat(1900));
  socket.resume();
  await once(socket, 'close');
  t.equal(made, 1);
  t.equal((await ask(port)).statusCode, 200);
});

t.test('a response that is not read in time is given up', async (t) => {
  const port = await serve(t, async () => text(LARGE), { responseTimeoutMs: 100 });
  const startedMs = performance.now();
  const socket = await open(t, port, GET);
  let received = 0;
  await sleep(300);
  socket.on('data', (part: Buffer) => {
    received += part.length;
  });
  socket.resume();
  await once(socket, 'close');
  t.ok(received < LARGE.length, `${received} bytes`);
  t.ok(performance.now() - startedMs < 5000);
});

t.test('unread responses make room for others', async (t) => {
  const memory = new HeldBytes(40 * MEBIBYTE);
  const port = await serve(t, async () => text(LARGE), { memory });
  const silent: Socket[] = [];
  for (let count = 0; count < 4; count++) silent.push(await open(t, port, GET));
  t.equal((await ask(port)).statusCode, 200, 'a client that reads is answered');
  for (const socket of silent.slice(0, 3)) {
    socket.resume();
    await once(socket, 'close');
  }
  t.ok(memory.hold(() => {}).add(20 * MEBIBYTE), 'the bytes of given-up responses are free');
});

t.test('held bytes', (t) => {
  const memory = new HeldBytes(100);
  const given: string[] = [];
  const hold = (name: string) => memory.hold(() => given.push(name));
  const body = hold('body');
  t.ok(body.add(60));
  body.keep();
  const first = hold('first');
  first.addAnyway(30);
  hold('second').addAnyway(5);
  first.release();
  first.release();
  hold('third').addAnyway(30);
  t.same(given, []);
  t.ok(body.add(10));
  t.same(given, ['second'], 'the longest waiting is given up, and no more than needed');
  t.notOk(body.add(31), 'a kept holding is not given up');
  t.same(given, ['second', 'third']);
  const large = hold('large');
  large.addAnyway(1000);
  const other = hold('other');
  t.ok(other.add(30));
  t.same(given, ['second', 'third', 'large']);
  t.notOk(other.add(1), 'a holding is not given up for itself');
  body.release();
  t.ok(other.add(70));
  t.same(given, ['second', 'third', 'large']);
  t.end();
});

t.test('the server closes soon, even with clients that do not read', async (t) => {
  const server = await HttpServer.start({
    key: 'test.listen',
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    maximumConnections: 32,
    memory: new HeldBytes(1024 * MEBIBYTE),
    answer: async () => text(LARGE),
  });
  for (let count = 0; count < 10; count++) await open(t, server.port ?? 0, GET.repeat(10));
  await sleep(100);
  const startedMs = performance.now();
  await server.close();
  t.ok(performance.now() - startedMs < 2000);
});

t.test('the server closes at once when nobody waits for a response', async (t) => {
  let finish = (): void => {};
  const working = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const server = await HttpServer.start({
    key: 'test.listen',
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    maximumConnections: 32,
    memory: new HeldBytes(MEBIBYTE),
    answer: async ({ url }) => {
      if (url === '/slow') {
        begin();
        await working;
      }
      return text('answer');
    },
  });
  const { port = 0 } = server;
  // Browsers open connections ahead, and keep those that had a response.
  await open(t, port, '');
  await open(t, port, 'GET / HT');
  await once((await open(t, port, GET)).resume(), 'data');
  const slow = await open(t, port, 'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n');
  let received = '';
  slow.setEncoding('utf8').on('data', (part: string) => {
    received += part;
  });
  await begun;
  const startedMs = performance.now();
  const ended = once(slow.resume(), 'close');
  const closed = server.close();
  finish();
  await closed;
  t.ok(performance.now() - startedMs < 900, 'without the second that responses may take');
  await ended;
  t.match(received, /^HTTP\/1\.1 200 .*connection: close.*answer$/is, 'what was asked is answered');
});
