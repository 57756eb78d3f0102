/** ICMP and ICMPv6 messages in tcpdump's form. */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';
import { ipv4Text, ipv6Text } from './addresses.js';
import { cutIn, has, type Part, uint16, uint32 } from './part.js';

const HEADER_LENGTH = 8;
const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;

/** Codes of "destination unreachable" that only name what was not reached, around its address. */
const UNREACHABLE: Readonly<Record<number, readonly [before: string, after: string]>> = {
  0: ['net ', ' unreachable'],
  1: ['host ', ' unreachable'],
  5: ['', ' unreachable - source route failed'],
  6: ['net ', ' unreachable - unknown'],
  7: ['host ', ' unreachable - unknown'],
  8: ['', ' unreachable - source host isolated'],
  9: ['net ', ' unreachable - admin prohibited'],
  10: ['host ', ' unreachable - admin prohibited'],
  11: ['net ', ' unreachable - tos prohibited'],
  12: ['host ', ' unreachable - tos prohibited'],
  13: ['host ', ' unreachable - admin prohibited filter'],
  14: ['host ', ' unreachable - host precedence violation'],
  15: ['host ', ' unreachable - precedence cutoff'],
};
const REDIRECTS: readonly (readonly [kind: string, of: string])[] = [
  ['redirect', 'net'],
  ['redirect', 'host'],
  ['redirect-tos', 'net'],
  ['redirect-tos', 'host'],
];
/** Types of which the name says enough. */
const PLAIN: Readonly<Record<number, string>> = {
  4: 'source quench',
  10: 'router solicitation',
  15: 'information request',
  16: 'information reply',
  17: 'address mask request',
};
const PLAIN_6: Readonly<Record<number, string>> = {
  133: 'router solicitation',
  134: 'router advertisement',
};

/** @param at of the message. @param length of it, with what is not here. */
export function printIcmp(part: Part, at: number, length: number): string {
  const text = has(part, at, 2) ? icmpText(part, at) : undefined;
  return text === undefined ? cutIn('icmp') : `ICMP ${text}, length ${length}`;
}

/** @returns undefined when something that is to be printed is not here. */
function icmpText(part: Part, at: number): string | undefined {
  const [type, code] = [part.bytes[at], part.bytes[at + 1]];
  switch (type) {
    case 0:
    case 8:
      if (!has(part, at, HEADER_LENGTH)) return undefined;
      return `echo ${type === 0 ? 'reply' : 'request'}, id ${uint16(part, at + 4)}, seq ${uint16(part, at + 6)}`;
    case 3:
      return has(part, at, HEADER_LENGTH + IPV4_LENGTH) ? unreachable(part, at, code) : undefined;
    case 5: {
      if (!has(part, at, HEADER_LENGTH + IPV4_LENGTH)) return undefined;
      const [kind, of] = REDIRECTS[code] ?? [`redirect-#${code}`, 'net'];
      return `${kind} ${ipv4Text(part, at + HEADER_LENGTH + 16)} to ${of} ${ipv4Text(part, at + 4)}`;
    }
    case 11:
      if (!has(part, at, HEADER_LENGTH + IPV4_LENGTH)) return undefined;
      return ['time exceeded in-transit', 'ip reassembly time exceeded'][code] ?? `time exceeded-#${code}`;
    case 12:
      if (code !== 0) return `parameter problem - code ${code}`;
      return has(part, at, 5) ? `parameter problem - octet ${part.bytes[at + 4]}` : undefined;
    case 13:
      if (!has(part, at, HEADER_LENGTH)) return undefined;
      return `time stamp query id ${uint16(part, at + 4)} seq ${uint16(part, at + 6)}`;
    default:
      return PLAIN[type] ?? `type-#${type}`;
  }
}

function unreachable(part: Part, at: number, code: number): string | undefined {
  const inner = at + HEADER_LENGTH;
  const address = ipv4Text(part, inner + 16);
  const protocol = part.bytes[inner + 9];
  if (code === 2) return `${address} protocol ${protocol} unreachable`;
  if (code === 3) {
    const transport = inner + (part.bytes[inner] & 0xf) * 4;
    if (!has(part, transport, 4)) return undefined;
    return `${address} ${protocolName(protocol)} port ${uint16(part, transport + 2)} unreachable`;
  }
  if (code === 4) {
    const mtu = uint16(part, at + 6);
    return `${address} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`;
  }
  const [before, after] = UNREACHABLE[code] ?? ['', ` unreachable - #${code}`];
  return `${before}${address}${after}`;
}

function protocolName(protocol: number): string {
  if (protocol === PROTOCOL_TCP) return 'tcp';
  return protocol === PROTOCOL_UDP ? 'udp' : `protocol ${protocol}`;
}

/** @param at of the message. @param length of it, with what is not here. */
export function printIcmpv6(part: Part, at: number, length: number): string {
  if (!has(part, at, 1)) return cutIn('icmp6');
  const { text, isWhole } = icmpv6Text(part, at);
  return `ICMP6, ${text}${isWhole ? `, length ${length}` : cutIn('icmp6')}`;
}

interface Printed {
  readonly text: string;
  /** False: what follows in the message is not here. */
  readonly isWhole: boolean;
}

function icmpv6Text(part: Part, at: number): Printed {
  const type = part.bytes[at];
  const code = has(part, at, 2) ? part.bytes[at + 1] : 0;
  const inner = at + HEADER_LENGTH;
  /** The text, if so many bytes are here; else how it begins. */
  const needing = (count: number, name: string, rest: () => string): Printed =>
    has(part, at, count) ? { text: `${name}${rest()}`, isWhole: true } : { text: name, isWhole: false };
  switch (type) {
    case 1:
      return unreachable6(part, at, code);
    case 2:
      return needing(HEADER_LENGTH, 'packet too big', () => `, mtu ${uint32(part, at + 4)}`);
    case 3:
      if (code === 1) return { text: 'time exceeded in-transit (reassembly)', isWhole: true };
      return code > 1
        ? { text: `time exceeded, unknown code (${code})`, isWhole: true }
        : needing(
            HEADER_LENGTH + IPV6_LENGTH,
            'time exceeded in-transit',
            () => ` for ${ipv6Text(part, inner + 24)}`,
          );
    case 4:
      return needing(HEADER_LENGTH, 'parameter problem', () => {
        const what = ['erroneous', 'next header', 'option'][code] ?? `code-#${code}`;
        return `, ${what} - octet ${uint32(part, at + 4)}`;
      });
    case 128:
    case 129:
      return needing(HEADER_LENGTH, type === 128 ? 'echo request' : 'echo reply', () => {
        return `, id ${uint16(part, at + 4)}, seq ${uint16(part, at + 6)}`;
      });
    case 135:
      return needing(inner + 16 - at, 'neighbor solicitation', () => `, who has ${ipv6Text(part, inner)}`);
    case 136:
      return needing(inner + 16 - at, 'neighbor advertisement', () => `, tgt is ${ipv6Text(part, inner)}`);
    default:
      return { text: PLAIN_6[type] ?? `type-#${type}`, isWhole: true };
  }
}

/** Codes of "destination unreachable" of ICMPv6, in front of the address. */
const UNREACHABLE_6: readonly string[] = [
  ...[' unreachable route', '  unreachable prohibited', ' beyond scope', ' unreachable address'],
  ' unreachable port,',
];
const BEYOND_SCOPE = 2;
const PORT_UNREACHABLE_6 = 4;

function unreachable6(part: Part, at: number, code: number): Printed {
  const text = `destination unreachable,${UNREACHABLE_6[code] ?? ` unknown unreach code (${code})`}`;
  const inner = at + HEADER_LENGTH;
  if (code >= UNREACHABLE_6.length) return { text, isWhole: true };
  if (!has(part, inner, IPV6_LENGTH)) return { text, isWhole: false };
  const named = `${text} ${ipv6Text(part, inner + 24)}`;
  if (code === BEYOND_SCOPE) {
    return { text: `${named}, source address ${ipv6Text(part, inner + 8)}`, isWhole: true };
  }
  const protocol = part.bytes[inner + 6];
  const isKnown = protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;
  if (code !== PORT_UNREACHABLE_6 || !isKnown) return { text: named, isWhole: true };
  if (!has(part, inner + IPV6_LENGTH, 4)) return { text: named, isWhole: false };
  const port = uint16(part, inner + IPV6_LENGTH + 2);
  return { text: `${named} ${protocolName(protocol)} port ${port}`, isWhole: true };
}
