/**
 * Records of copies, on their way from the loop over frames to whoever peeks: through shared memory to the control thread
 * (`copy-ring.ts`), over a socket pair to the daemon, and over `peek.sock` to the command. 32-bit words, little-endian;
 * every record is a multiple of 8 bytes. By byte:
 *
 *      record     0  length of the record    4  type    8  body
 *
 *      filler     up to the end of shared memory, never sent
 *      begin      numbers of origins begin anew
 *      origin     8  number    12  bytes of the text    16  JSON of a CopyOrigin, padded
 *      copy       8  origin    12  seconds    16  nanoseconds    20  length on the wire
 *                24  length of the copy    28  bytes that are here    32  the bytes, padded
 *      left out   8  origin    12  copies since the last such record of the origin
 *      note       8  0         12  bytes of the text    16  JSON of a PeekNote, padded; of the daemon only
 */
import type { Direction } from '../plan/mirror-plan.js';
import { readUint32In, writeUint32Little } from '../wire/integers.js';
import { MAXIMUM_SNAPLEN } from '../wire/pcap.js';

export const RECORD_FILLER = 0;
export const RECORD_BEGIN = 1;
export const RECORD_ORIGIN = 2;
export const RECORD_COPY = 3;
export const RECORD_LEFT_OUT = 4;
export const RECORD_NOTE = 5;

/** Offsets in a record. */
const TYPE = 4;
const NUMBER = 8;
const TEXT_LENGTH = 12;
const TEXT = 16;
const SECONDS = 12;
const NANOSECONDS = 16;
const WIRE_LENGTH = 20;
const COPY_LENGTH = 24;
const KEPT_LENGTH = 28;
const COUNT = 12;

/** Where the bytes of a copy begin in its record. */
export const COPY_BYTES = 32;
export const BEGIN_LENGTH = 8;
export const LEFT_OUT_LENGTH = 16;
const RECORD_MINIMUM = 8;

/** More than ids, a device and a namespace have, escaped. */
export const MAXIMUM_TEXT_BYTES = 16384;
/** A copy of the longest frame. */
export const MAXIMUM_RECORD_BYTES = COPY_BYTES + MAXIMUM_SNAPLEN;

/** Where a copy comes from, and why it was made. */
export interface CopyOrigin {
  readonly sourceId: string;
  readonly device: string;
  readonly direction: Direction;
  readonly sessionId: string;
  /** Id of the rule, or the network service, that accepted the frame. */
  readonly rule: string;
}

/** The origin of copies that are counted but not told apart any more: there were too many origins. */
export const UNTOLD_ORIGIN = 0;

/** Bytes of a record with so many bytes behind its fields. */
function lengthWith(fields: number, count: number): number {
  return (fields + count + 7) & ~7;
}

/** Bytes of the record of a copy. @param keptLength bytes that are in it. */
export function copyRecordLength(keptLength: number): number {
  return lengthWith(COPY_BYTES, keptLength);
}

/** Bytes of a record with a text. @param textBytes in UTF-8. */
export function textRecordLength(textBytes: number): number {
  return lengthWith(TEXT, textBytes);
}

/** Writes length and type. @param offset of the record, as everywhere here. */
export function startRecord(bytes: Uint8Array, offset: number, length: number, type: number): void {
  writeUint32Little(bytes, offset, length);
  writeUint32Little(bytes, offset + TYPE, type);
}

/** Writes a record with a text. @param text at most MAXIMUM_TEXT_BYTES in UTF-8. */
export function emitText(
  bytes: Uint8Array,
  offset: number,
  type: number,
  number: number,
  text: Uint8Array,
): void {
  startRecord(bytes, offset, textRecordLength(text.length), type);
  writeUint32Little(bytes, offset + NUMBER, number);
  writeUint32Little(bytes, offset + TEXT_LENGTH, text.length);
  bytes.set(text, offset + TEXT);
  bytes.fill(0, offset + TEXT + text.length, offset + textRecordLength(text.length));
}

/** A record with a text, in memory of its own. */
export function textRecord(type: number, number: number, text: string): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  const bytes = new Uint8Array(textRecordLength(encoded.length));
  emitText(bytes, 0, type, number, encoded);
  return bytes;
}

/** Writes the fields of a copy, in front of its bytes. @param copyLength bytes that the target gets of the frame. */
export function emitCopyFields(
  bytes: Uint8Array,
  offset: number,
  origin: number,
  seconds: number,
  nanoseconds: number,
  wireLength: number,
  copyLength: number,
  keptLength: number,
): void {
  startRecord(bytes, offset, copyRecordLength(keptLength), RECORD_COPY);
  writeUint32Little(bytes, offset + NUMBER, origin);
  writeUint32Little(bytes, offset + SECONDS, seconds);
  writeUint32Little(bytes, offset + NANOSECONDS, nanoseconds);
  writeUint32Little(bytes, offset + WIRE_LENGTH, wireLength);
  writeUint32Little(bytes, offset + COPY_LENGTH, copyLength);
  writeUint32Little(bytes, offset + KEPT_LENGTH, keptLength);
}

export function emitLeftOut(bytes: Uint8Array, offset: number, origin: number, count: number): void {
  startRecord(bytes, offset, LEFT_OUT_LENGTH, RECORD_LEFT_OUT);
  writeUint32Little(bytes, offset + NUMBER, origin);
  writeUint32Little(bytes, offset + COUNT, count);
}

export function recordLength(bytes: Uint8Array, offset: number): number {
  return readUint32In(bytes, offset, true);
}

export function recordType(bytes: Uint8Array, offset: number): number {
  return readUint32In(bytes, offset + TYPE, true);
}

/** The origin of a copy or of a count, and the number of an origin. */
export function recordNumber(bytes: Uint8Array, offset: number): number {
  return readUint32In(bytes, offset + NUMBER, true);
}

export function setRecordNumber(bytes: Uint8Array, offset: number, number: number): void {
  writeUint32Little(bytes, offset + NUMBER, number);
}

export function leftOutCount(bytes: Uint8Array, offset: number): number {
  return readUint32In(bytes, offset + COUNT, true);
}

/** The text of a record. @throws RangeError when the record is shorter than it says. */
export function recordText(bytes: Uint8Array, offset: number): string {
  const length = recordLength(bytes, offset) >= TEXT ? readUint32In(bytes, offset + TEXT_LENGTH, true) : -1;
  if (length < 0 || length > MAXIMUM_TEXT_BYTES || textRecordLength(length) !== recordLength(bytes, offset)) {
    throw new RangeError(`a text of ${length} bytes in a record of ${recordLength(bytes, offset)}`);
  }
  return new TextDecoder().decode(bytes.slice(offset + TEXT, offset + TEXT + length));
}

/** The fields of a copy. */
export interface CopyFields {
  readonly origin: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Bytes that the frame had on the wire. */
  readonly wireLength: number;
  /** Bytes of it that the target gets. */
  readonly copyLength: number;
  /** Bytes of those that are in the record. */
  readonly keptLength: number;
}

/** The fields of a copy. @throws RangeError when they do not fit the record. */
export function copyFields(bytes: Uint8Array, offset: number): CopyFields {
  const word = (at: number): number => readUint32In(bytes, offset + at, true);
  const length = recordLength(bytes, offset);
  const keptLength = length >= COPY_BYTES ? word(KEPT_LENGTH) : -1;
  const fits = keptLength >= 0 && keptLength <= MAXIMUM_SNAPLEN && copyRecordLength(keptLength) === length;
  if (!fits || keptLength > word(COPY_LENGTH) || word(NANOSECONDS) >= 1e9) {
    throw new RangeError(`a copy of ${keptLength} bytes in a record of ${length}`);
  }
  return {
    origin: word(NUMBER),
    seconds: word(SECONDS),
    nanoseconds: word(NANOSECONDS),
    wireLength: word(WIRE_LENGTH),
    copyLength: word(COPY_LENGTH),
    keptLength,
  };
}

/** The copy of a record with at most so many of its bytes. @param most at least 0. */
export function shortenedCopy(bytes: Uint8Array, offset: number, most: number): Uint8Array {
  const { origin, seconds, nanoseconds, wireLength, copyLength, keptLength } = copyFields(bytes, offset);
  const kept = Math.min(keptLength, most);
  const shortened = new Uint8Array(copyRecordLength(kept));
  emitCopyFields(shortened, 0, origin, seconds, nanoseconds, wireLength, copyLength, kept);
  shortened.set(bytes.subarray(offset + COPY_BYTES, offset + COPY_BYTES + kept), COPY_BYTES);
  return shortened;
}

/** Cuts a stream of bytes into records. */
export class RecordStream {
  /** The start of a record that has not ended. */
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * @param take called for each record that is complete now: the bytes that it is in, where it begins, its length.
   * @throws RangeError for a length that no record has; and what `take` throws.
   */
  push(chunk: Uint8Array, take: (bytes: Uint8Array, offset: number, length: number) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    let offset = 0;
    while (bytes.length - offset >= RECORD_MINIMUM) {
      const length = recordLength(bytes, offset);
      if (length < RECORD_MINIMUM || length > MAXIMUM_RECORD_BYTES || length % 8 !== 0) {
        throw new RangeError(`a record of ${length} bytes`);
      }
      if (offset + length > bytes.length) break;
      take(bytes, offset, length);
      offset += length;
    }
    this.#rest = bytes.slice(offset);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
