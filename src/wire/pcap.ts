/**
 * Classic capture file (draft-ietf-opsawg-pcap): a header, then records. By byte:
 *
 *      file header     0  magic number, which also gives the byte order     record   0  seconds
 *                      4  version 2.4                                                4  micro- or nanoseconds
 *                      8  reserved                                                   8  captured length
 *                     16  snapshot length                                           12  length on the wire
 *                     20  link type (low 16 bits)                                   16  the frame
 */
import {
  type ByteWindow,
  CaptureFormatError,
  type CaptureRecord,
  type RecordReader,
} from './capture-bytes.js';
import { readUint16In, readUint32In, writeUint32Little } from './integers.js';

const MAGIC = 0;
const MAJOR_VERSION = 4;
const MINOR_VERSION = 6;
const RESERVED_1 = 8;
const RESERVED_2 = 12;
const SNAPSHOT_LENGTH = 16;
const LINK_TYPE = 20;

const SECONDS = 0;
const FRACTION = 4;
const CAPTURED_LENGTH = 8;
const WIRE_LENGTH = 12;

export const PCAP_FILE_HEADER_LENGTH = 24;
export const PCAP_RECORD_HEADER_LENGTH = 16;

/** Timestamps in microseconds. */
const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4;
/** Timestamps in nanoseconds. */
const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d;

/** Link type of Ethernet frames, of pcap and pcapng (LINKTYPE_ETHERNET). */
export const LINK_TYPE_ETHERNET = 1;
/** The bits above say whether frames end with a check sequence, and how long that is. */
const LINK_TYPE_MASK = 0xffff;
/** libpcap's MAXIMUM_SNAPLEN. No frame is longer, so a record with a greater length is damaged. */
export const MAXIMUM_SNAPLEN = 262144;

/** The version as `pcapVersion` returns it. Older files have the two lengths in either order. */
const VERSION_2_4 = (2 << 16) | 4;

/** Writes the file header of 24 bytes: version 2.4, nanoseconds, Ethernet, in little-endian order. */
export function emitPcapFileHeader(bytes: Uint8Array, offset: number): void {
  writeUint32Little(bytes, offset + MAGIC, PCAP_MAGIC_NANOSECONDS);
  writeUint32Little(bytes, offset + MAJOR_VERSION, (4 << 16) | 2);
  writeUint32Little(bytes, offset + RESERVED_1, 0);
  writeUint32Little(bytes, offset + RESERVED_2, 0);
  writeUint32Little(bytes, offset + SNAPSHOT_LENGTH, MAXIMUM_SNAPLEN);
  writeUint32Little(bytes, offset + LINK_TYPE, LINK_TYPE_ETHERNET);
}

/** Writes a record's header of 16 bytes, for a file with such a header. @param seconds since 1970, kept modulo 2^32. */
export function emitPcapRecordHeader(
  bytes: Uint8Array,
  offset: number,
  seconds: number,
  nanoseconds: number,
  capturedLength: number,
  wireLength: number,
): void {
  writeUint32Little(bytes, offset + SECONDS, seconds);
  writeUint32Little(bytes, offset + FRACTION, nanoseconds);
  writeUint32Little(bytes, offset + CAPTURED_LENGTH, capturedLength);
  writeUint32Little(bytes, offset + WIRE_LENGTH, wireLength);
}

/** True when the window begins with the magic number of a classic file, in either byte order. */
export function isPcap(window: ByteWindow): boolean {
  return [true, false].some((littleEndian) => isMagic(pcapMagic(window.bytes, window.at, littleEndian)));
}

/** Reads the frames of a classic file. */
export class PcapRecords implements RecordReader {
  readonly #window: ByteWindow;
  readonly #littleEndian: boolean;
  readonly #unitsPerSecond: number;
  /** Bytes from the window's next byte to the end of the record that was read last, or of the file header. */
  #taken = PCAP_FILE_HEADER_LENGTH;

  /** Reads the file header. @throws CaptureFormatError */
  constructor(window: ByteWindow) {
    const { bytes } = window;
    if (!window.fill(PCAP_FILE_HEADER_LENGTH)) {
      throw new CaptureFormatError('CAPTURE_FILE_CUT', 'ends inside its header', 0);
    }
    const at = window.at;
    const littleEndian = isMagic(pcapMagic(bytes, at, true));
    const version = pcapVersion(bytes, at, littleEndian);
    if (version !== VERSION_2_4) {
      const reason = `pcap version ${version >>> 16}.${version & 0xffff}; 2.4 is supported`;
      throw new CaptureFormatError('CAPTURE_FILE_VERSION', reason);
    }
    const linkType = pcapLinkType(bytes, at, littleEndian);
    if (linkType !== LINK_TYPE_ETHERNET) {
      const reason = `link type ${linkType}; only Ethernet (${LINK_TYPE_ETHERNET}) is supported`;
      throw new CaptureFormatError('CAPTURE_FILE_LINK_TYPE', reason);
    }
    this.#window = window;
    this.#littleEndian = littleEndian;
    this.#unitsPerSecond = pcapMagic(bytes, at, littleEndian) === PCAP_MAGIC_NANOSECONDS ? 1e9 : 1e6;
  }

  next(record: CaptureRecord): boolean {
    const window = this.#window;
    window.skip(this.#taken);
    this.#taken = 0;
    if (!window.fill(PCAP_RECORD_HEADER_LENGTH)) {
      if (window.available === 0) return false;
      throw this.#error('CAPTURE_FILE_CUT', "the file ends inside a record's header");
    }
    const capturedLength = pcapCapturedLength(window.bytes, window.at, this.#littleEndian);
    if (capturedLength > MAXIMUM_SNAPLEN) {
      const reason = `a record of ${capturedLength} bytes; frames have at most ${MAXIMUM_SNAPLEN}`;
      throw this.#error('CAPTURE_FILE_TOO_LONG', reason);
    }
    if (!window.fill(PCAP_RECORD_HEADER_LENGTH + capturedLength)) {
      const there = window.available - PCAP_RECORD_HEADER_LENGTH;
      throw this.#error(
        'CAPTURE_FILE_CUT',
        `the file ends after ${there} of a record's ${capturedLength} bytes`,
      );
    }
    this.#taken = PCAP_RECORD_HEADER_LENGTH + capturedLength;
    this.#read(record, capturedLength);
    return true;
  }

  #read(record: CaptureRecord, capturedLength: number): void {
    const { bytes, at } = this.#window;
    const fraction = pcapFraction(bytes, at, this.#littleEndian);
    const carry = Math.floor(fraction / this.#unitsPerSecond);
    record.at = at + PCAP_RECORD_HEADER_LENGTH;
    record.capturedLength = capturedLength;
    record.wireLength = Math.max(capturedLength, pcapWireLength(bytes, at, this.#littleEndian));
    record.seconds = pcapSeconds(bytes, at, this.#littleEndian) + carry;
    record.nanoseconds = (fraction - carry * this.#unitsPerSecond) * (1e9 / this.#unitsPerSecond);
  }

  #error(code: 'CAPTURE_FILE_CUT' | 'CAPTURE_FILE_TOO_LONG', reason: string): CaptureFormatError {
    return new CaptureFormatError(code, reason, this.#window.fileOffset);
  }
}

function isMagic(magic: number): boolean {
  return magic === PCAP_MAGIC_MICROSECONDS || magic === PCAP_MAGIC_NANOSECONDS;
}

/** The magic number, as it reads in a byte order. @param offset of the file header. */
export function pcapMagic(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return readUint32In(bytes, offset + MAGIC, littleEndian);
}

/** Major version in the high 16 bits, minor in the low ones. */
export function pcapVersion(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  const major = readUint16In(bytes, offset + MAJOR_VERSION, littleEndian);
  return (major << 16) | readUint16In(bytes, offset + MINOR_VERSION, littleEndian);
}

/** The link type of all frames. */
export function pcapLinkType(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return readUint32In(bytes, offset + LINK_TYPE, littleEndian) & LINK_TYPE_MASK;
}

/** Seconds since 1970. @param offset of a record, as in the functions below. */
export function pcapSeconds(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return readUint32In(bytes, offset + SECONDS, littleEndian);
}

/** Micro- or nanoseconds: the file's magic number says which. */
export function pcapFraction(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return readUint32In(bytes, offset + FRACTION, littleEndian);
}

/** Bytes of the frame that are in the file. */
export function pcapCapturedLength(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return readUint32In(bytes, offset + CAPTURED_LENGTH, littleEndian);
}

/** Bytes that the frame had on the wire. */
export function pcapWireLength(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return readUint32In(bytes, offset + WIRE_LENGTH, littleEndian);
}
