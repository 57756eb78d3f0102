/** Records of a classic capture file. */
import {
  LINK_TYPE_ETHERNET,
  MAXIMUM_SNAPLEN,
  PCAP_FILE_HEADER_LENGTH,
  PCAP_MAGIC_MICROSECONDS,
  PCAP_MAGIC_NANOSECONDS,
  PCAP_RECORD_HEADER_LENGTH,
  pcapCapturedLength,
  pcapFraction,
  pcapLinkType,
  pcapMagic,
  pcapSeconds,
  pcapVersion,
  pcapWireLength,
} from '../../wire/pcap.js';
import { CaptureFileError } from './capture-file-error.js';
import type { CaptureRecord, RecordReader } from './capture-record.js';
import type { FileWindow } from './file-window.js';

/** Older ones have their two lengths in either order. */
const VERSION_2_4 = (2 << 16) | 4;

/** True when the first four bytes of the window are those of a classic file, in either byte order. */
export function isPcap(window: FileWindow): boolean {
  return [true, false].some((littleEndian) => isMagic(pcapMagic(window.bytes, window.at, littleEndian)));
}

function isMagic(magic: number): boolean {
  return magic === PCAP_MAGIC_MICROSECONDS || magic === PCAP_MAGIC_NANOSECONDS;
}

export class PcapRecords implements RecordReader {
  readonly #window: FileWindow;
  readonly #littleEndian: boolean;
  readonly #unitsPerSecond: number;
  /** Bytes of the record in front of the window's place, header included. */
  #taken = PCAP_FILE_HEADER_LENGTH;

  /** Reads the file header. @throws CaptureFileError */
  constructor(window: FileWindow) {
    const { bytes, path } = window;
    if (!window.fill(PCAP_FILE_HEADER_LENGTH)) {
      throw new CaptureFileError('CAPTURE_FILE_CUT', 'read', path, 'ends inside its header', {
        byteOffset: 0,
      });
    }
    const at = window.at;
    const littleEndian = isMagic(pcapMagic(bytes, at, true));
    const version = pcapVersion(bytes, at, littleEndian);
    if (version !== VERSION_2_4) {
      const reason = `pcap version ${version >>> 16}.${version & 0xffff}; 2.4 is supported`;
      throw new CaptureFileError('CAPTURE_FILE_VERSION', 'read', path, reason);
    }
    const linkType = pcapLinkType(bytes, at, littleEndian);
    if (linkType !== LINK_TYPE_ETHERNET) {
      const reason = `link type ${linkType}; only Ethernet (${LINK_TYPE_ETHERNET}) is supported`;
      throw new CaptureFileError('CAPTURE_FILE_LINK_TYPE', 'read', path, reason);
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

  #error(code: 'CAPTURE_FILE_CUT' | 'CAPTURE_FILE_TOO_LONG', reason: string): CaptureFileError {
    const { path, fileOffset: byteOffset } = this.#window;
    return new CaptureFileError(code, 'read', path, reason, { byteOffset });
  }
}
