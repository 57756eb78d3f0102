/** Both directions of a source in the order of their frames, whatever the kernel hands over when. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { FrameConsumer } from '../../../src/io/frame.js';
import { OrderedRings } from '../../../src/io/ring/ordered-rings.js';
import { type FakeRing, fakeRing } from '../../fixtures/io/fake-rings.js';

const MICROSECOND = 1000;
const MILLISECOND = 1000 * MICROSECOND;
/** Of the ring: how long a frame may wait in a block that is not full. */
const BLOCK_TIMEOUT = MILLISECOND;

/** Two rings and their reader, with one clock for the kernel and for JavaScript. */
class Stage {
  now = 1_000_999_000_000;
  readonly rings: readonly FakeRing[];
  readonly ordered: OrderedRings;
  /** Numbers of the frames, as they were handed over. */
  readonly taken: number[] = [];
  /** Of each ring, when the first frame of each block passed that was worked through. */
  readonly blocks: number[][];
  /** Ended by each ring's consumer. */
  readonly batches: number[];
  #received = 0;

  constructor(rings: number) {
    this.rings = Array.from({ length: rings }, () => fakeRing(this.now));
    const consumerOf = (ring: number): FrameConsumer => ({
      consume: ({ bytes, offset }) => this.taken.push(new DataView(bytes.buffer).getUint32(offset)),
      endBatch: () => {
        this.batches[ring]! += 1;
      },
    });
    this.batches = this.rings.map(() => 0);
    this.blocks = this.rings.map(() => []);
    this.ordered = new OrderedRings(
      this.rings.map(({ source }, ring) => ({
        source,
        consumer: consumerOf(ring),
        onBlock: (seconds: number, nanoseconds: number) =>
          this.blocks[ring]!.push(seconds * 1_000_000_000 + nanoseconds),
      })),
    );
  }

  /** Time passes, and the kernel's timers with it. */
  pass(nanoseconds: number): void {
    this.now += nanoseconds;
    for (const { kernel } of this.rings) {
      if (this.now - (kernel.firstFrameAt ?? this.now) >= BLOCK_TIMEOUT) kernel.handOver(this.now);
    }
  }

  /** A frame passes the device, and is dropped by a full ring; its number is its place in the order. */
  receive(ring: number, length = 60): void {
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setUint32(0, this.#received);
    if (this.rings[ring]?.kernel.receive(this.now, bytes)) this.#received += 1;
  }

  get received(): number {
    return this.#received;
  }

  handOver(ring: number): void {
    this.rings[ring]?.kernel.handOver(this.now);
  }

  pull(): number {
    return this.ordered.pull();
  }
}

/** JavaScript's clock is the stage's while `play` runs. */
function onStage<T>(rings: number, play: (stage: Stage) => T): T {
  const stage = new Stage(rings);
  const start = stage.now - 1000 * MILLISECOND;
  const clock = Object.getOwnPropertyDescriptor(performance, 'now');
  Object.defineProperty(performance, 'now', {
    configurable: true,
    value: () => (stage.now - start) / MILLISECOND,
  });
  try {
    return play(stage);
  } finally {
    if (clock === undefined) Reflect.deleteProperty(performance, 'now');
    else Object.defineProperty(performance, 'now', clock);
  }
}

t.test('one ring: everything that is handed over, at once', async (t) => {
  onStage(1, (stage) => {
    t.equal(stage.pull(), 0, 'nothing yet');
    stage.receive(0);
    stage.receive(0);
    t.equal(stage.pull(), 0, 'a block that is being filled');
    stage.handOver(0);
    stage.receive(0);
    t.equal(stage.pull(), 2);
    t.same(stage.batches, [1]);
    t.notOk(stage.ordered.waiting);
    t.equal(stage.pull(), 0);
    t.same(stage.batches, [1], 'no frames, no batch');
    stage.handOver(0);
    t.equal(stage.pull(), 1);
    t.same(stage.taken, [0, 1, 2]);
  });
});

t.test('two blocks are merged by time', async (t) => {
  onStage(2, (stage) => {
    for (const ring of [0, 1, 0, 0, 1, 1, 0]) {
      stage.receive(ring);
      stage.now += 10 * MICROSECOND;
    }
    stage.handOver(0);
    stage.handOver(1);
    while (stage.pull() > 0);
    t.same(stage.taken, [0, 1, 2, 3, 4, 5, 6]);
    t.notOk(stage.ordered.waiting);
  });
});

t.test('an older frame may come: what is newer waits, and is polled for', async (t) => {
  onStage(2, (stage) => {
    stage.receive(1);
    stage.pass(MICROSECOND);
    stage.receive(0);
    stage.pass(MICROSECOND);
    // The next block of ring 1 is opened here: nothing in it will be older.
    stage.handOver(1);
    t.equal(stage.pull(), 1);
    stage.pass(MICROSECOND);
    stage.receive(1);
    stage.pass(MICROSECOND);
    stage.receive(0);
    stage.handOver(0);
    const [first, second] = stage.rings.map(({ source }) => source.descriptor);
    t.same(stage.ordered.descriptors, [first, second]);
    t.equal(stage.pull(), 1, 'what is older than the block being filled');
    t.ok(stage.ordered.waiting);
    t.same(stage.ordered.descriptors, [second], 'only the block that is waited for');
    t.equal(stage.pull(), 0, 'and the rest not');
    t.same(stage.batches, [2, 2], 'a batch ends for both');
    stage.handOver(1);
    while (stage.pull() > 0);
    t.same(stage.taken, [0, 1, 2, 3]);
    t.notOk(stage.ordered.waiting);
    t.same(stage.ordered.descriptors, [first, second]);
  });
});

t.test('nothing waits for long', async (t) => {
  onStage(2, (stage) => {
    stage.receive(1);
    stage.now += 10 * MICROSECOND;
    stage.receive(0);
    stage.handOver(0);
    stage.pull();
    t.ok(stage.ordered.waiting);
    // A kernel that forgets the other block.
    stage.now += 8 * MILLISECOND;
    t.equal(stage.pull(), 0);
    stage.now += 4 * MILLISECOND;
    t.equal(stage.pull(), 1, 'the order is given up, not the frame');
    t.notOk(stage.ordered.waiting);
    stage.handOver(1);
    t.equal(stage.pull(), 1);
    t.same(stage.taken, [1, 0]);
  });
});

t.test('the order holds for as long as frames keep coming', async (t) => {
  onStage(2, (stage) => {
    // Question and answer without a pause, blocks handed over by turns: some frame always waits.
    for (let step = 0; step < 2000; step++) {
      stage.receive(step & 1);
      stage.pass(10 * MICROSECOND);
      if (step % 50 === 0) stage.handOver((step / 50) & 1);
      stage.pull();
    }
    for (const ring of [0, 1]) stage.handOver(ring);
    while (stage.pull() > 0);
    t.same(
      stage.taken.filter((number, index) => number !== index),
      [],
    );
    t.equal(stage.taken.length, 2000);
  });
});

t.test('each block is told of once, with the time of its first frame', async (t) => {
  await onStage(2, (stage) => {
    const times: number[][] = [[], []];
    for (let block = 0; block < 20; block++) {
      for (const ring of [0, 1]) {
        stage.pass(MICROSECOND);
        times[ring]!.push(stage.now);
        stage.receive(ring);
        stage.pass(MICROSECOND);
        stage.receive(ring);
      }
      stage.handOver(0);
      stage.pull();
      stage.handOver(1);
      while (stage.pull() > 0);
    }
    t.strictSame(stage.blocks, times);
  });
});

type Step =
  | { readonly do: 'receive'; readonly ring: number; readonly length: number }
  | { readonly do: 'pass'; readonly nanoseconds: number }
  | { readonly do: 'handOver'; readonly ring: number }
  | { readonly do: 'pull' };

const ring = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      ring,
      length: fc.constantFrom(60, 1514, 65000),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      nanoseconds: fc.constantFrom(1, MICROSECOND, 50 * MICROSECOND, 300 * MICROSECOND),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('handOver' as const), ring }) },
  { weight: 2, arbitrary: fc.constant({ do: 'pull' as const }) },
);

t.test(
  'over any arrivals, with the timers of the kernel: in order, nothing lost, nothing late',
  async (t) => {
    const property = fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) =>
      onStage(2, (stage) => {
        let lastPull = stage.now;
        const pull = (): void => {
          while (stage.pull() > 0);
          lastPull = stage.now;
        };
        for (const one of steps) {
          if (one.do === 'receive') {
            // No two at the same time: then either order would do.
            stage.pass(1);
            stage.receive(one.ring, one.length);
          } else if (one.do === 'pass') stage.pass(one.nanoseconds);
          else if (one.do === 'handOver') stage.handOver(one.ring);
          else pull();
          // The engine polls at least so often while frames wait.
          if (stage.now - lastPull > 500 * MICROSECOND) pull();
        }
        for (let quiet = 0; quiet < 10; quiet++) {
          stage.pass(500 * MICROSECOND);
          pull();
        }
        assert.deepEqual(
          stage.taken,
          Array.from({ length: stage.received }, (_, index) => index),
        );
        assert.ok(!stage.ordered.waiting);
      }),
    );
    fc.assert(property, { numRuns: 300 });
    t.pass();
  },
);
