/**
 * What the data path knows of one frame. One object is reused for every frame: `decode` sets `kind` always,
 * and the fields that the kind makes valid; everything else is left over from an earlier frame.
 *
 * Addresses are int32 bit patterns (`| 0`), since V8 keeps every int32 without a heap object; a uint32 above
 * 2^31 would be boxed once per frame. Compare them with `=== (x | 0)` or after a mask.
 */

/** The frame is not IP and not ARP: it never matches. */
export const KIND_OTHER = 0;
export const KIND_ARP = 1;
/** Cut or malformed below the transport header: a link, VLAN or IP header that cannot be read. */
export const KIND_UNPARSABLE = 2;
export const KIND_IPV4 = 4;
export const KIND_IPV6 = 6;

/** The whole datagram, IPv6 atomic fragments included. */
export const FRAGMENT_NONE = 0;
/** Offset 0 and more to come. */
export const FRAGMENT_FIRST = 1;
/** Offset above 0: no transport header. */
export const FRAGMENT_LATER = 2;

export class Decoded {
  /** One of KIND_*; the fields below are valid for KIND_IPV4 and KIND_IPV6 only. */
  kind: number = KIND_OTHER;
  /** Where the IP header starts, from the frame's first byte. */
  networkOffset = 0;
  /** Where the upper-layer header starts (the payload of a later fragment), from the frame's first byte. */
  transportOffset = 0;
  /** Upper-layer protocol; over IPv6 the one after the extension headers that can be read. */
  protocol = 0;
  /**
   * The protocol for the flow hash: as `protocol`, but for an IPv6 fragment the fragment header's own next
   * header, which every fragment of a datagram carries alike.
   */
  flowProtocol = 0;
  /** One of FRAGMENT_*. */
  fragment: number = FRAGMENT_NONE;
  /** True for TCP and UDP whose first four bytes are in the frame, and which is not a later fragment. */
  hasPorts = false;
  /** Valid with `hasPorts`. */
  sourcePort = 0;
  destinationPort = 0;
  /** ICMP and ICMPv6 echo identifier, which both directions carry; 0 for other messages and protocols. */
  echoIdentifier = 0;
  /** IPv4 uses word 0 only; the others then hold 0. */
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
}
