/** A datagram to the frame in it: VXLAN and GENEVE. What a sender writes is checked here, and nowhere else. */
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.js';
import {
  ETHERTYPE_BRIDGED_ETHERNET,
  GENEVE_HEADER_LENGTH,
  GENEVE_OPTION_HEADER_LENGTH,
  GENEVE_PORT,
  GENEVE_VERSION,
  geneveOptionClass,
  geneveOptionLength,
  geneveOptionsLength,
  geneveOptionType,
  geneveProtocol,
  geneveVersion,
  geneveVni,
  hasGeneveCritical,
  isGeneveControl,
  isGeneveOptionCritical,
  MIRROR_OPTION_CAPTURE_TIME,
  MIRROR_OPTION_CLASS,
  MIRROR_OPTION_DIRECTION,
  MIRROR_OPTION_ORIGINAL_LENGTH,
} from '../wire/geneve.js';
import { readInt32 } from '../wire/integers.js';
import { isVxlan, VXLAN_HEADER_LENGTH, VXLAN_PORT, vxlanHasEthernet, vxlanVni } from '../wire/vxlan.js';
import { REJECT } from './reject-reason.js';

/** The result of a datagram that carries a frame; others are an index in `REJECT_REASONS`. */
export const ACCEPTED = -1;

/** Way of a frame through its source, where the sender tells. */
const DIRECTION_UNKNOWN = 0;
const DIRECTION_INGRESS = 1;
const DIRECTION_EGRESS = 2;

/** The frame of a datagram, and what came with it. One object is used again and again. */
export class Inner {
  vni = 0;
  /** Index of the frame, a multiple of 4 where that of the datagram is. */
  offset = 0;
  length = 0;
  /** Bytes that the frame had before it was cut; at least `length`. */
  originalLength = 0;
  direction = DIRECTION_UNKNOWN;
  /** The sender tells when it captured the frame: nanoseconds since 1970, as two int32. */
  hasCaptureTime = false;
  captureTimeHigh = 0;
  captureTimeLow = 0;

  reset(vni: number, offset: number, length: number): void {
    this.vni = vni;
    this.offset = offset;
    this.length = length;
    this.originalLength = length;
    this.direction = DIRECTION_UNKNOWN;
    this.hasCaptureTime = false;
  }
}

/** Reads a datagram from `start` to `end`. @returns ACCEPTED, or an index in `REJECT_REASONS` */
type Decapsulate = (bytes: Uint8Array, start: number, end: number, inner: Inner) => number;

/** An encapsulation that can be received. */
export interface ReceivedProtocol {
  readonly name: ReceivedProtocolName;
  readonly port: number;
  readonly read: Decapsulate;
}

/** In the order in which they are listened for. */
export const PROTOCOL_NAMES = ['vxlan', 'geneve'] as const;

export type ReceivedProtocolName = (typeof PROTOCOL_NAMES)[number];

export const PROTOCOLS = {
  vxlan: { name: 'vxlan', port: VXLAN_PORT, read: readVxlan },
  geneve: { name: 'geneve', port: GENEVE_PORT, read: readGeneve },
} as const satisfies Record<ReceivedProtocolName, ReceivedProtocol>;

function readVxlan(bytes: Uint8Array, start: number, end: number, inner: Inner): number {
  const frame = start + VXLAN_HEADER_LENGTH;
  if (frame > end) return REJECT.short;
  if (!isVxlan(bytes, start)) return REJECT.flags;
  if (!vxlanHasEthernet(bytes, start)) return REJECT['not-ethernet'];
  if (end - frame < ETHERNET_HEADER_LENGTH) return REJECT['inner-short'];
  inner.reset(vxlanVni(bytes, start), frame, end - frame);
  return ACCEPTED;
}

function readGeneve(bytes: Uint8Array, start: number, end: number, inner: Inner): number {
  const options = start + GENEVE_HEADER_LENGTH;
  if (options > end) return REJECT.short;
  if (geneveVersion(bytes, start) !== GENEVE_VERSION) return REJECT.version;
  const frame = options + geneveOptionsLength(bytes, start);
  if (frame > end) return REJECT.options;
  if (isGeneveControl(bytes, start)) return REJECT.control;
  if (geneveProtocol(bytes, start) !== ETHERTYPE_BRIDGED_ETHERNET) return REJECT['not-ethernet'];
  if (end - frame < ETHERNET_HEADER_LENGTH) return REJECT['inner-short'];
  inner.reset(geneveVni(bytes, start), frame, end - frame);
  return readOptions(bytes, options, frame, hasGeneveCritical(bytes, start), inner);
}

/** Takes our own options, passes over others, and refuses what it would have to know (RFC 8926 §3.5). */
function readOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  hasCritical: boolean,
  inner: Inner,
): number {
  for (let at = start; at < end; ) {
    const data = at + GENEVE_OPTION_HEADER_LENGTH;
    if (data > end) return REJECT.options;
    const length = geneveOptionLength(bytes, at);
    if (data + length > end) return REJECT.options;
    if (geneveOptionClass(bytes, at) === MIRROR_OPTION_CLASS && !isGeneveOptionCritical(bytes, at)) {
      takeOption(bytes, geneveOptionType(bytes, at), data, length, inner);
    } else if (hasCritical && isGeneveOptionCritical(bytes, at)) return REJECT['critical-option'];
    at = data + length;
  }
  return ACCEPTED;
}

/** An option whose length or value is none that is known changes nothing. */
function takeOption(bytes: Uint8Array, type: number, at: number, length: number, inner: Inner): void {
  if (type === MIRROR_OPTION_CAPTURE_TIME && length === 8) {
    inner.hasCaptureTime = true;
    inner.captureTimeHigh = readInt32(bytes, at);
    inner.captureTimeLow = readInt32(bytes, at + 4);
  } else if (type === MIRROR_OPTION_DIRECTION && length === 4) {
    const direction = readInt32(bytes, at);
    if (direction === 0) inner.direction = DIRECTION_INGRESS;
    if (direction === 1) inner.direction = DIRECTION_EGRESS;
  } else if (type === MIRROR_OPTION_ORIGINAL_LENGTH && length === 4) {
    inner.originalLength = Math.max(inner.length, readInt32(bytes, at));
  }
}
