/** A connection in pieces carries the same bytes as its socket, whatever its reader does. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { ConnectionInPieces } from '../../src/listen/connections.js';

const MEBIBYTE = 2 ** 20;
const PIECE_BYTES = 512;

/** Both ends of a connection; the near one is in pieces. */
async function open(t: Test): Promise<{ near: ConnectionInPieces; far: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const near = new ConnectionInPieces(socket);
  for (const end of [near, far]) end.on('error', () => {});
  t.teardown(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

t.test('every byte, in order, both ways, to the end', async (t) => {
  const { near, far } = await open(t);
  const sent = randomBytes(5 * MEBIBYTE + 17);
  far.end(sent);
  near.pipe(near);
  const parts: Buffer[] = [];
  for await (const part of far) parts.push(part as Buffer);
  t.ok(Buffer.concat(parts).equals(sent));
});

t.test('pieces are small, and stop at once', async (t) => {
  const { near, far } = await open(t);
  const sizes: number[] = [];
  near.on('data', (piece: Buffer) => {
    sizes.push(piece.length);
    if (sizes.length === 3) near.pause();
  });
  far.write(Buffer.alloc(MEBIBYTE));
  await once(near, 'pause');
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.same(sizes, [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES]);
  near.resume();
  while (sizes.reduce((sum, size) => sum + size, 0) < MEBIBYTE) await once(near, 'data');
  t.ok(Math.max(...sizes) <= PIECE_BYTES);
});

t.test('one piece in a round of the event loop', async (t) => {
  const { near, far } = await open(t);
  let rounds = 0;
  let isCounting = true;
  const count = (): void => {
    rounds += 1;
    if (isCounting) setImmediate(count);
  };
  const seen = new Map<number, number>();
  let bytes = 0;
  near.on('data', (piece: Buffer) => {
    seen.set(rounds, (seen.get(rounds) ?? 0) + 1);
    bytes += piece.length;
  });
  setImmediate(count);
  far.write(Buffer.alloc(64 * 1024));
  while (bytes < 64 * 1024) await once(near, 'data');
  isCounting = false;
  // The end of one read and the begin of the next may meet.
  t.ok(Math.max(...seen.values()) <= 2, `${Math.max(...seen.values())} pieces in a round`);
  t.ok(seen.size > 40, `${seen.size} rounds`);
});

t.test('a body arrives in larger pieces, and what may follow it does not', async (t) => {
  const { near, far } = await open(t);
  const body = 100_000;
  const sizes: number[] = [];
  near.on('data', (piece: Buffer) => {
    if (sizes.push(piece.length) === 1) near.expectBody(body);
  });
  const sent = 2 * body;
  far.write(Buffer.alloc(sent));
  while (sizes.reduce((sum, size) => sum + size, 0) < sent) await once(near, 'data');
  let at = 0;
  for (const size of sizes) {
    if (size > PIECE_BYTES) t.ok(at + size <= PIECE_BYTES + body, `${at + size} bytes are of head and body`);
    at += size;
  }
  t.ok(Math.max(...sizes) > 8 * PIECE_BYTES, `${Math.max(...sizes)} bytes at once`);
  t.ok(sizes.filter((size) => size > PIECE_BYTES).reduce((sum, size) => sum + size, 0) > body / 2);
});

t.test('no bytes arrive after it is closed', async (t) => {
  const { near, far } = await open(t);
  let count = 0;
  near.on('data', () => {
    count += 1;
    near.destroy();
  });
  far.resume();
  far.write(Buffer.alloc(MEBIBYTE));
  // The kernel answers unread bytes with a reset.
  await new Promise((resolve) => far.once('close', resolve));
  t.equal(count, 1);
});

t.test('written bytes are sent before it is closed', async (t) => {
  const { near, far } = await open(t);
  near.cork();
  near.write('head ');
  near.write(Buffer.alloc(8 * MEBIBYTE, 'a'));
  near.uncork();
  near.destroySoon();
  let received = 0;
  far.on('data', (part: Buffer) => {
    received += part.length;
  });
  await once(far, 'end');
  t.equal(received, 5 + 8 * MEBIBYTE);
  t.ok(near.writableFinished);
});

t.test('silence', async (t) => {
  const { near, far } = await open(t);
  near.setTimeout(50);
  await once(near, 'timeout');
  t.notOk(near.destroyed, 'a timeout closes nothing');
  t.equal(near.remoteAddress, '127.0.0.1');
  far.destroy();
  near.resume();
  await once(near, 'end');
  near.end();
  await once(near, 'close');
});
