/** Time since a stamp of the kernel's. */
import t from 'tap';
import { openLibc } from '../../src/linux/libc.js';
import { WallClock } from '../../src/linux/wall-clock.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

t.test('since a stamp', async (t) => {
  const libc = new FakeLibc();
  const clock = new WallClock(libc);
  const rows = [
    { now: [100, 500_000], stamp: [100, 0], want: 500 },
    { now: [101, 1_000_000], stamp: [100, 999_000_000], want: 2000 },
    { now: [4_000_000_000, 0], stamp: [3_999_999_999, 0], want: 1_000_000 },
    { now: [100, 0], stamp: [105, 0], want: 0 },
  ] as const;
  for (const { now, stamp, want } of rows) {
    [libc.seconds, libc.nanoseconds] = now;
    t.equal(clock.microsecondsSince(stamp[0], stamp[1]), want, `${now} since ${stamp}`);
  }
});

t.test('the kernel’s own', async (t) => {
  const clock = new WallClock(await openLibc());
  const before = Date.now();
  const since = clock.microsecondsSince(Math.floor(before / 1000), (before % 1000) * 1e6);
  // Date.now() cuts its milliseconds off.
  t.ok(since >= 0 && since < 1_000_000, `${since} µs`);
});
