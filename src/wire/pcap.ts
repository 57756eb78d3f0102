/**
 * Classic capture file (draft-ietf-opsawg-pcap): a header, then records. By byte:
 *
 *      file header     0  magic number, which also tells the byte order     record   0  seconds
 *                      4  version 2.4                                                4  micro- or nanoseconds
 *                      8  reserved                                                   8  captured length
 *                     16  snapshot length                                           12  length on the wire
 *                     20  link type (low 16 bits)                                   16  the frame
 */
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
export const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4;
/** Timestamps in nanoseconds. */
export const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d;

/** Link type of Ethernet frames, of pcap and pcapng (LINKTYPE_ETHERNET). */
export const LINK_TYPE_ETHERNET = 1;
/** The bits above say whether frames end with a check sequence, and how long that is. */
const LINK_TYPE_MASK = 0xffff;
/** libpcap's MAXIMUM_SNAPLEN. No frame is longer, so a record with a greater length is damaged. */
export const MAXIMUM_SNAPLEN = 262144;

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
