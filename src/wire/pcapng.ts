/**
 * Capture file of blocks (draft-ietf-opsawg-pcapng). Every block, and the bodies that matter here, by byte:
 *
 *      block   0 type, 4 total length, 8 body, last 4 bytes: total length again; a multiple of 4 bytes
 *
 *      section header         8  byte-order magic   12  version 1.0   16  section length   24  options
 *      interface description  8  link type (16 bits)   12  snapshot length   16  options
 *      enhanced packet        8  interface   12  timestamp, high word   16  low word   20  captured length
 *                            24  length on the wire   28  the frame, padded   then options
 *      packet (obsolete)      as enhanced packet, but interface and drop count have 16 bits each
 *      simple packet          8  length on the wire   12  the frame, padded
 *
 *      option  0  code (16 bits)   2  length (16 bits)   4  value, padded to a multiple of 4 bytes
 */

/** Offsets in a block. PACKET_* are those of enhanced and of obsolete packet blocks. */
export const BLOCK_TYPE = 0;
export const BLOCK_LENGTH = 4;
export const SECTION_BYTE_ORDER = 8;
export const SECTION_MAJOR_VERSION = 12;
export const SECTION_OPTIONS = 24;
export const INTERFACE_LINK_TYPE = 8;
export const INTERFACE_SNAPSHOT_LENGTH = 12;
export const INTERFACE_OPTIONS = 16;
export const PACKET_INTERFACE = 8;
export const PACKET_TIME_HIGH = 12;
export const PACKET_TIME_LOW = 16;
export const PACKET_CAPTURED_LENGTH = 20;
export const PACKET_WIRE_LENGTH = 24;
export const PACKET_FRAME = 28;
export const SIMPLE_PACKET_WIRE_LENGTH = 8;
export const SIMPLE_PACKET_FRAME = 12;

export const OPTION_CODE = 0;
export const OPTION_LENGTH = 2;
export const OPTION_VALUE = 4;

/** Bytes of type and total length. */
export const BLOCK_HEADER_LENGTH = 8;
/** Bytes of the second total length. */
export const BLOCK_TRAILER_LENGTH = 4;
/** Bytes of a block without a body. */
export const BLOCK_MINIMUM = 12;
/** Bytes of a section header without options. */
export const SECTION_MINIMUM = 28;
/** Bytes of code and length. */
export const OPTION_HEADER_LENGTH = 4;

/** Block types. A section header's reads the same in either byte order, since it comes before the order is known. */
export const BLOCK_SECTION_HEADER = 0x0a0d0d0a;
export const BLOCK_INTERFACE_DESCRIPTION = 1;
export const BLOCK_PACKET = 2;
export const BLOCK_SIMPLE_PACKET = 3;
export const BLOCK_ENHANCED_PACKET = 6;

/** The byte-order magic as it reads in the section's byte order. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option codes. */
export const OPTION_END = 0;
/**
 * if_tsresol, 1 byte: timestamps count units of 10^-n seconds, or of 2^-n with the highest bit set. Absent:
 * microseconds.
 */
export const OPTION_TIMESTAMP_RESOLUTION = 9;
/** if_tsoffset, 64 bits signed: seconds to add to every timestamp. */
export const OPTION_TIMESTAMP_OFFSET = 14;
