/** The address blocks of networks, as their interfaces show them. */
import { parseCidrBlock } from '../../resources/address.js';
import type { DeviceAddress } from './device-states.js';

const IPV4_BITS = 32;

/** The smallest IPv4 block that holds the networks of all the addresses; undefined without an IPv4 address. */
export function coveringBlock(addresses: readonly DeviceAddress[]): string | undefined {
  let first: number | undefined;
  let length = IPV4_BITS;
  for (const { address, prefixLength } of addresses) {
    if (address.includes(':')) continue;
    const word = wordOf(address);
    first ??= word;
    length = Math.min(length, prefixLength, Math.clz32(first ^ word));
  }
  if (first === undefined) return undefined;
  const mask = length === 0 ? 0 : -1 << (IPV4_BITS - length);
  return `${textOf(first & mask)}/${length}`;
}

/** The IPv6 networks of the addresses, each once. */
export function ipv6Blocks(addresses: readonly DeviceAddress[]): string[] {
  const blocks = addresses
    .filter(({ address }) => address.includes(':'))
    .flatMap(({ address, prefixLength }) => {
      const block = parseCidrBlock(`${address}/${prefixLength}`);
      return block.ok ? [block.value] : [];
    });
  return [...new Set(blocks)];
}

function wordOf(address: string): number {
  return address.split('.').reduce((word, byte) => (word << 8) | Number(byte), 0);
}

function textOf(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join('.');
}
