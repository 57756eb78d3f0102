/** IP addresses in the plan's text form, dotted IPv4 and IPv6 (RFC 4291 §2.2) with zones (RFC 4007 §11), to bytes. */

const IPV6_GROUPS = 8;

/** True for IPv6. @param address a checked literal. */
export function isIpv6Text(address: string): boolean {
  return address.includes(':');
}

/** The address without its zone. */
export function hostOf(address: string): string {
  return address.split('%')[0];
}

/** The zone of a link-local address: the name of its device. */
export function zoneOf(address: string): string | undefined {
  return address.split('%')[1];
}

/** 4 or 16 bytes in network order, without the zone. @param address a checked literal. */
export function addressBytes(address: string): Uint8Array {
  return isIpv6Text(address) ? ipv6Bytes(hostOf(address)) : Uint8Array.from(address.split('.'), Number);
}

function ipv6Bytes(host: string): Uint8Array {
  const [head, tail] = host.split('::').map(groupsOf);
  const groups =
    tail === undefined
      ? head
      : [...head, ...Array<number>(IPV6_GROUPS - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]));
}

function groupsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a, b, c, d] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
