/** A capture file of either format, pcap or pcapng. */
import { type ByteWindow, CaptureFormatError, type RecordReader } from './capture-bytes.js';
import { isPcap, PcapRecords } from './pcap.js';
import { isPcapng, PcapngRecords } from './pcapng-records.js';

const MAGIC_LENGTH = 4;

/** The frames of a file. @param window at the file's first byte. @throws CaptureFormatError */
export function readCapture(window: ByteWindow): RecordReader {
  if (window.fill(MAGIC_LENGTH)) {
    if (isPcap(window)) return new PcapRecords(window);
    if (isPcapng(window)) return new PcapngRecords(window);
  }
  const reason =
    window.available === 0 ? 'an empty file, not a capture' : 'not a capture file (pcap or pcapng)';
  throw new CaptureFormatError('CAPTURE_FILE_NOT_A_CAPTURE', reason);
}
