/** Addresses as tcpdump prints them. */
import { type Part, uint16 } from './part.js';

const GROUPS = 8;
/** Groups in front of an IPv4 address that is mapped to IPv6. */
const MAPPED_GROUPS = 6;

export function ipv4Text({ bytes }: Part, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** RFC 5952: the longest run of two groups or more that are zero is left out, the first of several. */
export function ipv6Text(part: Part, at: number): string {
  const groups = Array.from({ length: GROUPS }, (_, index) => uint16(part, at + 2 * index));
  const { start, length } = longestZeros(groups);
  const isMapped =
    start === 0 && (length === MAPPED_GROUPS || (length === MAPPED_GROUPS - 1 && groups[5] === 0xffff));
  if (isMapped) return `::${length === MAPPED_GROUPS ? '' : 'ffff:'}${ipv4Text(part, at + 12)}`;
  const text = (some: readonly number[]): string => some.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
