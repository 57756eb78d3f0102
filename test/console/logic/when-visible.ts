import t from 'tap';
import { isLoadFailure } from '../../../console/src/parts/load-failure.js';
import { whenVisible } from '../../../console/src/parts/when-visible.js';

class Tab extends EventTarget {
  hidden = true;
  show(): void {
    this.hidden = false;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

t.test('a call waits for a tab that is hidden', async (t) => {
  const tab = new Tab();
  let calls = 0;
  whenVisible(tab, () => {
    calls += 1;
  });
  tab.dispatchEvent(new Event('visibilitychange'));
  t.equal(calls, 0, 'still hidden');
  tab.show();
  tab.show();
  t.equal(calls, 1, 'once');
  whenVisible(tab, () => {
    calls += 1;
  });
  t.equal(calls, 2, 'at once when it is visible');
});

t.test('a call that was called off does not come', async (t) => {
  const tab = new Tab();
  const stop = whenVisible(tab, () => t.fail('called'));
  stop();
  tab.show();
  t.equal(tab.hidden, false);
});

t.test('a page that could not be loaded is told from one that failed', async (t) => {
  t.equal(
    isLoadFailure(new Error('Failed to fetch dynamically imported module: https://h/console/a.js')),
    true,
  );
  t.equal(isLoadFailure(new Error('x is undefined')), false);
});
