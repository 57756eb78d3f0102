/** Texts of addresses are those of Node's own functions, which the console has not. */
import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { addressFamily, ipv4Text, ipv6Text } from '../../src/wire/address-text.js';

const rows: readonly string[] = [
  '',
  '10.0.0.1',
  '10.0.0.01',
  '256.0.0.1',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.4%eth0',
  '::',
  ':::',
  '1::2::3',
  ':1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:',
  '1:2:3:4:5:6:7::',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:9',
  '::1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:1.2.3.4',
  '1:2:3:4:5:6:7:1.2.3.4',
  '::1.2.3.4',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '::12345',
  'fe80::1%eth0',
  'fe80::1%eth0.7',
  'g::',
  ' ::1',
  '::1\n',
];
for (const text of rows) t.equal(addressFamily(text), isIP(text), JSON.stringify(text));

t.test('any text', async (t) => {
  const part = fc.constantFrom(
    ':',
    '::',
    '.',
    '0',
    '1',
    'ff',
    'FFFF',
    '00000',
    '255',
    '256',
    '1.2.3.4',
    'g',
    ' ',
  );
  const text = fc.array(part, { maxLength: 17 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(text, fc.ipV4(), fc.ipV6()), (one) => addressFamily(one) === isIP(one)),
    {
      numRuns: 5000,
    },
  );
  t.equal(addressFamily(`::${'1'.repeat(1_000_000)}`), 0, 'a long one');
});

t.test('any address', async (t) => {
  const group = fc.oneof(fc.constantFrom(0, 0, 0, 1, 0xffff), fc.integer({ min: 0, max: 0xffff }));
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  const property = fc.property(groups, (one) => {
    const words = [0, 2, 4, 6].map((at) => (((one[at] ?? 0) << 16) | (one[at + 1] ?? 0)) >>> 0);
    const literal = one.map((value) => value.toString(16)).join(':');
    t.equal(ipv6Text(words), new SocketAddress({ family: 'ipv6', address: literal }).address);
  });
  fc.assert(property, { numRuns: 500 });
  const holding = [
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 0, 2],
    [0, 0, 0, 0x10000],
    [0, 0, 0, 0x0a000001],
    [0, 0, 0xffff, 0x0a000001],
    [0, 0, 1, 0x0a000001],
    [0, 0, 0xffff, 0],
  ];
  for (const words of holding) {
    const literal = words
      .flatMap((word) => [word >>> 16, word & 0xffff].map((one) => one.toString(16)))
      .join(':');
    t.equal(ipv6Text(words), new SocketAddress({ family: 'ipv6', address: literal }).address, literal);
  }
  t.equal(ipv4Text(0xa9fea9fd), '169.254.169.253');
});
