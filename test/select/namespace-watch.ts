/** A namespace that is there and cannot be entered: it is said, and what is known is not whole. */
import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import type { NamespacePath } from '../../src/resources/device.js';
import { NamespaceWatch } from '../../src/select/namespace-watch.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

/** Waits as poll(2) does: others run meanwhile. */
class WaitingLibc extends FakeLibc {
  override async poll(): Promise<number> {
    await setImmediate();
    return 0;
  }
}

t.test('no descriptor is left', async (t) => {
  const libc = new WaitingLibc();
  const watch = new NamespaceWatch(
    libc,
    () => 0,
    () => {},
  );
  t.teardown(() => watch.close());
  // Another kind of namespace than the daemon's own: opened as one, entered as none.
  const path = '/proc/self/ns/uts' as NamespacePath;
  libc.refused.set('setns', constants.errno.EPERM);
  await watch.sync([{ path }, { path: '/run/netns/tm-none' as NamespacePath }]);
  t.equal(watch.isWhole, false);
  t.strictSame(watch.problems.length, 1, 'what does not exist is no problem');
  t.match(watch.problems[0], /uts cannot be looked into: .*CAP_SYS_ADMIN/);
  libc.refused.clear();
  await watch.sync([]);
  t.strictSame(watch.problems, [], 'no longer wanted');
});
