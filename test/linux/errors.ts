/** The errors of system calls. */
import { constants } from 'node:os';
import t from 'tap';
import { LinuxError } from '../../src/linux/errors.js';

t.test('names and numbers', async (t) => {
  const { errno } = constants;
  const rows = [
    { name: 'EPERM', op: 'socket', errno: errno.EPERM, want: 'socket: EPERM' },
    { name: 'ENODEV', op: 'if_nametoindex eth7', errno: errno.ENODEV, want: 'if_nametoindex eth7: ENODEV' },
    { name: 'ENETUNREACH', op: 'connect', errno: errno.ENETUNREACH, want: 'connect: ENETUNREACH' },
    { name: 'ENOBUFS', op: 'recv', errno: errno.ENOBUFS, want: 'recv: ENOBUFS' },
  ];
  for (const { name, op, errno, want } of rows) {
    const error = new LinuxError(op, errno);
    t.match({ ...error, message: error.message }, { code: name, op, errno, message: want }, name);
    t.ok(error instanceof Error);
  }
});

t.test('a number that Node has no name for', async (t) => {
  t.match(new LinuxError('ioctl', 4000).message, /^ioctl: .+/);
});
