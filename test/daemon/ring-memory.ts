import t from 'tap';
import { defaultRingMegabytes } from '../../src/daemon/ring-memory.js';

const GIB = 2 ** 30;

t.test('a quarter of what there is', async (t) => {
  const rows = [
    { name: 'no control group', total: 8 * GIB, constrained: 0, want: 2048 },
    { name: 'one that does not limit', total: 8 * GIB, constrained: 2 ** 63, want: 2048 },
    { name: 'one that does', total: 8 * GIB, constrained: GIB, want: 256 },
    { name: 'nearly nothing', total: GIB, constrained: 1 << 20, want: 1 },
  ];
  for (const { name, total, constrained, want } of rows) {
    t.equal(defaultRingMegabytes(total, constrained), want, name);
  }
  t.ok(defaultRingMegabytes() >= 1, 'this machine');
});
