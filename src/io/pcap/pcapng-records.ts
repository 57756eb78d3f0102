/** Frames of a pcapng file: any number of sections and interfaces; blocks that carry no frame are skipped. */
import { readUint32In } from '../../wire/byte-order.js';
import { LINK_TYPE_ETHERNET, MAXIMUM_SNAPLEN } from '../../wire/pcap.js';
import {
  BLOCK_ENHANCED_PACKET,
  BLOCK_INTERFACE_DESCRIPTION,
  BLOCK_PACKET,
  BLOCK_SECTION_HEADER,
  BLOCK_SIMPLE_PACKET,
  PACKET_CAPTURED_LENGTH,
  PACKET_FRAME,
  PACKET_INTERFACE,
  PACKET_TIME_HIGH,
  PACKET_TIME_LOW,
  PACKET_WIRE_LENGTH,
  SECTION_MAJOR_VERSION,
  SECTION_OPTIONS,
  SIMPLE_PACKET_FRAME,
  SIMPLE_PACKET_WIRE_LENGTH,
} from '../../wire/pcapng.js';
import type { CaptureRecord, RecordReader } from './capture-record.js';
import type { FileWindow } from './file-window.js';
import { PcapngBlock } from './pcapng-block.js';
import { type PcapngInterface, readInterface } from './pcapng-interface.js';
import { setTimestamp } from './pcapng-timestamp.js';

/** Far above any real capture: a hostile file cannot fill the memory with interfaces. */
const MAXIMUM_INTERFACES = 65536;

/** True when the first four bytes of the window begin a section. */
export function isPcapng(window: FileWindow): boolean {
  return readUint32In(window.bytes, window.at, false) === BLOCK_SECTION_HEADER;
}

/**
 * A frame whose interface is not Ethernet is an error, since a part of a capture would look like all of it; an
 * interface without frames is not.
 */
export class PcapngRecords implements RecordReader {
  readonly #block: PcapngBlock;
  /** Of the section. */
  #interfaces: PcapngInterface[] = [];

  /** @param window at the first section header, see `isPcapng`. */
  constructor(window: FileWindow) {
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

  /** Of the first interface, cut to its snapshot length, without a timestamp: the epoch stands for it. */
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
