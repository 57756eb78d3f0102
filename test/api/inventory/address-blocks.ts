/** Blocks of networks: the smallest that holds every address. */
import t from 'tap';
import { coveringBlock, ipv6Blocks } from '../../../src/api/inventory/address-blocks.js';

const rows: readonly [name: string, input: readonly string[], want: string | undefined][] = [
  ['nothing', [], undefined],
  ['one network', ['10.1.2.3/24'], '10.1.2.0/24'],
  ['one host', ['10.1.2.3/32'], '10.1.2.3/32'],
  ['two halves', ['10.0.0.1/25', '10.0.0.129/25'], '10.0.0.0/24'],
  ['a wide and a narrow one', ['10.9.0.2/32', '10.0.0.1/8'], '10.0.0.0/8'],
  ['the ends', ['0.0.0.1/32', '255.255.255.254/32'], '0.0.0.0/0'],
  ['upper half', ['192.168.0.1/24', '192.168.3.1/24'], '192.168.0.0/22'],
  ['IPv6 is left out', ['fd00::1/64', '10.1.0.1/16'], '10.1.0.0/16'],
  ['only IPv6', ['fd00::1/64'], undefined],
];

const parsed = (texts: readonly string[]) =>
  texts.map((text) => {
    const [address = '', length] = text.split('/');
    return { address, prefixLength: Number(length) };
  });

for (const [name, input, want] of rows) t.equal(coveringBlock(parsed(input)), want, name);

t.same(ipv6Blocks(parsed(['fd00::1/64', 'fd00::2/64', '10.0.0.1/8', 'fd01::5/128'])), [
  'fd00::/64',
  'fd01::5/128',
]);
