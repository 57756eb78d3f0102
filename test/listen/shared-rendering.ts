/** Many readers cost as much as one, and no reader gets a page older than its request. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { SharedRendering } from '../../src/listen/shared-rendering.js';

t.test('readers that wait at the same time get the same page', async (t) => {
  let rendered = 0;
  const pages = new SharedRendering(() => ++rendered, 0);
  const first = await Promise.all(Array.from({ length: 1000 }, () => pages.page()));
  t.same([...new Set(first)], [1]);
  t.equal(await pages.page(), 2);
});

t.test('a reader does not get a page whose rendering had begun before', async (t) => {
  let state = 'old';
  const ends: (() => void)[] = [];
  const pages = new SharedRendering(async () => {
    const page = state;
    await new Promise<void>((resolve) => ends.push(resolve));
    return page;
  }, 0);
  const before = pages.page();
  while (ends.length === 0) await sleep(1);
  state = 'new';
  const after = pages.page();
  const together = pages.page();
  await sleep(20);
  t.equal(ends.length, 1, 'one rendering at a time');
  ends[0]?.();
  t.equal(await before, 'old');
  while (ends.length === 1) await sleep(1);
  ends[1]?.();
  t.same(await Promise.all([after, together]), ['new', 'new']);
});

t.test('renderings leave time for other work', async (t) => {
  const began: number[] = [];
  const pages = new SharedRendering(() => began.push(performance.now()), 30);
  for (let count = 0; count < 4; count++) await pages.page();
  const gaps = began.slice(1).map((time, index) => time - (began[index] ?? 0));
  t.ok(Math.min(...gaps) >= 28, gaps.join());
});

t.test('a failed rendering rejects for its readers, and the next one is made', async (t) => {
  let count = 0;
  const pages = new SharedRendering(() => {
    count += 1;
    if (count === 1) throw new Error('broken');
    return count;
  }, 0);
  const outcomes = await Promise.allSettled([pages.page(), pages.page()]);
  t.same(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.equal(await pages.page(), 2);
});
