/** The memory that AF_XDP sends from: where rings and header slots lie in it, and what becomes of a ring that is closed. */
import { constants } from 'node:os';
import t from 'tap';
import { HEADER_SLOTS, HeaderSlots, Umem, type UmemRing, umemBytes } from '../../../src/io/xdp/umem.js';
import { FakeLibc } from '../../fixtures/linux/fake-libc.js';

const ring = (descriptor: number, byteLength: number): UmemRing => ({
  descriptor,
  byteLength,
  umemOffset: -1,
});
const SLOTS_BYTES = umemBytes([], 1);

t.test('rings side by side, behind the header slots', async (t) => {
  const libc = new FakeLibc();
  const rings = [ring(5, 1 << 20), ring(6, 2 << 20)];
  const umem = new Umem(libc, rings, 2);
  t.equal(umem.length, 2 * SLOTS_BYTES + (3 << 20));
  t.same(libc.calls, [`mapMemory ${umem.length}`, `mapAt 5 ${1 << 20}`, `mapAt 6 ${2 << 20}`]);
  t.same(
    rings.map(({ umemOffset }) => umemOffset),
    [-1, -1],
    'not used yet',
  );
  umem.use();
  t.same(
    rings.map(({ umemOffset }) => umemOffset),
    [2 * SLOTS_BYTES, 2 * SLOTS_BYTES + (1 << 20)],
  );
  umem.forget(rings[0]!);
  t.equal(rings[0]!.umemOffset, -1, 'a ring that is to be closed');
  t.equal(
    libc.calls.at(-1),
    `mapMemoryAt ${1 << 20}`,
    'nothing keeps it open, and no gap is left for the memory of others',
  );
  umem.close();
  t.equal(rings[1]!.umemOffset, -1);
});

t.test('a ring that was closed a moment ago', async (t) => {
  const libc = new FakeLibc();
  const closing = { ...ring(5, 1 << 20) };
  const umem = new Umem(libc, [closing], 1);
  Object.assign(closing, { descriptor: -1, byteLength: 0 });
  umem.forget(closing);
  t.equal(libc.calls.at(-1), `mapMemoryAt ${1 << 20}`, 'all of it is let go');
});

t.test('a ring that cannot be mapped: nothing stays', async (t) => {
  const libc = new FakeLibc();
  libc.refused.set('mapAt', constants.errno.ENOMEM);
  t.throws(() => new Umem(libc, [ring(5, 1 << 20)], 1), { code: 'ENOMEM' });
  t.equal(libc.calls.at(-1), `unmap ${SLOTS_BYTES + (1 << 20)}`);
});

t.test('header slots: no two share a byte, none crosses a page', async (t) => {
  const slots = new HeaderSlots(new ArrayBuffer(2 * SLOTS_BYTES), SLOTS_BYTES);
  const header = new Uint8Array(192).fill(7);
  const seen = new Set<number>();
  for (let turn = 0; turn < HEADER_SLOTS; turn++) {
    slots.take(header, header.length);
    const from = slots.segmentOffset - 128;
    const to = slots.segmentOffset + header.length;
    t.equal(Math.floor(from / 4096), Math.floor((to - 1) / 4096), `slot ${turn}`);
    for (let byte = from; byte < to; byte += 32) {
      if (seen.has(byte)) t.fail(`slot ${turn} shares bytes`);
      seen.add(byte);
    }
    const word = slots.words[slots.segmentWord];
    if (word !== 0x07070707) t.fail('the header begins at its word');
  }
  const first = slots.segmentOffset;
  for (let turn = 0; turn < HEADER_SLOTS; turn++) slots.take(header, 0);
  t.equal(slots.segmentOffset, first, 'in turn');
});
