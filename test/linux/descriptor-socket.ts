/** Passing descriptors from one end to the other, on the real kernel. */
import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import t from 'tap';
import {
  DescriptorSocket,
  MAXIMUM_DESCRIPTORS,
  MAXIMUM_TEXT_BYTES,
} from '../../src/linux/descriptor-socket.js';
import { openLibc } from '../../src/linux/libc.js';

async function pair(t: { teardown(end: () => void): void }): Promise<[DescriptorSocket, DescriptorSocket]> {
  const libc = await openLibc();
  const [one, other] = libc.socketPair().map((descriptor) => new DescriptorSocket(libc, descriptor));
  t.teardown(() => one!.close());
  return [one!, other!];
}

const openCount = (): number => readdirSync('/proc/self/fd').length;

t.test('a text and its files', async (t) => {
  const [one, other] = await pair(t);
  const before = openCount();
  const sent = Array.from({ length: MAXIMUM_DESCRIPTORS }, (_, index) =>
    openSync(index % 2 === 0 ? '/dev/null' : '/dev/zero', 'r'),
  );
  t.ok(one.send('grüße', sent));
  const { text, descriptors } = other.receive()!;
  t.equal(text, 'grüße');
  t.strictSame(
    descriptors.map((descriptor) => fstatSync(descriptor).rdev),
    sent.map((descriptor) => fstatSync(descriptor).rdev),
    'the same files, in order',
  );
  for (const descriptor of [...sent, ...descriptors]) closeSync(descriptor);
  t.equal(openCount(), before);
  t.equal(other.receive(), undefined, 'no more');
  other.close();
});

t.test('a text alone, and the longest', async (t) => {
  const [one, other] = await pair(t);
  const longest = 'x'.repeat(MAXIMUM_TEXT_BYTES);
  t.ok(one.send('a', []));
  t.ok(one.send(longest, []));
  t.strictSame(other.receive(), { text: 'a', descriptors: [] });
  t.equal(other.receive()?.text === longest, true, 'whole');
  other.close();
});

t.test('a full queue refuses messages until the other end reads', async (t) => {
  const [one, other] = await pair(t);
  const text = 'x'.repeat(30_000);
  let count = 0;
  while (one.send(text, [])) count += 1;
  t.ok(count > 1, `${count} messages wait`);
  for (let index = 0; index < count; index++) t.equal(other.receive()?.text.length, text.length);
  t.equal(other.receive(), undefined);
  t.ok(one.send(text, []));
  other.close();
});

t.test('a closed end', async (t) => {
  const [one, other] = await pair(t);
  other.close();
  t.throws(() => one.send('a', []), { code: 'EPIPE' });
  t.equal(one.receive(), undefined);
});
