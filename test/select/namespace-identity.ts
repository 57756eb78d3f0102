/** What is gone, and what only cannot be opened. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isGone, startOf } from '../../src/select/namespace-identity.js';

t.test('a path or process with nothing to look into', async (t) => {
  const directory = t.testdir({ file: '' });
  const path = join(directory, 'file');
  t.equal(isGone(join(directory, 'none'), undefined), true, 'no such path');
  t.equal(isGone(path, undefined), true, 'no namespace');
  t.equal(isGone('/proc/self/ns/net', undefined), false);
  symlinkSync('loop', join(directory, 'loop'));
  t.equal(isGone(join(directory, 'loop'), undefined), false, 'not known');
  const own = { id: process.pid, startTicks: startOf(process.pid) ?? '' };
  t.equal(isGone('/proc/self/ns/net', own), false);
  t.equal(isGone('/proc/self/ns/net', { ...own, startTicks: '1' }), true, 'another process');
  t.equal(isGone('/proc/self/ns/net', { id: 2 ** 30, startTicks: '1' }), true, 'no process');
});
