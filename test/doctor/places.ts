import { closeSync } from 'node:fs';
import t from 'tap';
import { Place } from '../../src/doctor/gather-places.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

t.test('a path that is no namespace is not opened', async (t) => {
  const libc = new FakeLibc();
  for (const path of ['/dev/null', '/etc/hostname', '/tmp']) {
    const place = new Place(libc, path).look(path);
    t.match(place, { problem: `${path} is not a network namespace`, isForbidden: false, devices: [] });
  }
  t.same(libc.calls, [], 'nothing was tried');
});

t.test('a path that is not there', async (t) => {
  const place = new Place(new FakeLibc(), '/run/netns/nowhere').look('/run/netns/nowhere');
  t.match(place.problem, /nowhere does not exist/);
});

t.test('a namespace that must not be entered', async (t) => {
  const libc = new FakeLibc();
  libc.refused.set('setns', 1);
  // The descriptor is a real one.
  libc.close = closeSync;
  const place = new Place(libc, '/proc/self/ns/net').look('/proc/self/ns/net');
  t.match(place, { problem: /CAP_SYS_ADMIN/, isForbidden: true });
});
