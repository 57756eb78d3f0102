/** A copy belongs to the last frame before it of its port. */
import t from 'tap';
import { latencyOf, type Sighting } from '../../../bench/load/latency.js';

const frames: readonly Sighting[] = Array.from({ length: 100 }, (_, index) => ({
  port: 1000 + index,
  seconds: index / 1000,
}));
const copies = frames.map(({ port, seconds }, index) => ({ port, seconds: seconds + (index + 1) / 1000 }));

t.test('quantiles are over the copies', async (t) => {
  const { p50Ms, p99Ms, samples } = latencyOf(frames, copies);
  t.same([Math.round(p50Ms), Math.round(p99Ms), samples], [50, 99, 100]);
});

t.test('the next frame of a port is not the one that was copied', async (t) => {
  const again = frames.map(({ port, seconds }) => ({ port, seconds: seconds + 1 }));
  t.same(latencyOf([...frames, ...again], [...copies, ...again]).p99Ms < 99.5, true);
});

t.test('copies without frames, and frames without copies, are no figure', async (t) => {
  t.throws(() => latencyOf(frames, []), /100 frames and 0 copies were seen, 0 of them pairs/);
  t.throws(() => latencyOf(frames, copies.slice(2)), /98 of them pairs/);
  t.throws(() => latencyOf(frames.slice(2), copies), /98 of them pairs/);
  t.throws(() => latencyOf([], []), /0 of them pairs/);
});
