/** A capture file of one frame. */
import {
  emitPcapFileHeader,
  emitPcapRecordHeader,
  PCAP_FILE_HEADER_LENGTH,
  PCAP_RECORD_HEADER_LENGTH,
} from '../../../../src/wire/pcap.js';

/** The bytes of the file. */
export function frameCapture(frame: Uint8Array): Uint8Array {
  const start = PCAP_FILE_HEADER_LENGTH + PCAP_RECORD_HEADER_LENGTH;
  const bytes = new Uint8Array(start + frame.length);
  emitPcapFileHeader(bytes, 0);
  emitPcapRecordHeader(bytes, PCAP_FILE_HEADER_LENGTH, 0, 0, frame.length, frame.length);
  bytes.set(frame, start);
  return bytes;
}
