/** Lines of copies on a terminal. */
import t from 'tap';
import { CopyLines } from '../../src/cli/copy-formats.js';
import type { PeekedCopy } from '../../src/peek/record-reader.js';

t.test('ids cannot turn a line round, hide in it or end it', async (t) => {
  const copy = {
    origin: { sourceId: 's', device: 'd', direction: 'ingress', sessionId: 'a\u202eb', rule: 'c\u200bd\n' },
    ...{ seconds: 0, nanoseconds: 0, wireLength: 14, copyLength: 14, keptLength: 14 },
    bytes: new Uint8Array(14),
  } as unknown as PeekedCopy;
  t.match(new CopyLines().copy(copy), /^[\d:.]+ ingress a\ufffdb c\ufffdd\ufffd [^\n]*\n$/);
});
