/**
 * The outer headers of a copy where the kernel does not write the IP header: in front of a frame, and in front of each
 * fragment of a packet that is too long for the path MTU. With VXLAN:
 *
 *      0                20      28       36              0                40      48       56
 *     +----------------+-------+--------+----------     +----------------+-------+--------+----------
 *     | IPv4           | UDP   | VXLAN  | frame ...     | IPv6           | UDP   | VXLAN  | frame ...
 *     +----------------+-------+--------+----------     +----------------+-------+--------+----------
 */
import type { TunnelHeader } from './tunnel-header.js';

/** One per encapsulation and pair of addresses. */
export interface OuterHeader {
  /** Bytes of the IP header and those of the encapsulation. */
  readonly length: number;
  /** Bytes of the IP header. */
  readonly ipLength: number;
  /** Bytes in front of the payload of a fragment. */
  readonly fragmentHeaderLength: number;
  /** A new identification, for the fragments of one packet. */
  identify(): number;
  /**
   * Writes all headers in front of a frame, which must stand behind them already.
   * @param tunnel of this encapsulation. @param innerLength bytes of the frame.
   */
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
   * @param fragmentOffset of the payload, from the first byte behind the IP header; a multiple of 8.
   * @param more further fragments follow. @param identification the same for all fragments of a packet.
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
