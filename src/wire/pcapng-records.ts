/**
 * Frames of a pcapng file with any number of sections and interfaces. Blocks that carry no frame are skipped. A
 * section's interfaces have a link type each, and a unit in which their 64-bit timestamps count.
 */
import type { ByteWindow, CaptureRecord, RecordReader } from './capture-bytes.js';
import { readUint32In } from './integers.js';
import { LINK_TYPE_ETHERNET, MAXIMUM_SNAPLEN } from './pcap.js';
import {
  BLOCK_ENHANCED_PACKET,
  BLOCK_INTERFACE_DESCRIPTION,
  BLOCK_PACKET,
  BLOCK_SECTION_HEADER,
  BLOCK_SIMPLE_PACKET,
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
  PACKET_CAPTURED_LENGTH,
  PACKET_FRAME,
  PACKET_INTERFACE,
  PACKET_TIME_HIGH,
  PACKET_TIME_LOW,
  PACKET_WIRE_LENGTH,
  PcapngBlock,
  SECTION_MAJOR_VERSION,
  SECTION_OPTIONS,
  SIMPLE_PACKET_FRAME,
  SIMPLE_PACKET_WIRE_LENGTH,
} from './pcapng-block.js';

/** Far more than a real capture has. Without a bound, a hostile file could fill the memory with interfaces. */
const MAXIMUM_INTERFACES = 65536;

/** `setTimestamp` is exact while remainder × 256 stays within 2^53: up to 2^45 or 10^13 units a second. */
const MAXIMUM_UNITS = 2 ** 45;

/** What an interface description block says. */
export interface PcapngInterface {
  readonly linkType: number;
  /** Bytes kept of a frame; 0: all. */
  readonly snapshotLength: number;
  /** The unit of timestamps; 10^6 where the file gives none. */
  unitsPerSecond: number;
  /** Seconds to add to every timestamp. */
  offsetSeconds: number;
}

/** True when the window begins with a section header. */
export function isPcapng(window: ByteWindow): boolean {
  return readUint32In(window.bytes, window.at, false) === BLOCK_SECTION_HEADER;
}

/**
 * Reads the frames of a pcapng file. A frame of an interface that is not Ethernet is an error: to skip it would lose it
 * without notice. Such an interface without frames is no error.
 */
export class PcapngRecords implements RecordReader {
  readonly #block: PcapngBlock;
  /** The interfaces of the section. */
  #interfaces: PcapngInterface[] = [];

  /** @param window at the first section header, see `isPcapng`. */
  constructor(window: ByteWindow) {
    this.#block = new PcapngBlock(window);
  }

  next(record: CaptureRecord): boolean {
    for (;;) {
      switch (this.#block.next()) {
        case undefined:
          return false;
        case BLOCK_SECTION_HEADER:
          this.#beginSection();
          break;
        case BLOCK_INTERFACE_DESCRIPTION:
          this.#addInterface();
          break;
        case BLOCK_ENHANCED_PACKET:
          this.#readPacket(record, false);
          return true;
        case BLOCK_PACKET:
          this.#readPacket(record, true);
          return true;
        case BLOCK_SIMPLE_PACKET:
          this.#readSimplePacket(record);
          return true;
      }
    }
  }

  #beginSection(): void {
    const block = this.#block;
    block.need(SECTION_OPTIONS);
    const version = block.uint16(SECTION_MAJOR_VERSION);
    if (version !== 1) {
      throw block.error('CAPTURE_FILE_VERSION', `pcapng version ${version}; version 1 is supported`);
    }
    this.#interfaces = [];
  }

  #addInterface(): void {
    if (this.#interfaces.length === MAXIMUM_INTERFACES) {
      throw this.#block.error('CAPTURE_FILE_MALFORMED', `more than ${MAXIMUM_INTERFACES} interfaces`);
    }
    this.#interfaces.push(readInterface(this.#block));
  }

  /** @param obsolete a packet block, whose interface has 16 bits. */
  #readPacket(record: CaptureRecord, obsolete: boolean): void {
    const block = this.#block;
    block.need(PACKET_FRAME);
    const index = obsolete ? block.uint16(PACKET_INTERFACE) : block.uint32(PACKET_INTERFACE);
    const { unitsPerSecond, offsetSeconds } = this.#ethernetInterface(index);
    setTimestamp(record, block.uint32(PACKET_TIME_HIGH), block.uint32(PACKET_TIME_LOW), unitsPerSecond);
    record.seconds += offsetSeconds;
    const wireLength = block.uint32(PACKET_WIRE_LENGTH);
    this.#setFrame(record, PACKET_FRAME, block.uint32(PACKET_CAPTURED_LENGTH), wireLength);
  }

  /** Reads a frame of the first interface, cut to its snapshot length. It has no timestamp, and gets 1970. */
  #readSimplePacket(record: CaptureRecord): void {
    const block = this.#block;
    block.need(SIMPLE_PACKET_FRAME);
    const { snapshotLength } = this.#ethernetInterface(0);
    const wireLength = block.uint32(SIMPLE_PACKET_WIRE_LENGTH);
    const capturedLength = snapshotLength === 0 ? wireLength : Math.min(wireLength, snapshotLength);
    record.seconds = 0;
    record.nanoseconds = 0;
    this.#setFrame(record, SIMPLE_PACKET_FRAME, capturedLength, wireLength);
  }

  #setFrame(record: CaptureRecord, offset: number, capturedLength: number, wireLength: number): void {
    const block = this.#block;
    if (capturedLength > MAXIMUM_SNAPLEN) {
      const reason = `a frame of ${capturedLength} bytes; frames have at most ${MAXIMUM_SNAPLEN}`;
      throw block.error('CAPTURE_FILE_TOO_LONG', reason);
    }
    block.need(offset + capturedLength);
    record.at = block.at + offset;
    record.capturedLength = capturedLength;
    record.wireLength = Math.max(capturedLength, wireLength);
  }

  #ethernetInterface(index: number): PcapngInterface {
    const found = this.#interfaces[index];
    if (found === undefined) {
      throw this.#block.error(
        'CAPTURE_FILE_MALFORMED',
        `a frame of interface ${index}, which is not described`,
      );
    }
    if (found.linkType === LINK_TYPE_ETHERNET) return found;
    const reason = `a frame of link type ${found.linkType}; only Ethernet (${LINK_TYPE_ETHERNET}) is supported`;
    throw this.#block.error('CAPTURE_FILE_LINK_TYPE', reason);
  }
}

/** Reads an interface description. @param block at its start. @throws CaptureFormatError */
function readInterface(block: PcapngBlock): PcapngInterface {
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
 * Sets the seconds and nanoseconds of a record. A double does not hold 64 bits, so this is a long division, byte by
 * byte: a double holds each remainder exactly.
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
