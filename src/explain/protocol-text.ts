/** IP protocols in words. */

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'hop-by-hop options of IPv6'],
  [1, 'icmp'],
  [2, 'igmp'],
  [4, 'ipip'],
  [6, 'tcp'],
  [17, 'udp'],
  [43, 'routing header of IPv6'],
  [44, 'fragment header of IPv6'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'icmp6'],
  [59, 'no next header'],
  [60, 'destination options of IPv6'],
  [89, 'ospf'],
  [132, 'sctp'],
]);

/** `6 (tcp)`, or the number alone. */
export function protocolText(protocol: number): string {
  const name = NAMES.get(protocol);
  return name === undefined ? `${protocol}` : `${protocol} (${name})`;
}
