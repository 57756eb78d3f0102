/** An IPv4 packet in tcpdump's form. */
import {
  IPV4_DESTINATION,
  IPV4_FRAGMENT,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_LENGTH,
  IPV4_MORE_FRAGMENTS,
  IPV4_PROTOCOL,
  IPV4_SOURCE,
  IPV4_TOTAL_LENGTH,
} from '../wire/ipv4.js';
import { ipv4Text } from './addresses.js';
import { cutIn, has, type Part, uint16, upTo } from './part.js';
import { printTransport, withPorts } from './print-transport.js';

/** @param at of its header. @param length of the packet, with what is not here, and with padding. */
export function printIpv4(part: Part, at: number, length: number): string {
  if (!has(part, at, 1)) return cutIn('ip').trimStart();
  const version = part.bytes[at] >>> 4;
  if (version === 6) return 'IP6, wrong link-layer encapsulation (invalid)';
  if (version !== 4) return `IP${version} (invalid)`;
  if (!has(part, at, IPV4_HEADER_LENGTH)) return `IP ${cutIn('ip')}`;
  const headerLength = (part.bytes[at] & 0xf) * 4;
  if (headerLength < IPV4_HEADER_LENGTH) return `IP bad-hlen ${headerLength}`;
  const totalLength = uint16(part, at + IPV4_TOTAL_LENGTH);
  const missing = totalLength - length;
  const start = missing > 0 ? `IP truncated-ip - ${missing} bytes missing! ` : 'IP ';
  if (totalLength < headerLength) return `${start}bad-len ${totalLength}`;
  const source = ipv4Text(part, at + IPV4_SOURCE);
  const destination = ipv4Text(part, at + IPV4_DESTINATION);
  const protocol = part.bytes[at + IPV4_PROTOCOL];
  const fragment = uint16(part, at + IPV4_FRAGMENT);
  if ((fragment & IPV4_FRAGMENT_OFFSET_MASK) !== 0)
    return `${start}${source} > ${destination}: ip-proto-${protocol}`;
  const packet = upTo(part, at + totalLength);
  if (!has(packet, at, headerLength)) {
    const addresses = withPorts(protocol) ? '' : `${source} > ${destination}: `;
    const captured = packet.end - at;
    return `${start}${addresses} [remaining caplen(${captured}) < header length(${headerLength})]${cutIn('ip')}`;
  }
  const isFragmented = (fragment & IPV4_MORE_FRAGMENTS) !== 0;
  const length4 = totalLength - headerLength;
  const transport = { at: at + headerLength, length: length4, protocol, family: 4, isFragmented } as const;
  return `${start}${printTransport(packet, transport, { source, destination })}`;
}
