/** Into a network namespace and back, with a kernel that refuses. */
import { constants } from 'node:os';
import t from 'tap';
import { NetworkNamespace } from '../../src/linux/network-namespace.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const { EPERM, EINVAL, EMFILE } = constants.errno;

t.test('in and back', async (t) => {
  const libc = new FakeLibc();
  const file = `${t.testdir({ web: '' })}/web`;
  const namespace = new NetworkNamespace(libc, file);
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
});

t.test('refusals', async (t) => {
  const file = `${t.testdir({ web: '' })}/web`;
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
    const namespace = new NetworkNamespace(libc, file, () => t.fail('nothing to come back from'));
    t.throws(() => namespace.enter(() => (acted = true)), { message: want });
    t.notOk(acted, 'nothing is done outside');
    namespace.close();
  }
  t.throws(() => new NetworkNamespace(new FakeLibc(), `${file}/nope`), {
    message: /cannot be opened: ENOTDIR/,
  });
  t.throws(() => new NetworkNamespace(new FakeLibc(), `${file}s`), {
    message: `network namespace ${file}s does not exist`,
  });
});

t.test('no way back ends the process', async (t) => {
  const libc = new FakeLibc();
  const file = `${t.testdir({ web: '' })}/web`;
  const ended: string[] = [];
  const namespace = new NetworkNamespace(libc, file, () => ended.push('ended'));
  namespace.enter(() => libc.refused.set('setns', EPERM));
  t.strictSame(ended, ['ended']);
  namespace.close();
});
