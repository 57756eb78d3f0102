/** Walks over lanes that are asked for faster than they end. */
import t from 'tap';
import { LaneWalk } from '../../src/engine/lane-walk.js';
import { Slices } from '../../src/io/slices.js';

const SLICE_MS = 4;

function spend(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

t.test('a newer walk ends the older one, and reaches every lane', async (t) => {
  const lanes = Array.from({ length: 20 }, (_, number) => number);
  const seen: number[] = [];
  const walk = new LaneWalk(
    new Slices(),
    () => lanes,
    (lane) => {
      seen.push(lane);
      spend(SLICE_MS / 2);
    },
  );
  const first = walk.start();
  const atOnce = seen.length;
  for (let request = 0; request < 500; request++) void walk.start();
  t.equal(seen.length, atOnce, 'requests do nothing themselves while a walk is under way');
  await first;
  t.strictSame(seen.slice(-lanes.length), lanes, 'the last walk is whole');
  t.ok(seen.length <= lanes.length + atOnce + 1, `${seen.length} lanes for 501 requests`);
});

t.test('lanes are those of the beginning of a walk; the next walk works after one that failed', async (t) => {
  let lanes = ['a'];
  const seen: string[] = [];
  const walk = new LaneWalk(
    new Slices(),
    () => lanes,
    (lane) => {
      if (lane === 'bad') throw new Error(lane);
      seen.push(lane);
    },
  );
  await walk.start();
  lanes = ['bad'];
  await t.rejects(walk.start(), { message: 'bad' });
  lanes = ['b', 'c'];
  await walk.start();
  t.strictSame(seen, ['a', 'b', 'c']);
});
