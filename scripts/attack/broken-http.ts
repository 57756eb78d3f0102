/** Requests that are no HTTP, or that two parsers read in two ways: refused or closed, and never an error of ours. */
import { connect } from 'node:net';
import { type Attack, Faults, type Outcome } from './attack.js';
import { Ec2User, type Endpoint, formOf, type HttpRequest, itemsOf, signedPost } from './client.js';
import { ADMIN, API, METRICS } from './configuration.js';
import { statusEndpoint } from './flood.js';
import type { AttackStand } from './stand.js';

export const BROKEN_HTTP: Attack = {
  name: 'broken-http',
  title: 'requests that are no HTTP, or ambiguous, to API, metrics and status',
  by: 'client',
  limitSeconds: { full: 90, quick: 60 },
  run: sendBrokenHttp,
};

const WAIT_MS = 1500;
const HEAD = 'host: 127.0.0.1:8780\r\n';
/** Longer than any head may be. */
const LONG = 'a'.repeat(70_000);

/** Names a kind of request, and gives it. */
type Row = readonly [name: string, text: string];

/** Not HTTP, whoever reads it. */
const BROKEN: readonly Row[] = [
  ['nothing but line ends', '\r\n\r\n\r\n\r\n'],
  ['bytes', '\u0000\u0001\u0002\u0003\r\n\r\n'],
  ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['no version', 'GET /\r\n\r\n'],
  ['version 0.9', 'GET / HTTP/0.9\r\n\r\n'],
  ['version 9.9', `GET / HTTP/9.9\r\n${HEAD}\r\n`],
  ['lower-case version', `GET / http/1.1\r\n${HEAD}\r\n`],
  ['no target', `GET  HTTP/1.1\r\n${HEAD}\r\n`],
  ['space in target', `GET /a b HTTP/1.1\r\n${HEAD}\r\n`],
  ['unknown method', `ABCDEF / HTTP/1.1\r\n${HEAD}\r\n`],
  ['long method', `${LONG} / HTTP/1.1\r\n${HEAD}\r\n`],
  ['long target', `GET /${LONG} HTTP/1.1\r\n${HEAD}\r\n`],
  ['long header', `GET / HTTP/1.1\r\n${HEAD}x: ${LONG}\r\n\r\n`],
  ['many headers', `GET / HTTP/1.1\r\n${HEAD}${'a: b\r\n'.repeat(5000)}\r\n`],
  ['header without colon', `GET / HTTP/1.1\r\n${HEAD}abc\r\n\r\n`],
  ['header without name', `GET / HTTP/1.1\r\n${HEAD}: abc\r\n\r\n`],
  ['space before colon', `GET / HTTP/1.1\r\n${HEAD}a : b\r\n\r\n`],
  ['folded header', `GET / HTTP/1.1\r\n${HEAD}a: b\r\n c\r\n\r\n`],
  ['NUL in header', `GET / HTTP/1.1\r\n${HEAD}a: b\u0000c\r\n\r\n`],
  ['CR in header', `GET / HTTP/1.1\r\n${HEAD}a: b\rc\r\n\r\n`],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two hosts', `GET / HTTP/1.1\r\n${HEAD}${HEAD}\r\n`],
  ['absolute target', `GET http://[::1]:1/%zz HTTP/1.1\r\n${HEAD}\r\n`],
  ['CONNECT', `CONNECT a:1 HTTP/1.1\r\n${HEAD}\r\n`],
  ['upgrade', `GET / HTTP/1.1\r\n${HEAD}connection: upgrade\r\nupgrade: websocket\r\n\r\n`],
  ['expectation', `POST / HTTP/1.1\r\n${HEAD}expect: nonsense\r\ncontent-length: 1\r\n\r\na`],
];

/** How a good, signed request may be framed so that somebody else reads another one. */
const AMBIGUOUS: readonly (readonly [name: string, frame: (request: HttpRequest) => string])[] = [
  [
    'two lengths',
    (request) => framed(request, [`content-length: ${length(request)}`, 'content-length: 1'], request.body),
  ],
  [
    'length and chunks',
    (request) =>
      framed(
        request,
        [`content-length: ${length(request)}`, 'transfer-encoding: chunked'],
        chunked(request.body),
      ),
  ],
  [
    'chunks and length',
    (request) =>
      framed(
        request,
        ['transfer-encoding: chunked', `content-length: ${length(request)}`],
        chunked(request.body),
      ),
  ],
  [
    'chunks in HTTP/1.0',
    (request) =>
      framed(request, ['transfer-encoding: chunked'], chunked(request.body)).replace('HTTP/1.1', 'HTTP/1.0'),
  ],
  [
    'chunked twice',
    (request) =>
      framed(request, ['transfer-encoding: chunked', 'transfer-encoding: chunked'], chunked(request.body)),
  ],
  [
    'chunked, identity',
    (request) => framed(request, ['transfer-encoding: chunked, identity'], chunked(request.body)),
  ],
  ['xchunked', (request) => framed(request, ['transfer-encoding: xchunked'], chunked(request.body))],
  [
    'chunked behind a tab',
    (request) => framed(request, ['transfer-encoding:\u000bchunked'], chunked(request.body)),
  ],
  ['negative length', (request) => framed(request, ['content-length: -1'], request.body)],
  ['length with sign', (request) => framed(request, [`content-length: +${length(request)}`], request.body)],
  [
    'hexadecimal length',
    (request) => framed(request, [`content-length: 0x${length(request).toString(16)}`], request.body),
  ],
  ['length list', (request) => framed(request, [`content-length: ${length(request)}, 1`], request.body)],
  ['huge length', (request) => framed(request, ['content-length: 99999999999999999999999'], request.body)],
  [
    'bad chunk size',
    (request) => framed(request, ['transfer-encoding: chunked'], `zz\r\n${request.body}\r\n0\r\n\r\n`),
  ],
  [
    'huge chunk size',
    (request) =>
      framed(request, ['transfer-encoding: chunked'], `ffffffffffffffffff\r\n${request.body}\r\n0\r\n\r\n`),
  ],
  [
    'chunk that is too short',
    (request) => framed(request, ['transfer-encoding: chunked'], `1\r\n${request.body}\r\n0\r\n\r\n`),
  ],
  [
    'bare line feeds',
    (request) =>
      framed(request, [`content-length: ${length(request)}`], request.body).replaceAll('\r\n', '\n'),
  ],
  [
    'authorization twice',
    (request) =>
      framed(
        request,
        [`content-length: ${length(request)}`, `authorization: ${request.headers.authorization}`],
        request.body,
      ),
  ],
];

async function sendBrokenHttp(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  const { pid } = await daemon.status();
  const places: [name: string, endpoint: Endpoint][] = [
    ['api', API],
    ['metrics', METRICS],
    ['status', statusEndpoint(stand)],
  ];
  let count = 0;
  const jobs = places.flatMap(([place, endpoint]) =>
    BROKEN.map(async ([name, text]) => {
      count += 1;
      const statuses = await exchange(endpoint, text);
      faults.require(
        statuses.every((status) => status < 500),
        `${name} to ${place}: ${statuses.join(', ')}`,
      );
    }),
  );
  const request = signedPost(ADMIN, 'ec2', formOf('CreateTrafficMirrorFilter', {}));
  const framings = AMBIGUOUS.map(async ([name, frame]) => {
    count += 1;
    const statuses = await exchange(API, frame(request));
    const isRefused = statuses.every((status) => status >= 400 && status < 500);
    faults.require(isRefused, `a signed request, ${name}: ${statuses.join(', ')}`);
  });
  await Promise.all([...jobs, ...framings]);
  const admin = new Ec2User(ADMIN);
  const made = itemsOf(await admin.must('DescribeTrafficMirrorFilters'), 'trafficMirrorFilterSet').length - 1;
  faults.require(made === 0, `ambiguous requests created ${made} filters`);
  admin.close();
  faults.require((await daemon.status()).pid === pid, 'the daemon is another one');
  faults.require((await daemon.stop()) === 0, 'the daemon did not end well');
  return faults.outcome(`${BROKEN.length + AMBIGUOUS.length} kinds, ${count} requests, ${made} taken`);
}

/** Sends, and waits until the other side closes or says no more. @returns the status of each answer; none when it was closed */
function exchange(endpoint: Endpoint, text: string): Promise<number[]> {
  return new Promise((resolve) => {
    const { socketPath } = endpoint;
    const socket =
      socketPath === undefined
        ? connect({ host: endpoint.host ?? '', port: endpoint.port ?? 0 })
        : connect(socketPath);
    let answer = '';
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve([...answer.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(([, status]) => Number(status)));
    };
    const timer = setTimeout(end, WAIT_MS);
    socket.setEncoding('latin1').on('data', (part) => {
      answer += String(part);
    });
    socket.on('error', () => {});
    socket.on('close', end);
    socket.write(text, 'latin1');
  });
}

/** With the request's own headers, and these. */
function framed({ method, target, headers }: HttpRequest, lines: readonly string[], body: string): string {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${[...own, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

function chunked(body: string): string {
  return `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

function length({ body }: HttpRequest): number {
  return Buffer.byteLength(body);
}
