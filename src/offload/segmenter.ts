/**
 * Super-frames: what the kernel hands on in one piece, and a network card would have sent as many. Here each of
 * these gets the headers it would have had on the wire; the payload stays where it is.
 *
 *     super-frame   [ headers | payload 0 | payload 1 | rest ]
 *     segments      [ headers'| payload 0 ]  [ headers'| payload 1 ]  [ headers'| rest ]
 *
 * As the kernel does it in software (net/ipv4/tcp_offload.c, udp_offload.c, af_inet.c; net/ipv6/ip6_offload.c):
 * lengths, checksums, IPv4 identifications that count up, TCP sequence numbers, CWR on the first only, PSH and FIN on
 * the last only. A jumbo payload header, by which a host tells itself how long a super-frame above 64 KiB is (BIG TCP),
 * is left out: it never gets to a wire.
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
import { SEGMENTS_ECN, SEGMENTS_TCP_IPV4, SEGMENTS_TCP_IPV6, SEGMENTS_UDP } from '../wire/virtio-net.js';

/** Ethernet, three VLAN tags, IPv6 with some extension headers, TCP with all options. */
const LONGEST_HEADERS = 192;

const IPV4_ADDRESSES_LENGTH = 8;
const IPV6_ADDRESSES_LENGTH = 32;

/** A super-frame, as `Frame` describes it. */
export interface SuperFrame {
  readonly bytes: Uint8Array;
  readonly words: Int32Array | undefined;
  readonly offset: number;
  readonly capturedLength: number;
  readonly wireLength: number;
  readonly segments: number;
  readonly segmentPayload: number;
  readonly checksumStart: number;
}

/** One at a time: `begin`, then `writeHead` for each segment in any order. Nothing is allocated. */
export class Segmenter {
  /** The headers of the segment written last, `headLength` bytes. */
  readonly head = new Uint8Array(LONGEST_HEADERS);
  /** Bytes of headers, the same for all segments. */
  headLength = 0;
  /** Where the super-frame's payload begins, from its first byte. */
  payloadOffset = 0;
  /** How many segments. */
  count = 0;
  readonly #template = new Uint8Array(LONGEST_HEADERS);
  #payloadLength = 0;
  #segmentPayload = 0;
  #network = 0;
  #transport = 0;
  #isIpv4 = false;
  #isTcp = false;
  #identification = 0;
  #sequence = 0;
  /** Of the pseudo-header without its length. */
  #pseudoSum = 0;
  #bytes: Uint8Array;
  #words: Int32Array | undefined;

  constructor() {
    this.#bytes = this.#template;
  }

  /**
   * @returns false for a frame whose segments are not known for sure: one in a tunnel, one of another protocol than
   *   its kind says, one whose headers are cut. It is to be passed on as it is.
   */
  begin(frame: SuperFrame, decoded: Decoded): boolean {
    const kind = frame.segments & ~SEGMENTS_ECN;
    const transport = decoded.transportOffset;
    if (!isKind(kind, decoded)) return false;
    const isTcp = decoded.protocol === PROTOCOL_TCP;
    // Where the checksum to complete lies deeper, the segments are an inner packet's. One that a network card put
    // together (LRO) has none to complete; a kind of TCP whose headers are TCP's can be no tunnel's.
    const isWhole = isTcp && frame.checksumStart === 0;
    if (frame.checksumStart !== transport && !isWhole) return false;
    const shortest = transport + (isTcp ? TCP_HEADER_LENGTH : UDP_HEADER_LENGTH);
    if (shortest > frame.capturedLength) return false;
    const payloadOffset = isTcp
      ? transport + tcpHeaderLength(frame.bytes, frame.offset + transport)
      : transport + UDP_HEADER_LENGTH;
    const fits =
      payloadOffset >= shortest && payloadOffset <= LONGEST_HEADERS && payloadOffset <= frame.capturedLength;
    if (!fits || frame.segmentPayload === 0 || frame.wireLength <= payloadOffset) return false;
    this.#bytes = frame.bytes;
    this.#words = frame.words;
    this.#network = decoded.networkOffset;
    this.#isIpv4 = decoded.kind === KIND_IPV4;
    this.#isTcp = isTcp;
    this.payloadOffset = payloadOffset;
    const leftOut = this.#copyHeaders(frame);
    this.headLength = payloadOffset - leftOut;
    this.#transport = transport - leftOut;
    this.#payloadLength = frame.wireLength - payloadOffset;
    this.#segmentPayload = frame.segmentPayload;
    this.count = Math.ceil(this.#payloadLength / frame.segmentPayload);
    this.#prepare();
    return true;
  }

  /** Where the payload of a segment begins, from the first byte behind the super-frame's headers. */
  payloadStart(index: number): number {
    return index * this.#segmentPayload;
  }

  /** Bytes of payload that a segment has on the wire. */
  payloadLength(index: number): number {
    return Math.min(this.#segmentPayload, this.#payloadLength - this.payloadStart(index));
  }

  /**
   * Writes the headers of a segment to `head`.
   * @param payload where its payload lies. @param whole completes the checksum; a truncated copy keeps what stands.
   */
  writeHead(index: number, payload: number, whole: boolean): void {
    const { head } = this;
    const length = this.payloadLength(index);
    const datagram = this.headLength - this.#network + length;
    if (this.#isIpv4) {
      const identification = (this.#identification + index) & 0xffff;
      setIpv4Datagram(head, this.#network, this.#transport - this.#network, datagram, identification);
    } else {
      writeUint16(head, this.#network + IPV6_PAYLOAD_LENGTH, datagram - IPV6_HEADER_LENGTH);
    }
    if (this.#isTcp) this.#writeTcp(index);
    else setUdpLength(head, this.#transport, UDP_HEADER_LENGTH + length);
    const at = this.#transport + (this.#isTcp ? TCP_CHECKSUM : UDP_CHECKSUM);
    writeUint16(head, at, whole ? 0 : readUint16(this.#template, at));
    if (whole) writeUint16(head, at, this.#checksum(payload, length));
  }

  /** @returns how many bytes behind the IPv6 header were left out. */
  #copyHeaders({ bytes, offset }: SuperFrame): number {
    const network = this.#network;
    const isJumbo = !this.#isIpv4 && hasJumboPayload(bytes, offset + network);
    const leftOut = isJumbo ? IPV6_JUMBO_HEADER_LENGTH : 0;
    const behind = network + IPV6_HEADER_LENGTH;
    for (let index = 0; index < this.payloadOffset - leftOut; index++) {
      const byte = bytes[offset + (index < behind ? index : index + leftOut)];
      this.#template[index] = byte;
      this.head[index] = byte;
    }
    if (isJumbo) this.head[network + IPV6_NEXT_HEADER] = bytes[offset + behind];
    return leftOut;
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
    const { head } = this;
    const flags = this.#transport + TCP_FLAGS;
    head[flags] = this.#template[flags];
    const isLast = index === this.count - 1;
    const without = (index === 0 ? 0 : TCP_CWR) | (isLast ? 0 : TCP_FIN | TCP_PUSH);
    setTcpSegment(head, this.#transport, (this.#sequence + this.payloadStart(index)) | 0, without);
  }

  /** @param length of the payload. */
  #checksum(payload: number, length: number): number {
    const headerLength = this.headLength - this.#transport;
    const initial = this.#pseudoSum + headerLength + length;
    const start = onesSum(this.head, this.#transport, headerLength, initial);
    const words = this.#words;
    const sum =
      words === undefined
        ? onesSum(this.#bytes, payload, length, start)
        : wordSum(this.#bytes, words, payload, length, start);
    const checksum = ~sum & 0xffff;
    // Zero would say that there is none (RFC 768).
    return checksum === 0 && !this.#isTcp ? 0xffff : checksum;
  }
}

function isKind(kind: number, decoded: Decoded): boolean {
  if (decoded.fragment !== FRAGMENT_NONE || !decoded.hasPorts) return false;
  if (kind === SEGMENTS_TCP_IPV4) return decoded.kind === KIND_IPV4 && decoded.protocol === PROTOCOL_TCP;
  if (kind === SEGMENTS_TCP_IPV6) return decoded.kind === KIND_IPV6 && decoded.protocol === PROTOCOL_TCP;
  return kind === SEGMENTS_UDP && decoded.protocol === PROTOCOL_UDP && decoded.kind >= KIND_IPV4;
}
