/**
 * Frames to pcapng: blocks are put into chunks of memory, and whole chunks are written, one at a time, while the next
 * ones fill. Nothing here waits for the output, and nothing is allocated for a frame.
 *
 *     chunks  [ written | waits | waits | fills | free | free ]
 *               tail                      head
 *
 * When no chunk is free, the caller receives nothing more: then the socket's buffer fills, and the kernel drops and
 * counts.
 */
import { LINK_TYPE_ETHERNET } from '../wire/pcap.js';
import { PACKET_FRAME } from '../wire/pcapng-block.js';
import {
  emitPacketBlock,
  interfaceDescription,
  packetBlockLength,
  packetOptions,
  sectionHeader,
} from '../wire/pcapng-blocks.js';
import { framesIn } from './blocks.js';
import { type CaptureOutput, OutputError } from './capture-output.js';
import type { Inner } from './decapsulate.js';

const CHUNK_BYTES = 1 << 20;
const CHUNKS = 14;
/** Memory that a stream needs. */
export const STREAM_BYTES = CHUNKS * CHUNK_BYTES;
/**
 * Frames for each free chunk but one that are sure to find room. A chunk has 15 of 64 KiB; half of the chunks may be full
 * only in part because a file ended, and interfaces take some of it.
 */
const FRAMES_PER_CHUNK = 6;
/** Files are not smaller, so that a chunk has the end of one at most. */
export const MINIMUM_FILE_BYTES = 1_000_000;
/** Shorter frames are copied by words: to call a function costs more. */
const COPY_BY_WORDS_BYTES = 128;
/** What is there is written at least so often. */
const FLUSH_MS = 20;

/** The options of a packet block, by `Inner.direction`. */
const PACKET_OPTIONS = [
  packetOptions({}),
  packetOptions({ direction: 'ingress' }),
  packetOptions({ direction: 'egress' }),
];

/** An interface of the capture. */
interface DescribedInterface {
  readonly name: string;
  readonly description: string;
}

export interface CaptureStreamOptions {
  /** Memory of the frames and, from `start` on, of the chunks: STREAM_BYTES. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly start: number;
  readonly output: CaptureOutput;
  /** Named in each file. */
  readonly application: string;
  readonly os: string;
  /** Rows of which each is an interface. */
  readonly rows: number;
  readonly describe: (row: number) => DescribedInterface;
  /** Largest file, at least MINIMUM_FILE_BYTES; absent: any size. */
  readonly fileBytes?: number;
  /** Longest time from a file's first frame to its end; absent: any. */
  readonly fileMs?: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export class CaptureStream {
  readonly #options: CaptureStreamOptions;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #start: number;
  readonly #maximumFileBytes: number;
  /** The place of each row's interface in the current file; -1: it has none yet. */
  readonly #interfaces: Int32Array;
  readonly #section: Uint8Array;
  /** By chunk. */
  readonly #used = new Int32Array(CHUNKS);
  readonly #frames = new Int32Array(CHUNKS);
  readonly #endsFile = new Uint8Array(CHUNKS);
  #head = 0;
  #tail = 0;
  /** Chunks from the tail on that wait or are written. */
  #waiting = 0;
  #interfaceCount = 0;
  /** In arrays: a field that holds no small integer costs a heap object at each change. */
  readonly #fileBytes = new Float64Array(1);
  readonly #put = new Float64Array(1);
  #fileFrames = 0;
  #isFirstFile = true;
  /** When the current file got its first frame. */
  #fileSince = 0;
  #flushedAt = 0;
  #written = 0;
  #failure: unknown;
  #work: Promise<void> | undefined;
  #progress: () => void = () => {};

  constructor(options: CaptureStreamOptions) {
    this.#options = options;
    this.#bytes = options.bytes;
    this.#words = options.words;
    this.#start = options.start;
    this.#maximumFileBytes = options.fileBytes ?? Number.POSITIVE_INFINITY;
    this.#interfaces = new Int32Array(options.rows).fill(-1);
    this.#section = sectionHeader({ application: options.application, os: options.os });
    this.#beginFile();
  }

  /** Frames that can be put now, whatever their length. */
  get room(): number {
    return Math.max(0, CHUNKS - 2 - this.#waiting) * FRAMES_PER_CHUNK;
  }

  /** Frames that are in the output. */
  get written(): number {
    return this.#written;
  }

  /** Frames that were put and are not in the output yet, or after a failure never will be. */
  get pending(): number {
    return this.#put[0] - this.#written;
  }

  /** Why nothing more is written: OutputError. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Puts a frame. The caller has made sure that there is room.
   * @param row of the interface. @param seconds since 1970.
   */
  put(row: number, seconds: number, nanoseconds: number, inner: Inner): void {
    const { length, originalLength, offset: from } = inner;
    const options = PACKET_OPTIONS[inner.direction];
    const blockLength = packetBlockLength(length, options);
    if (this.#interfaces[row] < 0 || this.#fileBytes[0] + blockLength > this.#maximumFileBytes) {
      this.#prepare(row, blockLength);
    }
    const at = this.#reserve(blockLength);
    this.#copy(from, at + PACKET_FRAME, length);
    const place = this.#interfaces[row];
    emitPacketBlock(this.#bytes, at, place, seconds, nanoseconds, length, originalLength, options);
    if (this.#fileFrames === 0) this.#fileSince = this.#options.now();
    this.#fileFrames += 1;
    this.#frames[this.#head] += 1;
    this.#put[0] += 1;
  }

  /** Ends a file whose time is over, and has written what waits for long. To be called now and then. */
  tick(): void {
    const { fileMs = Number.POSITIVE_INFINITY, now } = this.#options;
    const time = now();
    if (this.room === 0) return;
    if (this.#fileFrames > 0 && time - this.#fileSince >= fileMs) this.#endFile();
    if (this.#waiting === 0 && this.#isDue() && time - this.#flushedAt >= FLUSH_MS) {
      this.#flushedAt = time;
      this.#seal(false);
    }
  }

  /** Resolves when a chunk has become free, nothing is written any more, or `wake` is called. For one waiter at a time. */
  async progress(): Promise<void> {
    if (this.#waiting === 0 || this.#failure !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#progress = resolve;
    });
  }

  /** Ends the wait for progress: a race of promises would keep something of every wait for as long as the other lasts. */
  wake(): void {
    this.#progress();
  }

  /** Writes all that is there and ends the file. `failure` tells whether it could. */
  async end(): Promise<void> {
    while (this.#waiting === CHUNKS - 1 && this.#failure === undefined) await this.progress();
    if (this.#failure === undefined && (this.#fileFrames > 0 || this.#isFirstFile)) this.#seal(true);
    await this.#work;
  }

  /** Whether the chunk that fills has something for the output. A later file begins with its first frame. */
  #isDue(): boolean {
    return this.#used[this.#head] > 0 && (this.#fileFrames > 0 || this.#isFirstFile);
  }

  /** A new file, or a new interface in it, is needed for a block. */
  #prepare(row: number, blockLength: number): void {
    if (this.#fileFrames > 0 && this.#fileBytes[0] + blockLength > this.#maximumFileBytes) this.#endFile();
    if (this.#interfaces[row] >= 0) return;
    this.#append(
      interfaceDescription({
        linkType: LINK_TYPE_ETHERNET,
        snapshotLength: 0,
        ...this.#options.describe(row),
      }),
    );
    this.#interfaces[row] = this.#interfaceCount;
    this.#interfaceCount += 1;
  }

  #beginFile(): void {
    this.#interfaces.fill(-1);
    this.#interfaceCount = 0;
    this.#fileBytes[0] = 0;
    this.#fileFrames = 0;
    this.#append(this.#section);
  }

  #endFile(): void {
    this.#seal(true);
    this.#isFirstFile = false;
    this.#beginFile();
  }

  #append(block: Uint8Array): void {
    const at = this.#reserve(block.length);
    this.#bytes.set(block, at);
  }

  /** @returns the index in memory of so many bytes, in one chunk. */
  #reserve(length: number): number {
    if (this.#used[this.#head] + length > CHUNK_BYTES) this.#seal(false);
    const at = this.#start + this.#head * CHUNK_BYTES + this.#used[this.#head];
    this.#used[this.#head] += length;
    this.#fileBytes[0] += length;
    return at;
  }

  /** Both places are multiples of 4. What is copied beyond the end of the frame is overwritten by its padding. */
  #copy(from: number, to: number, length: number): void {
    if (length > COPY_BY_WORDS_BYTES) {
      this.#bytes.copyWithin(to, from, from + length);
      return;
    }
    const words = this.#words;
    const end = (from + length + 3) >>> 2;
    for (let source = from >>> 2, target = to >>> 2; source < end; source++, target++) {
      words[target] = words[source];
    }
  }

  /** Has the chunk that fills written, and goes on with the next. */
  #seal(endsFile: boolean): void {
    if (this.#waiting === CHUNKS - 1) throw new Error('no chunk is free');
    this.#endsFile[this.#head] = endsFile ? 1 : 0;
    this.#waiting += 1;
    this.#head = (this.#head + 1) % CHUNKS;
    this.#used[this.#head] = 0;
    this.#frames[this.#head] = 0;
    this.#work ??= this.#write();
  }

  async #write(): Promise<void> {
    while (this.#waiting > 0 && this.#failure === undefined) {
      try {
        await this.#writeChunk(this.#tail);
      } catch (error) {
        this.#failure = error;
      }
      if (this.#failure === undefined) {
        this.#tail = (this.#tail + 1) % CHUNKS;
        this.#waiting -= 1;
      }
      this.#progress();
    }
    this.#work = undefined;
  }

  async #writeChunk(chunk: number): Promise<void> {
    const { output } = this.#options;
    const start = this.#start + chunk * CHUNK_BYTES;
    const bytes = this.#bytes.subarray(start, start + this.#used[chunk]);
    try {
      await output.write(bytes);
    } catch (error) {
      if (error instanceof OutputError) this.#written += framesIn(bytes, error.keptBytes);
      // What is in the file is whole, and it keeps its name.
      await output.endFile().catch(() => output.abandon());
      throw error;
    }
    this.#written += this.#frames[chunk];
    if (this.#endsFile[chunk] !== 0) await output.endFile();
  }
}
