/**
 * Outer headers over IPv6 (RFC 8200), from a template. The UDP checksum covers the frame, so the frame must be behind
 * the headers when they are written. A tunnel may leave the checksum out (RFC 6935), but not all receivers accept that.
 */
import type { CopyOptions } from '../plan/mirror-plan.js';
import { addressBytes } from '../wire/address.js';
import { emitIpv6, IPV6_HEADER_LENGTH, ipv6PseudoHeaderSum, setIpv6Payload } from '../wire/ipv6.js';
import {
  emitIpv6Fragment,
  IPV6_FRAGMENT_HEADER_LENGTH,
  NEXT_HEADER_FRAGMENT,
} from '../wire/ipv6-extension.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { setUdpChecksum } from '../wire/udp.js';
import type { Encapsulation } from './encapsulation.js';
import type { OuterHeader } from './outer-header.js';
import type { TunnelHeader } from './tunnel-header.js';

/** The greatest. A forwarded packet has less, so this marks our own copies. */
const HOP_LIMIT = 255;

/** Outer headers over IPv6. */
export class Ipv6OuterHeader implements OuterHeader {
  readonly length: number;
  readonly ipLength = IPV6_HEADER_LENGTH;
  readonly fragmentHeaderLength = IPV6_HEADER_LENGTH + IPV6_FRAGMENT_HEADER_LENGTH;
  readonly #template = new Uint8Array(IPV6_HEADER_LENGTH);
  readonly #protocol: number;
  readonly #overhead: number;
  /** Random at the start, since a receiver may still wait for fragments of packets from an earlier run. */
  #identification = (Math.random() * 2 ** 32) | 0;

  /** @param source outer source address, checked when the plan was made. @param target likewise. */
  constructor({ protocol, overhead }: Encapsulation, source: string, target: string, { dscp }: CopyOptions) {
    this.length = IPV6_HEADER_LENGTH + overhead;
    this.#protocol = protocol;
    this.#overhead = overhead;
    emitIpv6(this.#template, 0, {
      payloadLength: overhead,
      nextHeader: protocol,
      dscp,
      hopLimit: HOP_LIMIT,
      source: addressBytes(source),
      destination: addressBytes(target),
    });
  }

  nextIdentification(): number {
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
    const protocol = this.#protocol;
    const length = this.#overhead + innerLength;
    const udp = offset + IPV6_HEADER_LENGTH;
    this.#copyTemplate(bytes, offset);
    setIpv6Payload(bytes, offset, length, protocol);
    tunnel.writeTo(bytes, udp, innerLength, sourcePort);
    if (protocol !== PROTOCOL_UDP) return;
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
    emitIpv6Fragment(bytes, extension, this.#protocol, fragmentOffset, more, identification);
  }

  #copyTemplate(bytes: Uint8Array, offset: number): void {
    const template = this.#template;
    for (let index = 0; index < IPV6_HEADER_LENGTH; index++) bytes[offset + index] = template[index];
  }
}
