/**
 * The outer headers of a copy, for the ways out on which the kernel does not write the IP header: in front of a
 * frame, and in front of each fragment of a packet that is too long for the way.
 *
 *      0                20      28       36              0                40      48       56
 *     +----------------+-------+--------+----------     +----------------+-------+--------+----------
 *     | IPv4           | UDP   | VXLAN  | frame ...     | IPv6           | UDP   | VXLAN  | frame ...
 *     +----------------+-------+--------+----------     +----------------+-------+--------+----------
 */
import type { TunnelHeader } from './tunnel-header.js';

/** One per pair of source and target address. */
export interface OuterHeader {
  /** Bytes of IP, UDP and VXLAN headers. */
  readonly length: number;
  /** Bytes of the IP header. */
  readonly ipLength: number;
  /** Bytes of the headers of a fragment. */
  readonly fragmentHeaderLength: number;
  /** The identification of the next packet that is to be fragmented here. */
  identify(): number;
  /** Writes all headers in front of a frame that already stands behind them. @param innerLength its bytes. */
  writeTo(
    bytes: Uint8Array,
    offset: number,
    innerLength: number,
    tunnel: TunnelHeader,
    sourcePort: number,
  ): void;
  /**
   * Writes the headers of one fragment in front of its payload.
   * @param offset of the headers. @param payloadLength bytes of the payload.
   * @param fragmentOffset of the payload, counted from the UDP header; a multiple of 8.
   * @param more fragments follow. @param identification the same for all fragments of a packet.
   */
  writeFragmentTo(
    bytes: Uint8Array,
    offset: number,
    payloadLength: number,
    fragmentOffset: number,
    more: boolean,
    identification: number,
  ): void;
}
