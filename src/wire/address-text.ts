/** IP addresses as text: which family a text is of, and the canonical text of an address of IPv6. */

const IPV6_GROUPS = 8;
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const GROUP = /^[0-9a-f]{1,4}$/i;
const ZONE = /^[0-9a-z.:-]+$/i;
/** The longest text without its zone: six groups and an address of IPv4. */
const LONGEST_HOST = 45;

/**
 * The family of an address, or 0 for text that is none: strict dotted quads without leading zeros, or an address of IPv6
 * (RFC 4291 section 2.2), behind which a zone may stand.
 */
export function addressFamily(text: string): 0 | 4 | 6 {
  const zoneAt = text.indexOf('%');
  const host = zoneAt < 0 ? text : text.slice(0, zoneAt);
  if (host.length > LONGEST_HOST) return 0;
  if (IPV4.test(text)) return 4;
  if (zoneAt >= 0 && !ZONE.test(text.slice(zoneAt + 1))) return 0;
  return isIpv6Host(host) ? 6 : 0;
}

function isIpv6Host(host: string): boolean {
  const halves = host.split('::');
  if (halves.length > 2) return false;
  const counts = halves.map((half, index) => countGroups(half, index === halves.length - 1));
  const [head = Number.NaN, tail] = counts;
  // Two colons stand for at least one group.
  return tail === undefined ? head === IPV6_GROUPS : head + tail < IPV6_GROUPS;
}

/** Groups of 16 bits; NaN when the text is not made of groups. @param isLast it may end in an address of IPv4 */
function countGroups(half: string, isLast: boolean): number {
  if (half === '') return 0;
  const groups = half.split(':');
  const last = groups.at(-1) ?? '';
  const hasQuads = isLast && IPV4.test(last);
  const plain = hasQuads ? groups.slice(0, -1) : groups;
  return plain.every((group) => GROUP.test(group)) ? plain.length + (hasQuads ? 2 : 0) : Number.NaN;
}

/** Dotted quads. @param word big-endian */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

/**
 * The text of RFC 5952, as inet_ntop(3) writes it: the longest run of at least two groups of zeros is left out, and
 * addresses that hold one of IPv4 end in dotted quads.
 * @param words four, big-endian
 */
export function ipv6Text(words: readonly number[]): string {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const run = longestRun(groups);
  if (holdsIpv4(groups, run)) return `${textOf(groups.slice(0, 6), run)}${ipv4Text(words[3] ?? 0)}`;
  return textOf(groups, run);
}

interface Run {
  readonly start: number;
  readonly length: number;
}

/** The first of the longest runs of zeros. */
function longestRun(groups: readonly number[]): Run {
  let best: Run = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end += 1;
    if (end - start > best.length) best = { start, length: end - start };
    start = Math.max(start, end - 1);
  }
  return best;
}

/** ::a.b.c.d whose first half is not zero, and ::ffff:a.b.c.d. */
function holdsIpv4(groups: readonly number[], { start, length }: Run): boolean {
  return start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
}

function textOf(groups: readonly number[], { start, length }: Run): string {
  const isShort = groups.length < IPV6_GROUPS;
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return hex(groups);
  const tail = hex(groups.slice(start + length));
  return `${hex(groups.slice(0, start))}::${tail}${isShort && tail !== '' ? ':' : ''}`;
}
