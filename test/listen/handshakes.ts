/** TLS handshakes of strangers: what they hold is bounded, and others get through meanwhile. */
import { once } from 'node:events';
import { request } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { Handshakes } from '../../src/listen/handshakes.js';
import { HeldBytes } from '../../src/listen/held-bytes.js';
import { HttpServer, type HttpServerOptions } from '../../src/listen/http-server.js';
import { CertificateMaker, readPair } from '../fixtures/listen/certificates.js';
import { runClient } from '../fixtures/listen/clients.js';
import { skipWithoutTool } from '../fixtures/live/oracle/tool.js';

const MAXIMUM_CONNECTIONS = 32;
const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
/** A record of a handshake that announces 512 bytes, and the beginning of a ClientHello. */
const BEGINNING = Buffer.from('16030102000100', 'hex');

interface Served {
  readonly server: HttpServer;
  readonly port: number;
  readonly ca: string;
  readonly maker: CertificateMaker;
}

type Answer = HttpServerOptions['answer'];

const answerAtOnce: Answer = async () => ({ status: 200, headers: {}, body: 'answer' });

async function serve(t: Test, hasClientCa = false, answer = answerAtOnce): Promise<Served> {
  const maker = new CertificateMaker(t.testdir({}));
  const { certificate: ca } = readPair(maker.authority('ca'));
  const server = await HttpServer.start({
    key: 'test.listen',
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    tls: { ...readPair(maker.leaf('server', 'ca')), ...(hasClientCa && { clientCa: ca }) },
    maximumConnections: MAXIMUM_CONNECTIONS,
    memory: new HeldBytes(2 ** 24),
    answer,
  });
  t.teardown(() => server.close());
  return { server, port: server.port ?? 0, ca, maker };
}

async function open(t: Test, port: number, bytes: Uint8Array = Buffer.alloc(0)): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(bytes);
  socket.resume();
  return socket;
}

/** @returns the status. */
function ask({ port, ca }: Served, options: ConnectionOptions = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', ca, agent: false, ...options }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

async function openTls({ port, ca }: Served, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

const skip = skipWithoutTool('openssl', 'version');

t.test('many clients at once', { skip }, async (t) => {
  const served = await serve(t);
  const answers = await Promise.all(Array.from({ length: MAXIMUM_CONNECTIONS }, () => ask(served)));
  t.strictSame(new Set(answers), new Set([200]));
});

t.test('a first message that comes byte by byte', { skip }, async (t) => {
  const served = await serve(t);
  const relay = await relayByteByByte(t, served.port);
  t.equal(await ask({ ...served, port: relay }), 200);
});

t.test('silent and slow handshakes do not keep others out', { skip }, async (t) => {
  const served = await serve(t);
  const slow: Socket[] = [];
  // More than sockets are accepted at all.
  for (let count = 0; count < 6 * MAXIMUM_CONNECTIONS; count++)
    slow.push(await open(t, served.port, count % 2 === 0 ? BEGINNING : Buffer.alloc(0)));
  const startedMs = performance.now();
  t.equal(await ask(served), 200);
  t.ok(performance.now() - startedMs < 2000, 'at once');
  await sleep(100);
  const left = slow.filter(({ closed }) => !closed);
  t.ok(left.length <= 2 * MAXIMUM_CONNECTIONS, `${left.length} of them are still there`);
  t.ok(left.length >= MAXIMUM_CONNECTIONS, 'those that came last');
  t.ok(
    left.every((socket) => slow.indexOf(socket) >= slow.length - 2 * MAXIMUM_CONNECTIONS - 1),
    'the oldest are closed first',
  );
  await Promise.all(left.map((socket) => socket.closed || once(socket, 'close')));
  t.ok(performance.now() - startedMs < 9000, 'and all after five seconds');
});

t.test('clients that are known are not closed for handshakes', { skip }, async (t) => {
  const served = await serve(t);
  const known = await openTls(served);
  t.teardown(() => known.destroy());
  for (let count = 0; count < 3 * MAXIMUM_CONNECTIONS; count++) await open(t, served.port, BEGINNING);
  known.write(GET);
  const [answer] = (await once(known, 'data')) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1\.1 200/);
});

t.test('what is no handshake is closed', { skip }, async (t) => {
  const served = await serve(t);
  const rows: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['plain HTTP', Buffer.from(GET)],
    ['another record', Buffer.from('1503010002010012345678', 'hex')],
    ['another message', Buffer.from('16030100080200000400000000', 'hex')],
    ['a message that is longer than its record', Buffer.from('16030100080100ffff00000000', 'hex')],
    ['a record that is too long', Buffer.from('160301ffff0100000400000000', 'hex')],
  ];
  for (const [name, bytes] of rows) {
    const socket = await open(t, served.port, bytes);
    if (!socket.closed) await once(socket, 'close');
    t.pass(name);
  }
  const half = await open(t, served.port, BEGINNING);
  half.end();
  if (!half.closed) await once(half, 'close');
  t.equal(await ask(served), 200, 'and others are served');
});

t.test('old versions, and renegotiation', { skip }, async (t) => {
  const served = await serve(t);
  const client = (...options: readonly string[]) =>
    runClient('openssl', 's_client', '-connect', `127.0.0.1:${served.port}`, ...options);
  for (const version of ['-tls1', '-tls1_1']) {
    const { exitCode, stdout } = await client(version, '-cipher', 'DEFAULT@SECLEVEL=0');
    t.not(exitCode, 0, version);
    t.match(stdout, /Cipher is \(NONE\)/);
  }
  for (const version of ['-tls1_2', '-tls1_3']) t.equal((await client(version)).exitCode, 0, version);
  const socket = await openTls(served, { maxVersion: 'TLSv1.2' });
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  const renegotiated = await new Promise((resolve) => {
    socket.on('close', () => resolve(false));
    socket.renegotiate({}, (error) => resolve(error === null));
  });
  t.equal(renegotiated, false);
});

t.test('clients with a certificate', { skip }, async (t) => {
  const served = await serve(t, true);
  const { maker } = served;
  const pairOf = (name: string, authority: string, ended = false): ConnectionOptions => {
    const { certificate, key } = readPair(maker.leaf(name, authority, ended));
    return { cert: certificate, key };
  };
  const good = pairOf('good', 'ca');
  t.equal(await ask(served, good), 200);
  const refused: readonly (readonly [string, ConnectionOptions])[] = [
    ['none', {}],
    ['of another authority', pairOf('stranger', 'other')],
    ['one that has ended', pairOf('late', 'ca', true)],
  ];
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [name, pair] of refused)
      await t.rejects(ask(served, { ...pair, maxVersion }), Error, `${maxVersion}: ${name}`);
    t.equal(await ask(served, { ...good, maxVersion }), 200, `${maxVersion}: and others are served`);
  }
});

t.test('a session is not resumed without the certificate', { skip }, async (t) => {
  const served = await serve(t, true);
  const { certificate: cert, key } = readPair(served.maker.leaf('good', 'ca'));
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const first = await openTls(served, { cert, key, maxVersion });
    let session: Buffer | undefined = first.getSession();
    first.on('session', (one: Buffer) => {
      session = one;
    });
    first.write(GET);
    await once(first, 'data');
    first.destroy();
    const again = await openTls(served, { cert, key, maxVersion, session });
    t.equal(again.isSessionReused(), false, maxVersion);
    again.destroy();
  }
});

t.test('another certificate, without a new start', { skip }, async (t) => {
  const served = await serve(t, true);
  const { server, maker } = served;
  const pairOf = (name: string, authority: string) => {
    const { certificate, key } = readPair(maker.leaf(name, authority));
    return { cert: certificate, key };
  };
  const before = pairOf('before', 'ca');
  const idle = await openTls(served, before);
  const other = readPair(maker.authority('other')).certificate;
  server.setCertificate({ ...readPair(maker.leaf('newer', 'other')), clientCa: other });
  if (!idle.closed) await once(idle, 'close');
  t.pass('a connection under the one before is closed');
  await t.rejects(ask(served, before), Error, 'the server is another');
  await t.rejects(ask({ ...served, ca: other }, before), Error, 'its client is not known any more');
  t.equal(await ask({ ...served, ca: other }, pairOf('after', 'other')), 200);
});

t.test('a response that is being made when the certificate changes', { skip }, async (t) => {
  let release: () => void = () => {};
  let isAsked: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  let answered = 0;
  const served = await serve(t, false, async () => {
    answered += 1;
    isAsked();
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return { status: 200, headers: {}, body: 'answer' };
  });
  const client = await openTls(served);
  let received = '';
  client.setEncoding('latin1').on('data', (part: string) => {
    received += part;
  });
  const closed = once(client, 'close');
  // The second one waits for the first.
  client.write(GET + GET);
  await asked;
  served.server.setCertificate(readPair(served.maker.leaf('newer', 'ca')));
  release();
  await closed;
  t.match(received, /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*answer$/is, 'it is sent');
  t.equal(answered, 1, 'and is the last one of the connection');
});

/** A ClientHello as far as it is looked at here. */
const HELLO = Buffer.concat([Buffer.from('160301002401000020', 'hex'), Buffer.alloc(32)]);

async function begin(t: Test, maximum: number, act: (socket: Socket) => void): Promise<number> {
  const handshakes = new Handshakes(maximum, act);
  const server = createServer((socket) => handshakes.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    handshakes.close();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

t.test('handshakes take a quarter of the time', async (t) => {
  const costMs = 10;
  const count = 8;
  const began: number[] = [];
  const port = await begin(t, 64, () => {
    const startMs = performance.now();
    began.push(startMs);
    while (performance.now() - startMs < costMs);
  });
  for (let index = 0; index < count; index++) await open(t, port, HELLO);
  while (began.length < count) await sleep(5);
  const gaps = began.slice(1).map((startMs, index) => startMs - began[index]!);
  // A timer may come a millisecond early.
  for (const gap of gaps) t.ok(gap >= 4 * costMs - 2, `${gap.toFixed(1)} ms from one to the next`);
});

t.test('handshakes that never end', async (t) => {
  const maximum = 8;
  const begun: Socket[] = [];
  const port = await begin(t, maximum, (socket) => begun.push(socket));
  const clients: Socket[] = [];
  for (let index = 0; index < 3 * maximum; index++) {
    clients.push(await open(t, port, HELLO));
    while (begun.length <= index) await sleep(1);
    t.equal(begun[index]?.read(HELLO.length)?.equals(HELLO), true, 'TLS reads all of the first message');
  }
  await Promise.all(clients.slice(0, 2 * maximum).map((socket) => socket.closed || once(socket, 'close')));
  t.equal(begun.filter(({ destroyed }) => !destroyed).length, maximum, 'the oldest are closed');
  t.ok(begun.slice(-maximum).every(({ destroyed }) => !destroyed));
});

t.test('the server closes at once, whatever handshakes there are', { skip }, async (t) => {
  const served = await serve(t);
  for (let count = 0; count < MAXIMUM_CONNECTIONS; count++) await open(t, served.port, BEGINNING);
  const startedMs = performance.now();
  await served.server.close();
  t.ok(performance.now() - startedMs < 2000);
});

/** @returns the port of a relay that passes what clients send first on one byte at a time. */
async function relayByteByByte(t: Test, to: number): Promise<number> {
  const relay = createServer((client) => {
    const server = connect({ port: to, host: '127.0.0.1', noDelay: true });
    server.pipe(client);
    client.once('data', async (first: Buffer) => {
      client.pause();
      for (const byte of first) {
        server.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      client.pipe(server);
    });
    for (const socket of [client, server]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  t.teardown(() => relay.close());
  return (relay.address() as AddressInfo).port;
}
