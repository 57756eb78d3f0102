/** Ambiguous heads of requests: who sent it, what it asks for, or where it ends is not clear. */
import { connect } from 'node:net';
import t from 'tap';
import { EchoService, startServer } from '../../fixtures/api/echo-service.js';
import { signHeaders } from '../../fixtures/api/signer.js';

const BODY = 'Action=DescribeTags';

interface Sent {
  readonly statuses: readonly number[];
  readonly text: string;
  /** True: the server closed the connection. False: its response says that it keeps it. */
  readonly isClosed: boolean;
}

/** Sends raw text, and returns what arrives until the server closes, or says that it keeps the connection. */
function sendRaw(port: number | undefined, raw: string): Promise<Sent> {
  return new Promise((resolve) => {
    let text = '';
    let isClosed = true;
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' }, () => socket.write(raw, 'latin1'));
    socket.on('error', () => {});
    socket.on('data', (part) => {
      text += part.toString('latin1');
      if (!/^connection: keep-alive\r\n/im.test(text)) return;
      isClosed = false;
      socket.destroy();
    });
    socket.on('close', () => {
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => Number(status));
      resolve({ statuses, text, isClosed });
    });
  });
}

t.test('request heads', async (t) => {
  const echo = new EchoService();
  const { port } = await startServer(t, echo);
  const signed = Object.entries(await signHeaders({ port, body: BODY }));
  const head = (line: string, ...extra: readonly string[]): string =>
    [line, ...signed.map(([name, value]) => `${name}: ${value}`), ...extra, '', ''].join('\r\n');
  const length = `content-length: ${BODY.length}`;
  const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  const line = 'POST / HTTP/1.1';
  const unlike = (name: string, value: string): string =>
    head(line, length).replace(new RegExp(`${name}: .*`), `${name}: ${value}`);
  const many = (count: number): string => Array.from({ length: count }, () => 'a:').join('\r\n');
  const rows: [name: string, raw: string, status: number, closes: boolean][] = [
    ['as clients send it', head(line, length) + BODY, 200, false],
    ['in chunks', head(line, 'transfer-encoding: chunked') + chunked, 200, false],
    ['in Chunks', head(line, 'Transfer-Encoding: Chunked') + chunked, 200, false],
    ['HTTP/1.0 with a length', head('POST / HTTP/1.0', length) + BODY, 200, true],
    ['HTTP/1.0 in chunks', head('POST / HTTP/1.0', 'transfer-encoding: chunked') + chunked, 400, true],
    [
      'HTTP/1.0 in chunks, kept alive',
      head('POST / HTTP/1.0', 'transfer-encoding: chunked', 'connection: keep-alive') + chunked,
      400,
      true,
    ],
    ['HTTP/0.9', head('POST / HTTP/0.9', length) + BODY, 400, true],
    ['HTTP/2.0', head('POST / HTTP/2.0', length) + BODY, 400, true],
    ['two codings', head(line, 'transfer-encoding: gzip, chunked') + chunked, 400, true],
    ['another coding', head(line, 'transfer-encoding: gzip') + BODY, 400, true],
    [
      'two lines of codings',
      head(line, 'transfer-encoding: chunked', 'transfer-encoding: chunked') + chunked,
      400,
      true,
    ],
    ['many headers', head(line, length, many(150)) + BODY, 200, false],
    ['too many headers', head(line, length, many(250)) + BODY, 400, true],
    [
      'two codings behind more headers than Node takes',
      head(line, many(2500), 'transfer-encoding: gzip, chunked') + chunked,
      400,
      true,
    ],
    [
      'another authorization behind more headers than Node takes',
      head(line, length, many(2500), 'authorization: a') + BODY,
      400,
      true,
    ],
    [
      'an unsigned header of AWS behind more headers than Node takes',
      head(line, length, many(2500), 'x-amz-target: a') + BODY,
      400,
      true,
    ],
    ['length and chunks', head(line, length, 'transfer-encoding: chunked') + chunked, 400, true],
    ['two lengths', head(line, length, 'content-length: 3') + BODY, 400, true],
    ['two hosts', head(line, length, 'host: b') + BODY, 400, false],
    ['the same host twice', head(line, length, `host: 127.0.0.1:${port}`) + BODY, 400, false],
    ['no host', head(line, length).replace(/host: .*\r\n/, '') + BODY, 400, true],
    ['another host', unlike('host', 'b') + BODY, 401, false],
    ['two authorizations', head(line, length, 'authorization: a') + BODY, 400, false],
    ['two dates', head(line, length, 'x-amz-date: 20200101T000000Z') + BODY, 400, false],
    ['two targets', head(line, length, 'x-amz-target: a', 'x-amz-target: b') + BODY, 400, false],
    ['a space in front of the colon', head(line, length, 'x-amz-target : a') + BODY, 400, true],
    ['a folded header', head(line, length, 'x-other: a\r\n b') + BODY, 400, true],
    [
      'headers of prototypes',
      head(line, length, '__proto__: a', 'constructor: b', '__proto__: c') + BODY,
      200,
      false,
    ],
    ['an unknown method', head('FOO / HTTP/1.1', length) + BODY, 400, true],
    ['a method in lower case', head('post / HTTP/1.1', length) + BODY, 400, true],
    ['another method', head('PUT / HTTP/1.1', length) + BODY, 401, false],
    ['HEAD', head('HEAD / HTTP/1.1', length) + BODY, 401, false],
    ['TRACE', head('TRACE / HTTP/1.1', length) + BODY, 401, false],
    ['OPTIONS of nothing', head('OPTIONS * HTTP/1.1', length) + BODY, 404, false],
    ['an absolute target', head('POST http://a/ HTTP/1.1', length) + BODY, 404, false],
    ['a path with a fragment', head('POST /#a HTTP/1.1', length) + BODY, 400, false],
    ['a query with a fragment', head('POST /?a=b#c HTTP/1.1', length) + BODY, 400, false],
    ['a repeated name', head('POST /?a=b&a=b HTTP/1.1', length) + BODY, 400, false],
    ['a name repeated in another spelling', head('POST /?a=b&%61=b HTTP/1.1', length) + BODY, 400, false],
    ['an escape that is none', head('POST /?a=%zz HTTP/1.1', length) + BODY, 400, false],
    ['an escape that is not UTF-8', head('POST /?a=%c3 HTTP/1.1', length) + BODY, 400, false],
    ['an overlong escape', head('POST /?a=%c0%af HTTP/1.1', length) + BODY, 400, false],
    ['a surrogate', head('POST /?a=%ed%a0%80 HTTP/1.1', length) + BODY, 400, false],
    ['a raw byte', head('POST /?a=\xe9 HTTP/1.1', length) + BODY, 400, true],
    ['two slashes', head('POST // HTTP/1.1', length) + BODY, 404, false],
    ['an escaped slash', head('POST /%2f HTTP/1.1', length) + BODY, 404, false],
    ['a path up', head('POST /a/.. HTTP/1.1', length) + BODY, 404, false],
    ['a zero in the path', head('POST /%00 HTTP/1.1', length) + BODY, 404, false],
    ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n', 0, true],
  ];
  for (const [name, raw, status, closes] of rows) {
    const { statuses, text, isClosed } = await sendRaw(port, raw);
    t.same(
      { statuses, isClosed },
      { statuses: status === 0 ? [] : [status], isClosed: closes },
      `${name}: ${text.slice(0, 300)}`,
    );
  }
  t.equal(echo.calls.length, rows.filter(([, , status]) => status === 200).length);
});

t.test('bytes after a request with an unclear end are not parsed as another request', async (t) => {
  const echo = new EchoService();
  const { port } = await startServer(t, echo);
  const signed = Object.entries(await signHeaders({ port, body: BODY }));
  const lines = signed.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const second = `POST / HTTP/1.1\r\n${lines}content-length: ${BODY.length}\r\n\r\n${BODY}`;
  for (const first of [
    `POST / HTTP/1.0\r\n${lines}connection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST / HTTP/1.1\r\n${lines}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  ]) {
    const { statuses, isClosed } = await sendRaw(port, first + second);
    t.same({ statuses, isClosed }, { statuses: [400], isClosed: true });
  }
  t.equal(echo.calls.length, 0);
});
