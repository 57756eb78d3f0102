/**
 * What the data path knows of one frame. One object is reused for every frame: `decode` always sets `kind`, and the
 * fields that are valid for this kind. The others keep values of an earlier frame.
 *
 * Addresses are int32 (`| 0`), which V8 keeps without a heap object; it would allocate one for each uint32 above 2^31.
 * Compare them with `=== (x | 0)` or after a mask.
 */

/** Neither IP nor ARP: never matches. */
export const KIND_OTHER = 0;
export const KIND_ARP = 1;
/** A link, VLAN or IP header is cut or malformed. */
export const KIND_UNPARSABLE = 2;
export const KIND_IPV4 = 4;
export const KIND_IPV6 = 6;

/** The whole datagram, IPv6 atomic fragments included. */
export const FRAGMENT_NONE = 0;
/** The first fragment: offset 0, and more follow. */
export const FRAGMENT_FIRST = 1;
/** A later fragment, which has no transport header. */
export const FRAGMENT_LATER = 2;

/** The fields of one frame. */
export class Decoded {
  /** One of KIND_*; the fields below are valid for KIND_IPV4 and KIND_IPV6 only. */
  kind: number = KIND_OTHER;
  /** Offset of the IP header in the frame. */
  networkOffset = 0;
  /** Offset of the upper-layer header in the frame; for a later fragment, of its payload. */
  transportOffset = 0;
  /** Upper-layer protocol; over IPv6 that behind the extension headers. */
  protocol = 0;
  /** The protocol for the flow hash. For an IPv6 fragment the fragment header's next header, which all fragments have. */
  flowProtocol = 0;
  /** One of FRAGMENT_*. */
  fragment: number = FRAGMENT_NONE;
  /** True for TCP and UDP if the ports are in the frame; not for later fragments. */
  hasPorts = false;
  /** Valid with `hasPorts`. */
  sourcePort = 0;
  destinationPort = 0;
  /** Identifier of an ICMP or ICMPv6 echo, the same in request and reply; 0 for all else. */
  echoIdentifier = 0;
  /** IPv4 addresses are in word 0; the other words are then 0. */
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
}
