/** An IPv6 packet in tcpdump's form, with its extension headers. */
import {
  IPV6_DESTINATION,
  IPV6_HEADER_LENGTH,
  IPV6_NEXT_HEADER,
  IPV6_PAYLOAD_LENGTH,
  IPV6_SOURCE,
} from '../wire/ipv6.js';
import {
  extensionLength,
  IPV6_EXTENSION_MINIMUM,
  IPV6_FRAGMENT,
  IPV6_FRAGMENT_HEADER_LENGTH,
  IPV6_FRAGMENT_OFFSET_MASK,
  IPV6_MORE_FRAGMENTS,
  isExtensionHeader,
  NEXT_HEADER_FRAGMENT,
} from '../wire/ipv6-extension.js';
import { ipv6Text } from './addresses.js';
import { cutIn, has, type Part, uint16, upTo } from './part.js';
import { printTransport } from './print-transport.js';

/** How tcpdump names extension headers of which it prints no more. */
const EXTENSION_NAMES: Readonly<Record<number, string>> = {
  ...{ 0: 'HBH ', 43: 'RT6 ', 51: 'AH ', 60: 'DSTOPT ', 135: 'mobility ' },
};
/** Each is 8 bytes at least: a frame could make a long line of them. */
const MAXIMUM_EXTENSIONS = 64;

/** @param at of its header. @param length of the packet, with what is not here, and with padding. */
export function printIpv6(part: Part, at: number, length: number): string {
  if (!has(part, at, IPV6_HEADER_LENGTH)) return cutIn('ip6').trimStart();
  const version = part.bytes[at] >>> 4;
  if (version !== 6) return `IP6 version error: ${version} != 6`;
  const payloadLength = uint16(part, at + IPV6_PAYLOAD_LENGTH);
  const missing = payloadLength + IPV6_HEADER_LENGTH - length;
  const start = missing > 0 ? `IP6 truncated-ip6 - ${missing} bytes missing!` : 'IP6 ';
  const source = ipv6Text(part, at + IPV6_SOURCE);
  const destination = ipv6Text(part, at + IPV6_DESTINATION);
  // A jumbogram, or a frame that a network card put together: the length is that of the frame.
  const wanted = payloadLength === 0 ? Math.max(0, length - IPV6_HEADER_LENGTH) : payloadLength;
  const end = at + IPV6_HEADER_LENGTH + wanted;
  const first = part.bytes[at + IPV6_NEXT_HEADER];
  const packet = upTo(part, end);
  const between = `${source} > ${destination}: `;
  if (!isExtensionHeader(first)) {
    const transport = {
      at: at + IPV6_HEADER_LENGTH,
      length: wanted,
      protocol: first,
      family: 6,
      isFragmented: false,
    } as const;
    return `${start}${printTransport(packet, transport, { source, destination })}`;
  }
  return `${start}${between}${printExtensions(packet, at + IPV6_HEADER_LENGTH, end, first)}`;
}

/** @param end of the packet, with what is not here. @param first type of the header at `at`. */
function printExtensions(part: Part, at: number, end: number, first: number): string {
  let text = '';
  let type = first;
  let next = at;
  let isFragmented = false;
  for (let count = 0; isExtensionHeader(type); count++) {
    if (count === MAXIMUM_EXTENSIONS) return `${text}...`;
    if (!has(part, next, IPV6_EXTENSION_MINIMUM)) return `${text}${cutIn('ip6')}`;
    if (type === NEXT_HEADER_FRAGMENT) {
      const fragment = uint16(part, next + IPV6_FRAGMENT);
      const offset = fragment & IPV6_FRAGMENT_OFFSET_MASK;
      text += `frag (${offset}|${end - next - IPV6_FRAGMENT_HEADER_LENGTH})`;
      if (offset !== 0) return text;
      text += ' ';
      isFragmented = (fragment & IPV6_MORE_FRAGMENTS) !== 0;
    } else text += EXTENSION_NAMES[type] ?? `ext-${type} `;
    const length = extensionLength(type, part.bytes, next);
    if (!has(part, next, length)) return `${text}${cutIn('ip6')}`;
    type = part.bytes[next];
    next += length;
  }
  const transport = { at: next, length: end - next, protocol: type, family: 6, isFragmented } as const;
  return `${text}${printTransport(part, transport, undefined)}`;
}
