/** Times and addresses of conditions, compared with what plain arithmetic says. */
import fc from 'fast-check';
import t from 'tap';
import {
  comparesTimes,
  isInBlock,
  parseAddressBlock,
  parseTime,
} from '../../../src/api/authorization/comparisons.js';

/** The number of an address, whatever its family. */
function numberOf(words: readonly number[]): bigint {
  return words.reduce((sum, word) => (sum << 16n) | BigInt(word), 0n);
}

const word = fc.oneof(fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff), fc.nat(0xffff));
const ipv4 = fc.array(word, { minLength: 2, maxLength: 2 });
const ipv6 = fc
  .array(word, { minLength: 8, maxLength: 8 })
  // Blocks of IPv4 written as IPv6 are refused.
  .map(([first = 0, ...rest]) => [first | 0x2000, ...rest]);

const dotted = ([high = 0, low = 0]: readonly number[]): string =>
  [high >> 8, high & 255, low >> 8, low & 255].join('.');
const colons = (words: readonly number[]): string => words.map((part) => part.toString(16)).join(':');

t.test('a block holds the addresses that share its first bits', async () => {
  for (const [address, bits, textOf] of [
    [ipv4, 32, dotted],
    [ipv6, 128, colons],
  ] as const) {
    fc.assert(
      fc.property(address, address, fc.nat(bits), fc.nat(bits), (block, other, length, common) => {
        // An address that shares that many bits with the block, so that both outcomes are frequent.
        const mask = (1n << BigInt(bits - common)) - 1n;
        const near = (numberOf(block) & ~mask) | (numberOf(other) & mask);
        const nearWords = block.map((_, index) =>
          Number((near >> BigInt(16 * (block.length - 1 - index))) & 0xffffn),
        );
        const want = numberOf(block) >> BigInt(bits - length) === near >> BigInt(bits - length);
        return isInBlock(`${textOf(block)}/${length}`, textOf(nearWords)) === want;
      }),
      { numRuns: 3000 },
    );
  }
});

t.test('an address of the other family is in no block', async (t) => {
  fc.assert(
    fc.property(ipv4, ipv6, fc.nat(32), fc.nat(128), (four, six, short, long) => {
      const isFourInSix = isInBlock(`${colons(six)}/${long}`, dotted(four));
      return !isFourInSix && !isInBlock(`${dotted(four)}/${short}`, colons(six));
    }),
    { numRuns: 500 },
  );
  t.notOk(isInBlock('::/0', '10.0.0.1'));
  t.notOk(isInBlock('0.0.0.0/0', '::1'));
  t.notOk(isInBlock('10.0.0.0/8', ''));
  t.notOk(isInBlock('10.0.0.0/8', '10.0.0.1/8'));
  t.ok(isInBlock('10.0.0.1', '10.0.0.1'), 'one host');
  t.notOk(isInBlock('10.0.0.1', '10.0.0.2'));
  t.ok(isInBlock('::1', '0:0:0:0:0:0:0:1'));
  t.same(parseAddressBlock('10.1.2.3/8'), { ok: true, value: '10.0.0.0/8' }, 'host bits');
});

t.test('times', async (t) => {
  const rows: [text: string, want: number | undefined][] = [
    ['2026', Date.UTC(2026, 0)],
    ['2026-12', Date.UTC(2026, 11)],
    ['2026-12-31', Date.UTC(2026, 11, 31)],
    ['2026-12-31T23:00Z', Date.UTC(2026, 11, 31, 23)],
    ['2026-12-31T23:00:05.25Z', Date.UTC(2026, 11, 31, 23, 0, 5, 250)],
    ['2026-12-31T23:00:05.123456789Z', Date.UTC(2026, 11, 31, 23, 0, 5, 123)],
    ['2027-01-01T00:30:00+01:30', Date.UTC(2026, 11, 31, 23)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['1798761600', 1_798_761_600_000],
    ['2026-02-29', undefined],
    ['2026-13-01', undefined],
    ['2026-12-31T23:00', undefined],
    ['2026-12-31 23:00Z', undefined],
    ['2026-12-31T24:30Z', undefined],
    ['31 Dec 2026', undefined],
    ['', undefined],
    ['-1', undefined],
    ['1798761600.5', undefined],
  ];
  for (const [text, want] of rows) {
    const parsed = parseTime(text);
    t.equal(parsed.ok ? parsed.value : undefined, want, text);
  }
  t.notOk(comparesTimes(() => true)('tomorrow', '2026'), 'nothing fits what is no time');
  t.notOk(comparesTimes(() => true)('2026', 'tomorrow'));
});
