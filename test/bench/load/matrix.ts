/** What a whole run measures. */
import t from 'tap';
import { labelOf, matrixOf } from '../../../bench/load/matrix.js';

t.test('labels tell groups apart', async (t) => {
  const labels = matrixOf([]).map(labelOf);
  t.equal(new Set(labels).size, labels.length);
});

t.test('a round stays within eight minutes, at five seconds a measurement', async (t) => {
  const turns = matrixOf(['other']).flatMap(({ contenders }) => contenders);
  t.ok(turns.length * 5 < 8 * 60, `${turns.length} measurements`);
});

t.test('a loop of others takes part in all of its ways, where copies are compared', async (t) => {
  const groups = matrixOf(['other']).filter(({ contenders }) => contenders.includes('other, xdp'));
  t.same(groups.map(labelOf), ['load: 64 bytes', 'load: 1400 bytes']);
  for (const { contenders } of groups)
    t.ok(contenders.includes('other, routed') && contenders.includes('other, direct'));
});
