/** Sources in turns: no source takes another's time. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Frame } from '../../../src/io/frame.js';
import { costOf, SHARE, type TakesTurns, Turns } from '../../../src/io/ring/fair-share.js';
import { MAXIMUM_SEGMENTS } from '../../../src/offload/segmenter.js';
import { GSO_NONE, GSO_TCP_IPV4 } from '../../../src/wire/virtio-net.js';
import { FrameList, fakeRing } from '../../fixtures/io/fake-rings.js';

t.test('a frame costs its segments', async (t) => {
  const rows = [
    { gsoType: GSO_NONE, gsoSize: 1, wireLength: 60_000, cost: 1 },
    { gsoType: GSO_TCP_IPV4, gsoSize: 0, wireLength: 60_000, cost: 1 },
    { gsoType: GSO_TCP_IPV4, gsoSize: 1448, wireLength: 14_480 + 54, cost: 11 },
    { gsoType: GSO_TCP_IPV4, gsoSize: 48, wireLength: 1024 * 48 + 54, cost: MAXIMUM_SEGMENTS },
    { gsoType: GSO_TCP_IPV4, gsoSize: 1, wireLength: 65_535, cost: MAXIMUM_SEGMENTS },
  ];
  for (const { cost, ...members } of rows) {
    t.equal(costOf(Object.assign(new Frame(new Uint8Array(64)), members)), cost, JSON.stringify(members));
  }
});

t.test('a block is handed over in parts: each frame once, in order; then it is given back', async (t) => {
  const { kernel, source } = fakeRing();
  const list = new FrameList();
  const bytes = Array.from({ length: 10 }, (_, index) => Uint8Array.from({ length: 60 }, () => index));
  for (const frame of bytes) kernel.receive(1, frame);
  kernel.handOver();
  const fence = source.fence();
  const costs: number[] = [];
  while (source.load()) {
    costs.push(source.handOver(list, list, 4));
    t.equal(source.release(), list.frames.length === bytes.length, 'not before all of it was handed over');
    t.equal(source.isPast(fence), list.frames.length === bytes.length);
  }
  t.same(costs, [4, 4, 2]);
  t.same(
    list.frames.map((frame) => frame.bytes),
    bytes,
  );
});

/** A source whose frames all cost the same. */
class Fake implements TakesTurns {
  readonly #frameCost: number;
  /** Frames that wait. */
  frames: number;
  cost = 0;
  spent = 0;

  constructor(frameCost: number, frames = Number.POSITIVE_INFINITY) {
    this.#frameCost = frameCost;
    this.frames = frames;
  }

  get isWaiting(): boolean {
    return this.frames > 0;
  }

  pull(budget: number): number {
    let cost = 0;
    for (; cost < budget && this.frames > 0; this.frames--) cost += this.#frameCost;
    this.spent += cost;
    return cost;
  }
}

t.test('whatever their frames cost, busy sources get the same, wherever rounds end', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: MAXIMUM_SEGMENTS }), { minLength: 2, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 30 }),
      (costs, rounds) => {
        const sources = costs.map((cost) => new Fake(cost));
        const turns = new Turns();
        for (const most of rounds) {
          let left = most;
          turns.give(sources, () => --left <= 0);
        }
        const spent = sources.map((source) => source.spent);
        assert.ok(Math.max(...spent) - Math.min(...spent) <= SHARE + MAXIMUM_SEGMENTS, String(spent));
      },
    ),
  );
  t.pass();
});

t.test('one that has few frames waits for one frame of another, however many others there are', async (t) => {
  const busy = Array.from({ length: 20 }, () => new Fake(MAXIMUM_SEGMENTS));
  const light = new Fake(1, 0);
  const turns = new Turns();
  const served = { turns: 0 };
  turns.give(busy, () => ++served.turns === busy.length);
  let waited = 0;
  let longest = 0;
  let lightSpent = 0;
  turns.give([...busy, light], () => {
    waited = light.frames > 0 ? waited + 1 : 0;
    longest = Math.max(longest, waited);
    // A frame with each turn of another.
    if (light.spent === lightSpent) light.frames += 1;
    lightSpent = light.spent;
    return ++served.turns === 1000;
  });
  t.ok(longest <= 1, `${longest} turns of others`);
});

t.test('one that had nothing for long gets the credit of one share', async (t) => {
  const [late, busy] = [new Fake(1, 0), new Fake(1)];
  const turns = new Turns();
  let left = 100;
  const isOver = (): boolean => --left <= 0;
  turns.give([late, busy], isOver);
  late.frames = Number.POSITIVE_INFINITY;
  const before = busy.spent;
  left = 100;
  turns.give([late, busy], isOver);
  t.ok(Math.abs(late.spent - (busy.spent - before)) <= 2 * SHARE, `${late.spent} of ${busy.spent - before}`);
});

t.test('turns end when nobody has anything to do', async (t) => {
  const [some, none] = [new Fake(1, 5), new Fake(1, 0)];
  const turns = new Turns();
  t.equal(
    turns.give([none, some, none], () => false),
    true,
  );
  t.equal(some.frames, 0);
  t.equal(
    turns.give([none, none], () => false),
    false,
  );
  t.equal(
    turns.give([], () => false),
    false,
  );
});
