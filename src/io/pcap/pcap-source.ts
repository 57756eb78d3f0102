/** Frames in from a capture file, pcap or pcapng, compressed by gzip or not, of any size in constant memory. */
import { type ByteWindow, CaptureRecord, type RecordReader } from '../../wire/capture-bytes.js';
import { MAXIMUM_SNAPLEN } from '../../wire/pcap.js';
import { readCapture } from '../../wire/read-capture.js';
import { Frame, type FrameConsumer, HEADROOM_BYTES, type PullSource } from '../frame.js';
import { withFile } from './capture-file-error.js';
import { type FileBytes, openBytes } from './file-bytes.js';

/**
 * Frames of one batch, each behind headroom of its own, at whose start its time stands; a batch ends when the next frame
 * might not fit.
 */
const BATCH_BYTES = 1 << 20;
/** Room for the longest record with its header, and for large reads of the file. */
const WINDOW_BYTES = 1 << 19;
const LARGEST_FRAME_SPACE = HEADROOM_BYTES + MAXIMUM_SNAPLEN;
const WORD_BYTES = 4;

/**
 * Hands over the frames of a file. Each is copied once, out of the window on the file, since headers are written in
 * front of it. Window and batch share one array because only `copyWithin` copies without allocating.
 *
 * `pull` throws when the file is damaged, after it has handed over every frame before the damage.
 */
export class PcapFileSource implements PullSource {
  /** Timestamp of the frame that is being consumed, since 1970. */
  seconds = 0;
  nanoseconds = 0;
  /** Bytes of the file, compressed or not; it may grow, and is 0 for a pipe. */
  readonly size: number;
  readonly #path: string;
  readonly #file: FileBytes;
  readonly #bytes = new Uint8Array(BATCH_BYTES + WINDOW_BYTES);
  readonly #words = new Int32Array(this.#bytes.buffer);
  readonly #window: FileWindow;
  readonly #records: RecordReader;
  readonly #record = new CaptureRecord();
  readonly #frame = new Frame(this.#bytes);
  #failure: unknown;
  #closed = false;

  /** Opens the file, or standard input for `-`, and reads its header. @throws CaptureFileError */
  constructor(path: string) {
    this.#path = path;
    this.#frame.words = this.#words;
    this.#file = openBytes(path);
    this.size = this.#file.size;
    try {
      this.#window = new FileWindow(this.#file, this.#bytes, BATCH_BYTES);
      this.#records = readCapture(this.#window);
    } catch (error) {
      this.close();
      throw withFile(path, error);
    }
  }

  /** Bytes of the file whose frames were handed over; of a compressed one, somewhat more. */
  get bytesRead(): number {
    return this.#file.isCompressed ? this.#file.bytesRead : this.#window.fileOffset;
  }

  /** @throws CaptureFileError, again at every call. */
  pull(consumer: FrameConsumer, budget: number): number {
    const frame = this.#frame;
    let count = 0;
    let space = 0;
    while (count < budget && space + LARGEST_FRAME_SPACE <= BATCH_BYTES && this.#readRecord()) {
      const { at, capturedLength, wireLength } = this.#record;
      frame.offset = space + HEADROOM_BYTES;
      frame.capturedLength = capturedLength;
      frame.wireLength = wireLength;
      this.#bytes.copyWithin(frame.offset, at, at + capturedLength);
      this.seconds = this.#record.seconds;
      this.nanoseconds = this.#record.nanoseconds;
      frame.timeWord = space / WORD_BYTES;
      this.#words[frame.timeWord] = this.seconds;
      this.#words[frame.timeWord + 1] = this.nanoseconds;
      consumer.consume(frame);
      space = Math.ceil((frame.offset + capturedLength) / WORD_BYTES) * WORD_BYTES;
      count += 1;
    }
    consumer.endBatch();
    if (count === 0 && this.#failure !== undefined) throw this.#failure;
    return count;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }

  #readRecord(): boolean {
    if (this.#failure !== undefined) return false;
    try {
      return this.#records.next(this.#record);
    } catch (error) {
      this.#failure = withFile(this.#path, error);
      return false;
    }
  }
}

/**
 * A file that is read forwards through a window of fixed size, so that a file of any size costs the same memory.
 *
 *      bytes  ... |  taken  |  available       |  free        |
 *                 start     at                 end            limit
 */
class FileWindow implements ByteWindow {
  /** The memory, of which the window is the last part. */
  readonly bytes: Uint8Array;
  readonly #file: FileBytes;
  readonly #start: number;
  #at: number;
  #end: number;
  #fileOffset = 0;

  /** @param file at its start. @param start of the window, which ends with `bytes`. */
  constructor(file: FileBytes, bytes: Uint8Array, start: number) {
    this.#file = file;
    this.bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#end = start;
  }

  get at(): number {
    return this.#at;
  }

  get fileOffset(): number {
    return this.#fileOffset;
  }

  get available(): number {
    return this.#end - this.#at;
  }

  /** As `ByteWindow` says. @param count at most the window's size. @throws CaptureFileError */
  fill(count: number): boolean {
    if (this.available >= count) return true;
    this.bytes.copyWithin(this.#start, this.#at, this.#end);
    this.#end -= this.#at - this.#start;
    this.#at = this.#start;
    while (this.available < count) {
      const length = this.#file.read(this.bytes, this.#end);
      if (length === 0) return false;
      this.#end += length;
    }
    return true;
  }

  /** As `ByteWindow` says. @throws CaptureFileError */
  skip(count: number): boolean {
    let left = count;
    while (left > this.available) {
      left -= this.available;
      this.#take(this.available);
      if (!this.fill(1)) return false;
    }
    this.#take(left);
    return true;
  }

  #take(count: number): void {
    this.#at += count;
    this.#fileOffset += count;
  }
}
