/** Points on disk: what was written is read, for fifteen days, in room that is bounded. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { MetricStore, MINUTE_MS } from '../../../src/api/monitoring/metric-store.js';
import { METRIC_NAMES, type PointValues } from '../../../src/api/monitoring/metrics.js';
import { POINTS_FILE_BYTES, RETENTION_MINUTES } from '../../../src/api/monitoring/points-file.js';

const SERIES = { accountId: '111122223333', sourceId: 'eni-1' };
const START = 29_000_000;

function makeDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-metrics-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const point = (value: number): PointValues => METRIC_NAMES.map((_, index) => value * 10 + index);

/** A clock of minutes. */
class Clock {
  minute: number;

  constructor(minute: number) {
    this.minute = minute;
  }

  readonly now = (): number => this.minute * MINUTE_MS;
}

t.test('counts are added to a minute, also after a restart', async (t) => {
  const directory = makeDirectory(t);
  const { now } = new Clock(START);
  const store = await MetricStore.open(directory, now);
  await store.add(SERIES, START, point(1));
  await store.add(SERIES, START, point(2));
  const reopened = await MetricStore.open(directory, now);
  await reopened.add(SERIES, START, point(3));
  const want = [{ minute: START, values: METRIC_NAMES.map((_, index) => 60 + 3 * index) }];
  t.same(await reopened.read(SERIES, START - 5, START + 5), want);
  t.same(await reopened.read({ ...SERIES, sourceId: undefined }, 0, START + 5), [], 'another series');
  t.same(await reopened.read({ ...SERIES, accountId: '444455556666' }, 0, START + 5), [], 'another account');
});

t.test('every point of fifteen days, and none that is older', async (t) => {
  const clock = new Clock(START);
  const store = await MetricStore.open(makeDirectory(t), clock.now);
  for (const offset of [0, 1, RETENTION_MINUTES - 1]) {
    clock.minute = START + offset;
    await store.add(SERIES, clock.minute, point(offset));
  }
  const minutes = async (): Promise<number[]> =>
    (await store.read(SERIES, 0, Number.MAX_SAFE_INTEGER)).map(({ minute }) => minute - START);
  t.same(await minutes(), [0, 1, RETENTION_MINUTES - 1]);
  clock.minute += 1;
  t.same(
    await minutes(),
    [1, RETENTION_MINUTES - 1],
    'the oldest is not read, though nothing has overwritten it',
  );
  await store.add(SERIES, clock.minute, point(7));
  t.same(await minutes(), [1, RETENTION_MINUTES - 1, RETENTION_MINUTES]);
});

t.test('what is written is what is read', async (t) => {
  const directory = makeDirectory(t);
  const minutes = fc.uniqueArray(fc.integer({ min: START, max: START + RETENTION_MINUTES - 1 }), {
    maxLength: 20,
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      minutes,
      fc.nat(RETENTION_MINUTES),
      fc.nat(RETENTION_MINUTES),
      async (written, from, length) => {
        round += 1;
        const { now } = new Clock(START + RETENTION_MINUTES - 1);
        const store = await MetricStore.open(directory, now);
        const series = { ...SERIES, sourceId: `eni-${round}` };
        for (const minute of written) await store.add(series, minute, point(minute - START));
        const [first, behind] = [START + from, START + from + length];
        const want = written
          .filter((minute) => minute >= first && minute < behind)
          .sort((a, b) => a - b)
          .map((minute) => ({ minute, values: point(minute - START) }));
        assert.deepEqual(await store.read(series, first, behind), want);
      },
    ),
    { numRuns: 40 },
  );
});

t.test('large counts', async (t) => {
  const store = await MetricStore.open(makeDirectory(t), new Clock(START).now);
  const values = METRIC_NAMES.map(() => 2 ** 47);
  await store.add(SERIES, START, values);
  t.same(await store.read(SERIES, START, START + 1), [{ minute: START, values }]);
  await store.add(SERIES, START, values);
  const capped = METRIC_NAMES.map(() => 2 ** 48 - 1);
  t.same(await store.read(SERIES, START, START + 1), [{ minute: START, values: capped }]);
});

t.test('a file takes disk space only for its minutes', async (t) => {
  const directory = makeDirectory(t);
  const clock = new Clock(START);
  const store = await MetricStore.open(directory, clock.now);
  const size = (): number => statSync(join(directory, readdirSync(directory)[0] ?? '')).size;
  await store.add(SERIES, START, point(1));
  t.equal(size(), POINTS_FILE_BYTES);
  t.ok(
    statSync(join(directory, readdirSync(directory)[0] ?? '')).blocks * 512 < 32_768,
    'only written minutes take room',
  );
  clock.minute += RETENTION_MINUTES + 17;
  await store.add(SERIES, clock.minute, point(1));
  t.equal(size(), POINTS_FILE_BYTES);
  for (let count = 1; count < 1000; count++) {
    t.equal(await store.add({ ...SERIES, sourceId: `eni-${count + 1}` }, clock.minute, point(1)), true);
  }
  t.equal(await store.add({ ...SERIES, sourceId: 'one too many' }, clock.minute, point(1)), false);
  t.equal(readdirSync(directory).length, 1000);
});

t.test('series that were not written for fifteen days are removed', async (t) => {
  const directory = makeDirectory(t);
  const clock = new Clock(Math.floor(Date.now() / MINUTE_MS));
  const store = await MetricStore.open(directory, clock.now);
  await store.add(SERIES, clock.minute, point(1));
  clock.minute += RETENTION_MINUTES - 1;
  await store.removeOld();
  t.equal([...store.seriesOf(SERIES.accountId)].length, 1);
  clock.minute += 3;
  await store.removeOld();
  t.equal([...store.seriesOf(SERIES.accountId)].length, 0);
  t.same(readdirSync(directory), []);
  await store.add(SERIES, clock.minute, point(1));
  clock.minute += RETENTION_MINUTES + 2;
  t.equal(
    [...(await MetricStore.open(directory, clock.now)).seriesOf(SERIES.accountId)].length,
    0,
    'also at a start',
  );
});

t.test('damaged files are ignored', async (t) => {
  const directory = makeDirectory(t);
  const { now } = new Clock(START);
  const store = await MetricStore.open(directory, now);
  await store.add(SERIES, START, point(1));
  const [name = ''] = readdirSync(directory);
  writeFileSync(join(directory, 'empty.points'), '');
  writeFileSync(join(directory, 'other.points'), 'x'.repeat(100));
  writeFileSync(join(directory, 'kept.txt'), 'not ours');
  t.equal([...(await MetricStore.open(directory, now)).seriesOf(SERIES.accountId)].length, 1);
  t.same(readdirSync(directory).toSorted(), [name, 'kept.txt'].toSorted());
  for (const damage of [
    (path: string) => truncateSync(path, 4096),
    (path: string) => appendFileSync(path, 'x'),
    (path: string) => writeFileSync(path, Buffer.alloc(POINTS_FILE_BYTES)),
  ]) {
    damage(join(directory, name));
    const reopened = await MetricStore.open(directory, now);
    t.equal([...reopened.seriesOf(SERIES.accountId)].length, 0);
    await reopened.add(SERIES, START, point(1));
    t.equal((await reopened.read(SERIES, START, START + 1)).length, 1, 'and are made anew');
  }
});

t.test('a directory that no longer belongs to this process', async (t) => {
  let isOwned = true;
  const store = await MetricStore.open(makeDirectory(t), new Clock(START).now, async () => {
    if (!isOwned) throw new Error('of another');
  });
  await store.add(SERIES, START, point(1));
  isOwned = false;
  await t.rejects(store.add(SERIES, START, point(1)), { message: 'of another' });
  await t.rejects(store.add({ ...SERIES, sourceId: 'new' }, START, point(1)), { message: 'of another' });
  const [found] = await store.read(SERIES, START, START + 1);
  t.same(found?.values, point(1), 'nothing was added');
});
