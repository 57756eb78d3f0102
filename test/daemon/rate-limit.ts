/** The same text passes once in a while. */
import t from 'tap';
import { RateLimit } from '../../src/daemon/rate-limit.js';

t.test('each text by itself', async (t) => {
  const limit = new RateLimit(1000);
  const rows = [
    { text: 'a', nowMs: 0, want: true },
    { text: 'a', nowMs: 999, want: false },
    { text: 'b', nowMs: 999, want: true },
    { text: 'a', nowMs: 1000, want: true },
    { text: 'b', nowMs: 1998, want: false },
    { text: 'a', nowMs: 1999, want: false },
    { text: 'b', nowMs: 1999, want: true },
  ];
  for (const { text, nowMs, want } of rows) t.equal(limit.allows(text, nowMs), want, `${text} at ${nowMs}`);
});
