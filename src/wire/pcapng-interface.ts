/**
 * Interface description blocks of pcapng: the link type of an interface's frames, and the unit in which their 64-bit
 * timestamps count.
 */
import type { CaptureRecord } from './capture-bytes.js';
import {
  INTERFACE_LINK_TYPE,
  INTERFACE_OPTIONS,
  INTERFACE_SNAPSHOT_LENGTH,
  OPTION_CODE,
  OPTION_END,
  OPTION_HEADER_LENGTH,
  OPTION_LENGTH,
  OPTION_TIMESTAMP_OFFSET,
  OPTION_TIMESTAMP_RESOLUTION,
  OPTION_VALUE,
} from './pcapng.js';
import type { PcapngBlock } from './pcapng-block.js';

/** `setTimestamp` is exact while remainder × 256 stays within 2^53: up to 2^45 or 10^13 units a second. */
const MAXIMUM_UNITS = 2 ** 45;

/** What an interface description block says. */
export interface PcapngInterface {
  readonly linkType: number;
  /** Bytes kept of a frame; 0: all. */
  readonly snapshotLength: number;
  /** Timestamps count such units. Microseconds where the file does not say. */
  unitsPerSecond: number;
  /** Seconds to add to every timestamp. */
  offsetSeconds: number;
}

/** @param block at the start of an interface description. @throws CaptureFormatError */
export function readInterface(block: PcapngBlock): PcapngInterface {
  block.need(INTERFACE_OPTIONS);
  const description: PcapngInterface = {
    linkType: block.uint16(INTERFACE_LINK_TYPE),
    snapshotLength: block.uint32(INTERFACE_SNAPSHOT_LENGTH),
    unitsPerSecond: 1e6,
    offsetSeconds: 0,
  };
  block.advance(INTERFACE_OPTIONS);
  while (block.has(OPTION_HEADER_LENGTH)) {
    block.need(OPTION_HEADER_LENGTH);
    const code = block.uint16(OPTION_CODE);
    const length = block.uint16(OPTION_LENGTH);
    if (code === OPTION_END) break;
    if (code === OPTION_TIMESTAMP_RESOLUTION && length === 1) description.unitsPerSecond = readUnits(block);
    if (code === OPTION_TIMESTAMP_OFFSET && length === 8) description.offsetSeconds = readOffset(block);
    block.advance(OPTION_HEADER_LENGTH + Math.ceil(length / 4) * 4);
  }
  return description;
}

/**
 * Units per second from if_tsresol (draft-ietf-opsawg-pcapng §4.2).
 * @returns undefined for a unit finer than any clock, 10^-14 or 2^-46 seconds.
 */
export function unitsPerSecond(resolution: number): number | undefined {
  const units = resolution >= 0x80 ? 2 ** (resolution - 0x80) : 10 ** resolution;
  return units <= MAXIMUM_UNITS ? units : undefined;
}

/**
 * Sets the seconds and nanoseconds of a record. A double does not hold 64 bits, so this is a long division by bytes,
 * of which a double holds each remainder exactly.
 * @param high upper 32 bits. @param low lower 32 bits. @param units per second.
 */
export function setTimestamp(record: CaptureRecord, high: number, low: number, units: number): void {
  let seconds = Math.floor(high / units);
  let remainder = high - seconds * units;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const dividend = remainder * 256 + ((low >>> shift) & 0xff);
    const quotient = Math.floor(dividend / units);
    seconds = seconds * 256 + quotient;
    remainder = dividend - quotient * units;
  }
  record.seconds = seconds;
  // Each form is exact in its range: 10^9 is 2^9 × 5^9, and a remainder below 2^32 times 5^9 fits in 53 bits.
  record.nanoseconds =
    units <= 2 ** 32 ? Math.floor((remainder * 1e9) / units) : Math.floor(remainder / (units / 1e9));
}

function readUnits(block: PcapngBlock): number {
  block.need(OPTION_VALUE + 1);
  const resolution = block.uint8(OPTION_VALUE);
  const units = unitsPerSecond(resolution);
  if (units !== undefined) return units;
  throw block.error('CAPTURE_FILE_MALFORMED', `timestamps of resolution ${resolution}, finer than any clock`);
}

/** A signed 64-bit integer; a double holds the seconds of any calendar exactly. */
function readOffset(block: PcapngBlock): number {
  block.need(OPTION_VALUE + 8);
  const [low, high] = block.littleEndian ? [0, 4] : [4, 0];
  return (block.uint32(OPTION_VALUE + high) | 0) * 2 ** 32 + block.uint32(OPTION_VALUE + low);
}
