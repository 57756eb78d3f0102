/** What a ring dropped, split between the two lanes that share it: an estimate whose sum is exact. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { LANE_LENGTH, LANE_READ_PACKETS, LANE_RING_DROPPED } from '../../../src/counters/layout.js';
import { DropShares } from '../../../src/io/ring/drop-shares.js';

const BASES = [0, LANE_LENGTH];

class Stage {
  readonly values = new Float64Array(2 * LANE_LENGTH);
  readonly shares = new DropShares();
  now = 1_000_000;

  constructor(bases: readonly number[] = BASES) {
    this.shares.restart(this.values, bases);
  }

  read(ingress: number, egress: number): void {
    this.values[LANE_READ_PACKETS]! += ingress;
    this.values[LANE_LENGTH + LANE_READ_PACKETS]! += egress;
  }

  /** @returns what each lane has now. */
  drop(dropped: number, passMs = 0): [number, number] {
    this.now += passMs;
    this.shares.count(this.values, dropped, this.now);
    return [this.values[LANE_RING_DROPPED]!, this.values[LANE_LENGTH + LANE_RING_DROPPED]!];
  }
}

t.test('in proportion to what was read', async (t) => {
  const stage = new Stage();
  stage.read(300, 100);
  t.same(stage.drop(40), [30, 10]);
  t.same(stage.drop(0), [30, 10], 'nothing more');
  stage.read(0, 200);
  t.same(stage.drop(60, 500), [60, 40], 'half a second later it is half and half');
  stage.read(0, 5);
  t.same(stage.drop(10, 1100), [60, 50], 'what was read more than a second ago does not count');
});

t.test('one after the other', async (t) => {
  const stage = new Stage();
  stage.read(300, 100);
  for (let count = 0; count < 400; count++) stage.drop(1);
  t.same(stage.drop(0), [300, 100], 'the rest of a frame is not forgotten');
});

t.test('nothing was read', async (t) => {
  const stage = new Stage();
  t.same(stage.drop(7), [4, 3], 'evenly, one more for ingress');
  const alone = new Stage([LANE_LENGTH]);
  t.same(alone.drop(7), [0, 7], 'all to the only lane');
});

t.test('a new start does not take what the counters hold for read', async (t) => {
  const stage = new Stage();
  stage.read(1000, 0);
  stage.shares.restart(stage.values, BASES);
  stage.read(0, 1);
  t.same(stage.drop(5), [0, 5]);
});

t.test('integers that add up to the total, whatever is read and dropped when', async (t) => {
  const steps = fc.array(
    fc.record({
      ingress: fc.nat(2000),
      egress: fc.nat(2000),
      dropped: fc.oneof(fc.nat(3), fc.nat(1_000_000)),
      passMs: fc.nat(3000),
    }),
    { maxLength: 50 },
  );
  const property = fc.property(steps, (all) => {
    const stage = new Stage();
    let total = 0;
    let before = [0, 0];
    for (const { ingress, egress, dropped, passMs } of all) {
      stage.read(ingress, egress);
      const shares = stage.drop(dropped, passMs);
      total += dropped;
      assert.equal(shares[0] + shares[1], total);
      for (const [index, share] of shares.entries()) {
        assert.ok(Number.isInteger(share) && share >= before[index]!, `${share} after ${before[index]}`);
      }
      before = shares;
    }
  });
  fc.assert(property, { numRuns: 500 });
  t.pass();
});
