import t from 'tap';
import { hasParts, togetherOf } from '../../../console/src/model/status-wants.js';

t.test('readers of a page are read for together', async (t) => {
  t.equal(togetherOf([]), undefined, 'nobody reads');
  t.same(
    togetherOf([
      { parts: ['targets'], everyMs: 5000 },
      { parts: ['sessions', 'targets'], everyMs: 2000 },
    ]),
    { parts: ['sessions', 'targets'], everyMs: 2000 },
  );
});

t.test('a read is for those alone that want no more than it has', async (t) => {
  t.equal(hasParts(['filters', 'sessions'], ['sessions']), true);
  t.equal(hasParts(['filters'], ['filters', 'sessions']), false);
});
