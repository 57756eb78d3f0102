/** Frames from memory: the plainest source, which every other one must look like. */
import t from 'tap';
import { HEADROOM_BYTES } from '../../src/io/frame.js';
import { MemorySource } from '../../src/io/memory.js';
import { hex } from '../fixtures/frames/hex.js';
import { FrameList } from '../fixtures/io/fake-rings.js';

const FRAMES = [hex('01'), hex('0202'), hex('030303')];

t.test('budget and end', async (t) => {
  const rows = [
    { name: 'all at once', repeat: false, budgets: [10, 10], want: [3, 0], frames: '1 2 3' },
    { name: 'as many as there are', repeat: false, budgets: [3, 3], want: [3, 0], frames: '1 2 3' },
    { name: 'in parts', repeat: false, budgets: [2, 2, 2], want: [2, 1, 0], frames: '1 2 3' },
    { name: 'no budget', repeat: false, budgets: [0, 1], want: [0, 1], frames: '1' },
    { name: 'for ever', repeat: true, budgets: [2, 5], want: [2, 5], frames: '1 2 3 1 2 3 1' },
  ];
  for (const { name, repeat, budgets, want, frames } of rows) {
    const list = new FrameList();
    const source = new MemorySource(FRAMES, repeat);
    t.same(
      budgets.map((budget) => source.pull(list, budget)),
      want,
      name,
    );
    t.equal(list.frames.map(({ bytes }) => bytes.length).join(' '), frames, `${name}: frames`);
    t.equal(list.batches, budgets.length, `${name}: every pull ends a batch`);
  }
  t.equal(new MemorySource([], true).pull(new FrameList(), 5), 0, 'nothing, for ever');
});

t.test('a frame has its own bytes, with headroom', async (t) => {
  const given = hex('0a0b0c0d');
  const source = new MemorySource([given]);
  given.fill(0);
  source.pull(
    {
      consume: ({ bytes, offset, capturedLength, wireLength, address }) => {
        t.ok(offset >= HEADROOM_BYTES);
        t.same(bytes.subarray(offset, offset + capturedLength), hex('0a0b0c0d'), 'a copy of what was given');
        t.same([capturedLength, wireLength, address], [4, 4, 0]);
      },
      endBatch: () => {},
    },
    1,
  );
  source.close();
});
