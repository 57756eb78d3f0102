/** The buckets of copies, with a clock of the test's own where it matters. */
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from '../../src/counters/layout.js';
import { readLane } from '../../src/counters/snapshot.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { EgressShare, TokenBucket } from '../../src/io/egress-share.js';
import { Frame } from '../../src/io/frame.js';
import { limitsOf, RateLimits } from '../../src/io/limits.js';
import type { PacketSink } from '../../src/io/sink.js';
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

/** Takes every copy, unless it is closed. */
class OpenSink implements PacketSink {
  readonly maximumInnerLength = 1464;
  isOpen = true;
  taken = 0;

  send(): void {
    this.taken += 1;
  }

  flush(): void {}
}

function skippedByRate({ values }: Counters): { packets: number; bytes: number } | undefined {
  const sessions = [{ sessionId: 's', base: LANE_LENGTH, outcomes: [], outcomesBase: 0 }];
  const lane = { sourceId: 'eni', direction: 'ingress', base: 0, outcomesBase: 0, sessions } as const;
  return readLane(values, lane).sessions[0]?.skipped.rate;
}

/** Sends copies of 1,000 bytes with their 36 bytes of headers, until the first that is skipped, or 1,000 of them. */
function fill(sink: PacketSink, counters: Counters): number {
  const frame = new Frame(new Uint8Array(2000));
  frame.wireLength = 1200;
  const before = skippedByRate(counters)?.packets ?? 0;
  let sent = 0;
  for (; sent < 1000 && (skippedByRate(counters)?.packets ?? 0) === before; sent++) {
    sink.send(frame, 1000, new TunnelHeader(VXLAN, 1), 50000, LANE_LENGTH);
  }
  return sent;
}

t.test('copies need room under every limit', async (t) => {
  const counters = new Counters(LANE_LENGTH + SESSION_LENGTH);
  const rates = new RateLimits(counters);
  const plan = rates.next(new Set(['eni']));
  const [wide, narrow, own] = [
    { name: 'engine', bitsPerSecond: 10 * 8288 * 100 },
    { name: 'target a', bitsPerSecond: 4 * 8288 * 100 },
    { name: 'target b', bitsPerSecond: 1000 },
  ];
  const inner = new OpenSink();
  t.equal(plan.limit(inner, 'eni', [], 36), inner, 'without limits the sink is as it was');
  const [a, b] = [plan.limit(inner, 'eni', [wide, narrow], 36), plan.limit(inner, 'eni', [wide, own], 36)];
  plan.commit();
  t.equal(fill(a, counters), 5, 'four packets are a burst of 10 ms, and the fifth is skipped');
  t.equal(inner.taken, 4);
  t.same(skippedByRate(counters), { packets: 1, bytes: 1200 }, 'counted with the bytes of the frame');
  t.equal(fill(b, counters), 2, 'a low rate lets one packet through');
  for (let index = 0; index < 20; index++) fill(b, counters);
  const later = plan.limit(inner, 'eni', [wide], 36);
  const left = fill(later, counters);
  t.ok(
    left >= 6 && left <= 60,
    `what was skipped took nothing of the limit that others share: ${left - 1} more`,
  );

  inner.isOpen = false;
  const closed = plan.limit(inner, 'eni', [{ name: 'target c', bitsPerSecond: 1000 }], 36);
  t.equal(fill(closed, counters), 1000, 'what is skipped for another reason is handed on, and takes nothing');
});

t.test('a plan that changes a rate', async (t) => {
  const counters = new Counters(LANE_LENGTH + SESSION_LENGTH);
  const rates = new RateLimits(counters);
  const limit = (bitsPerSecond: number) => [{ name: 'engine', bitsPerSecond }];
  const first = rates.next(new Set(['eni']));
  const before = first.limit(new OpenSink(), 'eni', limit(1000), 36);
  first.commit();
  t.equal(fill(before, counters), 2);
  const refused = rates.next(new Set(['eni']));
  refused.limit(new OpenSink(), 'eni', limit(1e12), 36);
  before.flush();
  t.equal(fill(before, counters), 1, 'one that is refused changes nothing');
  const second = rates.next(new Set(['eni']));
  const after = second.limit(new OpenSink(), 'eni', limit(1e12), 36);
  second.commit();
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(fill(after, counters), 1000, 'the new rate');
});

t.test('which limits a session has', async (t) => {
  const engine = { maximumBitsPerSecond: 3000 } as Parameters<typeof limitsOf>[0];
  const source = { id: 'eni', maximumBitsPerSecond: 2000 } as Parameters<typeof limitsOf>[1];
  const session = { limits: [{ name: 'target t', bitsPerSecond: 1000 }] } as unknown as Parameters<
    typeof limitsOf
  >[2];
  t.same(
    limitsOf(engine, source, session).map(({ name }) => name),
    ['engine', 'source eni', 'target t'],
  );
});
