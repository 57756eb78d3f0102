/** Into a network namespace and back, with a fake kernel that refuses. */
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import t from 'tap';
import { NetworkNamespace, openNamespace } from '../../src/linux/network-namespace.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const { EPERM, EINVAL, EMFILE } = constants.errno;

t.test('in and back', async (t) => {
  const libc = new FakeLibc();
  const namespace = new NetworkNamespace(libc, '/run/netns/web', libc.duplicate());
  t.equal(
    namespace.enter(() => libc.entered.length),
    1,
    'inside',
  );
  t.equal(libc.entered.length, 2, 'and back');
  t.not(libc.entered[0], libc.entered[1]);
  t.throws(
    () =>
      namespace.enter(() => {
        throw new Error('of the act');
      }),
    { message: 'of the act' },
  );
  t.equal(libc.entered.length, 4, 'back whatever happens inside');
  namespace.close();
  t.equal(libc.open.size, 0, 'the descriptor is closed');
});

t.test('errors of the kernel', async (t) => {
  const file = '/run/netns/web';
  const rows = [
    {
      errno: EPERM,
      want: `not permitted to enter network namespace ${file}: needs the capability CAP_SYS_ADMIN`,
    },
    { errno: EINVAL, want: `${file} is not a network namespace` },
    { errno: EMFILE, want: `network namespace ${file} cannot be entered: EMFILE` },
  ];
  for (const { errno, want } of rows) {
    const libc = new FakeLibc();
    libc.refused.set('setns', errno);
    let acted = false;
    const namespace = new NetworkNamespace(libc, file, libc.duplicate(), () =>
      t.fail('nothing to come back from'),
    );
    t.throws(() => namespace.enter(() => (acted = true)), { message: want });
    t.notOk(acted, 'nothing is done outside');
    namespace.close();
  }
});

t.test('paths of other files', async (t) => {
  const file = `${t.testdir({ web: '' })}/web`;
  t.throws(() => openNamespace(`${file}/nope`), { message: /cannot be opened: ENOTDIR/ });
  t.throws(() => openNamespace(`${file}s`), { message: `network namespace ${file}s does not exist` });
  const opened = readdirSync('/proc/self/fd').length;
  t.throws(() => openNamespace(file), { message: `${file} is not a network namespace` });
  t.equal(readdirSync('/proc/self/fd').length, opened, 'no other file stays open');
});

t.test('a failed return ends the process', async (t) => {
  const libc = new FakeLibc();
  const ended: string[] = [];
  const namespace = new NetworkNamespace(libc, '/run/netns/web', libc.duplicate(), () => ended.push('ended'));
  namespace.enter(() => libc.refused.set('setns', EPERM));
  t.strictSame(ended, ['ended']);
  namespace.close();
});
