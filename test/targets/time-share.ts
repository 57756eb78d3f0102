/** Pauses between pieces of work, by a clock of the test's own. */
import t from 'tap';
import { TimeShare } from '../../src/targets/time-share.js';

t.test('the pause is twenty times as long as the work', async (t) => {
  let now = 1000;
  t.intercept(performance, 'now', { value: () => now });
  const share = new TimeShare(50);
  t.equal(share.isOver(now), true, 'the first work need not wait');
  share.run(() => {
    now += 30;
  });
  t.equal(share.isOver(now + 599), false);
  t.equal(share.isOver(now + 600), true);
  share.run(() => {});
  t.equal(share.isOver(now + 49), false, 'work that takes no time');
  t.equal(share.isOver(now + 50), true);
});

t.test('work that is done in parts counts as one', async (t) => {
  let now = 1000;
  t.intercept(performance, 'now', { value: () => now });
  const share = new TimeShare(50);
  const work = (): void => {
    now += 10;
  };
  share.run(work);
  share.goOn(work);
  t.equal(share.isOver(now + 399), false);
  t.equal(share.isOver(now + 400), true);
  share.run(work);
  t.equal(share.isOver(now + 200), true, 'the next begins anew');
});
