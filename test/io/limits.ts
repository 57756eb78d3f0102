/** The buckets of copies, with a clock of the test's own where it matters. */
import t from 'tap';
import { EgressShare, TokenBucket } from '../../src/io/limits.js';
import { EgressMemory } from '../../src/targets/egress-memory.js';

t.test('a bucket lets through its rate, a burst and one packet', async (t) => {
  const rows = [
    { name: 'packets that are short beside the burst', rate: 8e6, bits: 800 },
    { name: 'packets longer than the burst', rate: 64_000, bits: 12_000 },
  ];
  for (const { name, rate, bits } of rows) {
    const bucket = new TokenBucket(rate, 10);
    const start = performance.now();
    let sent = 0;
    for (let ms = 1; ms <= 10_000; ms++) {
      bucket.fill(start + ms);
      for (let tries = 0; tries < 20 && !bucket.isEmpty; tries++) {
        bucket.take(bits);
        sent += bits;
      }
    }
    t.ok(sent <= rate * 10 + rate / 100 + bits, `${name}: ${sent} bits in 10 s`);
    t.ok(sent >= rate * 10 - bits, `${name}: and not less`);
  }
});

t.test('a rate that changes', async (t) => {
  const bucket = new TokenBucket(1e9, 10);
  bucket.bitsPerSecond = 1000;
  bucket.fill(performance.now() + 1000);
  bucket.take(10);
  t.equal(bucket.isEmpty, true, 'what is saved is no more than the new burst');
});

t.test('the share of a device', async (t) => {
  const memory = new EgressMemory();
  const share = new EgressShare(new EgressMemory(memory.memory));
  share.refresh();
  t.equal(share.isLimited, false, 'at first there is no limit');
  t.equal(share.hasRoom, true);

  memory.limit = 1_000_000;
  share.refresh();
  t.equal(share.isLimited, true);
  let taken = 0;
  while (share.take(1000)) taken += 1;
  t.ok(
    taken >= 1 && taken <= 30,
    `${taken} packets of 1,000 bytes, at most a burst of 30 ms and a little more`,
  );
  t.equal(share.take(1000), false, 'then none');
  memory.limit = 0;
  t.equal(share.hasRoom, false, 'asked once in a batch only');
  share.refresh();
  t.equal(share.isLimited, false);

  share.begin();
  t.equal(
    memory.steadyBytes(() => {}),
    undefined,
    'copies are being sent',
  );
  share.end(1500, false);
  share.begin();
  share.end(900, true);
  t.same(
    memory.steadyBytes(() => {}),
    { queued: 1500, direct: 900 },
  );
  t.equal(
    memory.steadyBytes(() => {
      share.begin();
      share.end(1, false);
    }),
    undefined,
    'some were sent meanwhile',
  );
});

t.test('limits at their ends', async (t) => {
  const memory = new EgressMemory();
  for (const [asked, got] of [
    [1, 1000],
    [1_499, 1000],
    [2 ** 60, 0x7fff_ffff * 1000],
    [0, 0],
  ] as const) {
    memory.limit = asked;
    t.equal(memory.limit, got, `${asked}`);
  }
});
