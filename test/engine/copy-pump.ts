/** Copies from a mirror to the daemon's end of the connection: all of them, or counted; and the mirror never waits. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable } from 'node:stream';
import t, { type Test } from 'tap';
import { environment } from '../fixtures/live/daemon/command.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { RecordList } from '../fixtures/peek/record-list.js';
import { compiledFixture } from '../fixtures/root.js';

interface Pump {
  /** Mirrors so many frames. */
  readonly mirror: (frames: number) => Promise<void>;
  readonly copies: Duplex;
  readonly list: RecordList;
}

function startPump(t: Test): Pump {
  const child = spawn(process.execPath, [compiledFixture('peek/pump-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit', 'ignore', 'ignore', 'pipe'],
    env: environment,
  });
  t.teardown(() => child.kill('SIGKILL'));
  const copies = (child.stdio as readonly unknown[])[5] as Duplex;
  const list = new RecordList();
  copies.on('data', (bytes: Uint8Array) => list.push(bytes));
  const mirror = async (frames: number): Promise<void> => {
    child.stdin?.write(`${frames}\n`);
    await once(child.stdout as Readable, 'data');
  };
  return { mirror, copies, list };
}

t.test('a daemon that reads gets every copy', async (t) => {
  const { mirror, list } = startPump(t);
  for (let round = 1; round <= 5; round++) {
    await mirror(500);
    await waitFor(
      'them',
      () => list.copies.length + list.leftOutInAll,
      (count) => count === round * 500,
    );
  }
  t.equal(list.leftOutInAll, 0);
  t.equal(list.begins, 1);
});

t.test('one that does not read holds up nothing, and gets the count of what it missed', async (t) => {
  const { mirror, copies, list } = startPump(t);
  await mirror(1);
  await waitFor(
    'the first',
    () => list.copies.length,
    (count) => count === 1,
  );
  copies.pause();
  const frames = 20_000;
  await mirror(frames);
  copies.resume();
  await waitFor(
    'all',
    () => list.copies.length + list.leftOutInAll,
    (count) => count === frames + 1,
  );
  t.ok(list.leftOutInAll > 1000, `${list.leftOutInAll} left out`);
  t.ok(list.copies.length > 3000, `${list.copies.length} copies in 4 MiB and what the sockets took`);
  await mirror(10);
  await waitFor(
    'what comes later',
    () => list.copies.length + list.leftOutInAll,
    (count) => count === frames + 11,
  );
});
