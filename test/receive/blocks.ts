/** What is whole of a piece of a capture. */
import t from 'tap';
import { framesIn, wholeBlocks } from '../../src/receive/blocks.js';
import { emitPacketBlock, interfaceDescription, sectionHeader } from '../../src/wire/pcapng-blocks.js';

const HEAD = Buffer.concat([
  sectionHeader({ application: 'test' }),
  interfaceDescription({ linkType: 1, snapshotLength: 0 }),
]);

function frames(count: number): Buffer {
  const block = new Uint8Array(200);
  const length = emitPacketBlock(block, 0, 0, 1, 2, 61, 61, new Uint8Array(0));
  return Buffer.concat(Array<Uint8Array>(count).fill(block.subarray(0, length)));
}

t.test('whole blocks and their frames, wherever it is cut', async (t) => {
  const bytes = Buffer.concat([HEAD, frames(3)]);
  const block = frames(1).length;
  for (let end = 0; end <= bytes.length; end++) {
    const whole = Math.max(0, Math.floor((end - HEAD.length) / block));
    if (framesIn(bytes, end) !== whole) t.fail(`frames before ${end}`);
    if (end >= HEAD.length && wholeBlocks(bytes, end) !== HEAD.length + whole * block)
      t.fail(`blocks before ${end}`);
  }
  t.equal(wholeBlocks(bytes, bytes.length), bytes.length);
  t.equal(framesIn(bytes, bytes.length), 3);
});
