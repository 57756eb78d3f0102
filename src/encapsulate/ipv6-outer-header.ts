/**
 * Outer headers over IPv6 (RFC 8200), from a template. The UDP checksum covers the frame, so the frame must
 * stand behind the headers when they are written: tunnels may leave it out (RFC 6935), receivers may not take it.
 */
import { addressBytes } from '../wire/address.js';
import { emitIpv6, IPV6_HEADER_LENGTH, ipv6PseudoHeaderSum, setIpv6Payload } from '../wire/ipv6.js';
import {
  emitIpv6Fragment,
  IPV6_FRAGMENT_HEADER_LENGTH,
  NEXT_HEADER_FRAGMENT,
} from '../wire/ipv6-extension.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { setUdpChecksum } from '../wire/udp.js';
import type { OuterHeader } from './outer-header.js';
import { IPV6_OVERHEAD } from './outer-size.js';
import { type TunnelHeader, UDP_AND_VXLAN_BYTES } from './tunnel-header.js';

/** The largest: a copy is told from a forwarded packet by it. */
const HOP_LIMIT = 255;

export class Ipv6OuterHeader implements OuterHeader {
  readonly length = IPV6_OVERHEAD;
  readonly ipLength = IPV6_HEADER_LENGTH;
  readonly fragmentHeaderLength = IPV6_HEADER_LENGTH + IPV6_FRAGMENT_HEADER_LENGTH;
  readonly #template = new Uint8Array(IPV6_HEADER_LENGTH);

  /** Not the same at every start: a receiver may still wait for the rest of an earlier packet. */
  #identification = (Math.random() * 2 ** 32) | 0;

  /** @param source outer source address, checked by whoever made the plan. @param target likewise. */
  constructor(source: string, target: string) {
    emitIpv6(this.#template, 0, {
      payloadLength: UDP_AND_VXLAN_BYTES,
      nextHeader: PROTOCOL_UDP,
      hopLimit: HOP_LIMIT,
      source: addressBytes(source),
      destination: addressBytes(target),
    });
  }

  identify(): number {
    this.#identification = (this.#identification + 1) | 0;
    return this.#identification;
  }

  writeTo(
    bytes: Uint8Array,
    offset: number,
    innerLength: number,
    tunnel: TunnelHeader,
    sourcePort: number,
  ): void {
    const length = UDP_AND_VXLAN_BYTES + innerLength;
    const udp = offset + IPV6_HEADER_LENGTH;
    this.#copyTemplate(bytes, offset);
    setIpv6Payload(bytes, offset, length, PROTOCOL_UDP);
    tunnel.writeTo(bytes, udp, innerLength, sourcePort);
    setUdpChecksum(bytes, udp, length, ipv6PseudoHeaderSum(bytes, offset, length, PROTOCOL_UDP));
  }

  writeFragmentTo(
    bytes: Uint8Array,
    offset: number,
    payloadLength: number,
    fragmentOffset: number,
    more: boolean,
    identification: number,
  ): void {
    this.#copyTemplate(bytes, offset);
    setIpv6Payload(bytes, offset, IPV6_FRAGMENT_HEADER_LENGTH + payloadLength, NEXT_HEADER_FRAGMENT);
    const extension = offset + IPV6_HEADER_LENGTH;
    emitIpv6Fragment(bytes, extension, PROTOCOL_UDP, fragmentOffset, more, identification);
  }

  #copyTemplate(bytes: Uint8Array, offset: number): void {
    const template = this.#template;
    for (let index = 0; index < IPV6_HEADER_LENGTH; index++) bytes[offset + index] = template[index];
  }
}
