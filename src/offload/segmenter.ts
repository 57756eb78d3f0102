/**
 * GSO frames: frames that the kernel hands on in one piece, for the network card to send as several segments. Here each
 * segment gets the headers that it would have had on the wire. Its payload is not moved.
 *
 *     GSO frame     [ headers | payload 0 | payload 1 | rest ]
 *     segments      [ headers'| payload 0 ]  [ headers'| payload 1 ]  [ headers'| rest ]
 *
 * As the kernel does it in software (net/ipv4/tcp_offload.c, udp_offload.c, af_inet.c; net/ipv6/ip6_offload.c):
 * lengths, checksums, IPv4 identifications that count up, TCP sequence numbers, CWR on the first only, PSH and FIN on
 * the last only. A jumbo payload header, in which a host keeps the length of a GSO frame above 64 KiB (BIG TCP), is
 * left out: it never gets to a wire.
 */
import { type Decoded, FRAGMENT_NONE, KIND_IPV4, KIND_IPV6 } from '../decode/decoded.js';
import { onesSum, wordSum } from '../wire/checksum.js';
import { readUint16, writeUint16 } from '../wire/integers.js';
import { IPV4_SOURCE, ipv4Identification, setIpv4Datagram } from '../wire/ipv4.js';
import { IPV6_HEADER_LENGTH, IPV6_NEXT_HEADER, IPV6_PAYLOAD_LENGTH, IPV6_SOURCE } from '../wire/ipv6.js';
import { hasJumboPayload, IPV6_JUMBO_HEADER_LENGTH } from '../wire/ipv6-extension.js';
import {
  setTcpSegment,
  TCP_CHECKSUM,
  TCP_CWR,
  TCP_FIN,
  TCP_FLAGS,
  TCP_HEADER_LENGTH,
  TCP_PUSH,
  tcpHeaderLength,
  tcpSequence,
} from '../wire/tcp.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';
import { setUdpLength, UDP_CHECKSUM, UDP_HEADER_LENGTH } from '../wire/udp.js';
import { GSO_ECN, GSO_TCP_IPV4, GSO_TCP_IPV6, GSO_UDP } from '../wire/virtio-net.js';

/** Bytes for Ethernet, three VLAN tags, IPv6 with some extension headers, and TCP with all options. */
const LONGEST_HEADERS = 192;

/**
 * Most segments of one frame. 512 KiB (BIG TCP) in segments of 536 bytes are 978; a frame with more is forged, and would
 * keep the engine from all other sources.
 */
const MAXIMUM_SEGMENTS = 1024;
/** Shorter segments come from UDP_SEGMENT alone, at most 128 a frame (UDP_MAX_SEGMENTS): TCP_MIN_SND_MSS is 48. */
const SHORT_SEGMENT_BYTES = 48;
const MAXIMUM_SHORT_SEGMENTS = 128;

const IPV4_ADDRESSES_LENGTH = 8;
const IPV6_ADDRESSES_LENGTH = 32;

/** The members of `Frame` that describe a GSO frame. */
export interface GsoFrame {
  readonly bytes: Uint8Array;
  readonly words: Int32Array | undefined;
  readonly offset: number;
  readonly capturedLength: number;
  readonly wireLength: number;
  readonly gsoType: number;
  readonly gsoSize: number;
  readonly checksumStart: number;
}

/** Segments one GSO frame at a time: `begin`, then `writeHeader` for each segment, in any order. Allocates nothing. */
export class Segmenter {
  /** The headers of the segment that was written last: `headerLength` bytes. */
  readonly header = new Uint8Array(LONGEST_HEADERS);
  /** Bytes of headers, the same for all segments. */
  headerLength = 0;
  /** Where the GSO frame's payload begins, from its first byte. */
  payloadOffset = 0;
  /** Number of segments. */
  count = 0;
  readonly #template = new Uint8Array(LONGEST_HEADERS);
  #payloadLength = 0;
  #gsoSize = 0;
  #network = 0;
  #transport = 0;
  #isIpv4 = false;
  #isTcp = false;
  #identification = 0;
  #sequence = 0;
  /** Sum of the pseudo-header without its length. */
  #pseudoSum = 0;
  #bytes: Uint8Array;
  #words: Int32Array | undefined;

  constructor() {
    this.#bytes = this.#template;
  }

  /**
   * Prepares the segments of a GSO frame.
   * @returns false for a frame whose segments are not certain, which is then sent as it is: a frame in a tunnel, a frame
   *   whose protocol is not that of its GSO type, a frame whose headers are cut, or one of more segments than hosts make.
   */
  begin(frame: GsoFrame, decoded: Decoded): boolean {
    const gsoType = frame.gsoType & ~GSO_ECN;
    const transport = decoded.transportOffset;
    if (!isOfType(decoded, gsoType)) return false;
    const isTcp = decoded.protocol === PROTOCOL_TCP;
    // A checksum to complete that lies deeper belongs to a packet in a tunnel. A TCP frame that a network card put
    // together (LRO) has no checksum to complete; it is in no tunnel when its own protocol is TCP.
    const isWhole = isTcp && frame.checksumStart === 0;
    if (frame.checksumStart !== transport && !isWhole) return false;
    const shortest = transport + (isTcp ? TCP_HEADER_LENGTH : UDP_HEADER_LENGTH);
    if (shortest > frame.capturedLength) return false;
    const payloadOffset = isTcp
      ? transport + tcpHeaderLength(frame.bytes, frame.offset + transport)
      : transport + UDP_HEADER_LENGTH;
    const fits =
      payloadOffset >= shortest && payloadOffset <= LONGEST_HEADERS && payloadOffset <= frame.capturedLength;
    if (!fits || frame.gsoSize === 0 || frame.wireLength <= payloadOffset) return false;
    const count = Math.ceil((frame.wireLength - payloadOffset) / frame.gsoSize);
    if (count > (frame.gsoSize < SHORT_SEGMENT_BYTES ? MAXIMUM_SHORT_SEGMENTS : MAXIMUM_SEGMENTS))
      return false;
    this.#bytes = frame.bytes;
    this.#words = frame.words;
    this.#network = decoded.networkOffset;
    this.#isIpv4 = decoded.kind === KIND_IPV4;
    this.#isTcp = isTcp;
    this.payloadOffset = payloadOffset;
    const removedBytes = this.#copyHeaders(frame);
    this.headerLength = payloadOffset - removedBytes;
    this.#transport = transport - removedBytes;
    this.#payloadLength = frame.wireLength - payloadOffset;
    this.#gsoSize = frame.gsoSize;
    this.count = count;
    this.#prepare();
    return true;
  }

  /** Where the payload of a segment begins in the payload of the GSO frame. */
  payloadStart(index: number): number {
    return index * this.#gsoSize;
  }

  /** Bytes of payload that a segment has on the wire. */
  payloadLength(index: number): number {
    return Math.min(this.#gsoSize, this.#payloadLength - this.payloadStart(index));
  }

  /**
   * Writes the headers of a segment to `header`.
   * @param payload index of its payload in the frame's bytes.
   * @param whole true: computes the checksum. False, for a truncated copy: keeps the GSO frame's.
   */
  writeHeader(index: number, payload: number, whole: boolean): void {
    const { header } = this;
    const length = this.payloadLength(index);
    const datagram = this.headerLength - this.#network + length;
    if (this.#isIpv4) {
      const identification = (this.#identification + index) & 0xffff;
      setIpv4Datagram(header, this.#network, this.#transport - this.#network, datagram, identification);
    } else {
      writeUint16(header, this.#network + IPV6_PAYLOAD_LENGTH, datagram - IPV6_HEADER_LENGTH);
    }
    if (this.#isTcp) this.#writeTcp(index);
    else setUdpLength(header, this.#transport, UDP_HEADER_LENGTH + length);
    const at = this.#transport + (this.#isTcp ? TCP_CHECKSUM : UDP_CHECKSUM);
    writeUint16(header, at, whole ? 0 : readUint16(this.#template, at));
    if (whole) writeUint16(header, at, this.#checksum(payload, length));
  }

  /** Copies the headers without a jumbo payload header. @returns the length of that header, or 0. */
  #copyHeaders({ bytes, offset }: GsoFrame): number {
    const network = this.#network;
    const isJumbo = !this.#isIpv4 && hasJumboPayload(bytes, offset + network);
    const removedBytes = isJumbo ? IPV6_JUMBO_HEADER_LENGTH : 0;
    const behind = network + IPV6_HEADER_LENGTH;
    for (let index = 0; index < this.payloadOffset - removedBytes; index++) {
      const byte = bytes[offset + (index < behind ? index : index + removedBytes)];
      this.#template[index] = byte;
      this.header[index] = byte;
    }
    if (isJumbo) this.header[network + IPV6_NEXT_HEADER] = bytes[offset + behind];
    return removedBytes;
  }

  #prepare(): void {
    const template = this.#template;
    const network = this.#network;
    const protocol = this.#isTcp ? PROTOCOL_TCP : PROTOCOL_UDP;
    this.#pseudoSum = this.#isIpv4
      ? onesSum(template, network + IPV4_SOURCE, IPV4_ADDRESSES_LENGTH, protocol)
      : onesSum(template, network + IPV6_SOURCE, IPV6_ADDRESSES_LENGTH, protocol);
    this.#identification = this.#isIpv4 ? ipv4Identification(template, network) : 0;
    this.#sequence = this.#isTcp ? tcpSequence(template, this.#transport) : 0;
  }

  #writeTcp(index: number): void {
    const { header } = this;
    const flags = this.#transport + TCP_FLAGS;
    header[flags] = this.#template[flags];
    const isLast = index === this.count - 1;
    const without = (index === 0 ? 0 : TCP_CWR) | (isLast ? 0 : TCP_FIN | TCP_PUSH);
    setTcpSegment(header, this.#transport, (this.#sequence + this.payloadStart(index)) | 0, without);
  }

  /** @param length of the payload. */
  #checksum(payload: number, length: number): number {
    const headerLength = this.headerLength - this.#transport;
    const initial = this.#pseudoSum + headerLength + length;
    const start = onesSum(this.header, this.#transport, headerLength, initial);
    const words = this.#words;
    const sum =
      words === undefined
        ? onesSum(this.#bytes, payload, length, start)
        : wordSum(this.#bytes, words, payload, length, start);
    const checksum = ~sum & 0xffff;
    // In UDP, zero means that there is no checksum (RFC 768).
    return checksum === 0 && !this.#isTcp ? 0xffff : checksum;
  }
}

function isOfType(decoded: Decoded, gsoType: number): boolean {
  if (decoded.fragment !== FRAGMENT_NONE || !decoded.hasPorts) return false;
  if (gsoType === GSO_TCP_IPV4) return decoded.kind === KIND_IPV4 && decoded.protocol === PROTOCOL_TCP;
  if (gsoType === GSO_TCP_IPV6) return decoded.kind === KIND_IPV6 && decoded.protocol === PROTOCOL_TCP;
  return gsoType === GSO_UDP && decoded.protocol === PROTOCOL_UDP && decoded.kind >= KIND_IPV4;
}
