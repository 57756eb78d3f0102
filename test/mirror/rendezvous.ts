/** docs/semantics.md, "Load balancers". */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { flowHash, flowSourcePort } from '../../src/encapsulate/flow-hash.js';
import { addressSeed, chooseAddress } from '../../src/mirror/rendezvous.js';
import { flowFrame } from '../fixtures/flows/flow.js';
import { chiSquare, chiSquareLimit, countInto } from '../fixtures/statistics/chi-square.js';

const FLOWS = 40_000;
const hashes = Array.from({ length: FLOWS }, (_, index) =>
  flowHash(
    flowFrame(
      6,
      { address: [0x0a000000 + (index >> 4)], port: 40000 + (index & 15) },
      { address: [1], port: 80 },
    ),
  ),
);

function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `10.9.0.${2 + index}`);
}

/** The address of each flow. */
function choicesOf(list: readonly string[]): string[] {
  const seeds = Int32Array.from(list, addressSeed);
  return hashes.map((hash) => list[chooseAddress(hash, seeds)]!);
}

t.test('one address takes everything', async (t) => {
  t.same(new Set(choicesOf(['10.9.0.2'])), new Set(['10.9.0.2']));
});

t.test('addresses share the flows evenly', async (t) => {
  for (const count of [2, 3, 8, 50]) {
    const list = addresses(count);
    const sum = chiSquare(countInto(count, choicesOf(list), (address) => list.indexOf(address)));
    t.ok(sum < chiSquareLimit(count), `${count} addresses, chi-square ${sum.toFixed(0)}`);
  }
});

t.test('losing an address moves its flows only, and to all others alike', async (t) => {
  const list = addresses(6);
  const before = choicesOf(list);
  for (const lost of list) {
    const left = list.filter((address) => address !== lost);
    const after = choicesOf(left);
    const stayed = before.every((address, index) => address === lost || address === after[index]);
    t.ok(stayed, `${lost}: the flows of others stay`);
    const moved = after.filter((_, index) => before[index] === lost);
    const sum = chiSquare(countInto(left.length, moved, (address) => left.indexOf(address)));
    t.ok(sum < chiSquareLimit(left.length), `${lost}: chi-square of its flows ${sum.toFixed(0)}`);
  }
});

t.test('a new address takes flows, and none moves between the old ones', async (t) => {
  const before = choicesOf(addresses(4));
  const after = choicesOf(addresses(5));
  t.ok(after.every((address, index) => address === before[index] || address === '10.9.0.6'));
});

t.test('any addresses of both families, less or more by one', async (t) => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  const property = fc.property(
    fc.uniqueArray(address, { minLength: 2, maxLength: 12 }),
    fc.nat(),
    fc.array(fc.integer(), { minLength: 1, maxLength: 200 }),
    (list, choice, flows) => {
      const changed = list[choice % list.length]!;
      const without = list.filter((one) => one !== changed);
      const [more, less] = [list, without].map((some) => Int32Array.from(some, addressSeed));
      for (const hash of flows) {
        const [before, after] = [list[chooseAddress(hash, more!)]!, without[chooseAddress(hash, less!)]!];
        assert.ok(before === changed || before === after, `${before} to ${after} for the sake of ${changed}`);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
  t.pass();
});

t.test('addresses that differ in the end only share the flows evenly, over IPv6 too', async (t) => {
  const list = Array.from({ length: 8 }, (_, index) => `2001:db8::${index + 1}`);
  const sum = chiSquare(countInto(8, choicesOf(list), (address) => list.indexOf(address)));
  t.ok(sum < chiSquareLimit(8), `chi-square ${sum.toFixed(0)}`);
});

t.test('the order of the list does not matter', async (t) => {
  t.same(choicesOf(addresses(7).reverse()), choicesOf(addresses(7)));
});

t.test('the flows of one address still spread over outer source ports', async (t) => {
  const seeds = Int32Array.from(addresses(4), addressSeed);
  const own = hashes.filter((hash) => chooseAddress(hash, seeds) === 0);
  const buckets = 64;
  for (const shift of [0, 8]) {
    const sum = chiSquare(
      countInto(buckets, own, (hash) => (flowSourcePort(hash) >>> shift) & (buckets - 1)),
    );
    t.ok(sum < chiSquareLimit(buckets), `from bit ${shift}, chi-square ${sum.toFixed(0)}`);
  }
});

t.test('every address of a /16 has a seed of its own', async (t) => {
  const seeds = new Set<number>();
  for (let low = 0; low < 65536; low++) seeds.add(addressSeed(`10.9.${low >> 8}.${low & 255}`));
  t.equal(seeds.size, 65536);
});
