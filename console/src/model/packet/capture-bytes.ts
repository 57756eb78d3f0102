/** The bytes of a capture file, of which a bounded part is read; what gzip compressed comes decompressed. */

/** Bounds of what is read of a file. */
export interface CaptureLimits {
  /** Bytes of the file. */
  readonly fileBytes: number;
  /** Bytes of the capture, decompressed. */
  readonly captureBytes: number;
}

export const CAPTURE_LIMITS: CaptureLimits = { fileBytes: 64 << 20, captureBytes: 64 << 20 };

/** What was read. */
export interface CaptureBytes {
  readonly bytes: Uint8Array;
  /** The file has more than the bounds allow. */
  readonly isCut: boolean;
  /** What is wrong with the file behind these bytes. */
  readonly problem?: string;
}

/**
 * Compressed bytes that are decompressed at once. Deflate makes up to 1032 bytes of one, so that no more than 8 MiB wait
 * beside those that are counted.
 */
const COMPRESSED_BYTES = 8192;
/** RFC 1952 section 2.3.1: ID1, ID2, and CM 8, which is deflate. */
const GZIP_MAGIC = [0x1f, 0x8b, 8] as const;
const FIRST_BYTES = 1 << 16;

/** Reads a file from its start. @param file its bytes, in any pieces */
export async function readCaptureBytes(
  file: ReadableStream<Uint8Array>,
  limits: CaptureLimits = CAPTURE_LIMITS,
): Promise<CaptureBytes> {
  const pieces = new Pieces(file, limits.fileBytes);
  await pieces.peek(GZIP_MAGIC.length);
  const isGzip = GZIP_MAGIC.every((byte, index) => pieces.first[index] === byte);
  try {
    const stream = isGzip ? decompressed(pieces) : pieces.stream(FIRST_BYTES);
    const read = await collect(stream.getReader(), limits.captureBytes);
    return { ...read, isCut: read.isCut || pieces.isCut };
  } finally {
    await pieces.close();
  }
}

function decompressed(pieces: Pieces): ReadableStream<Uint8Array> {
  const gunzip = new DecompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>;
  void feed(pieces.stream(COMPRESSED_BYTES).getReader(), gunzip.writable.getWriter());
  return gunzip.readable;
}

/**
 * Writes what is read, a piece when the one before it is taken. A pipe would not wait: Node's has room for thousands of
 * pieces. Never rejects: what is wrong is told to whoever reads what comes out.
 */
async function feed(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return await writer.close();
      await writer.write(value);
    }
  } catch (error) {
    await writer.abort(error).catch(() => {});
  }
}

/** Collects bytes into memory that grows with them. An error is kept: the bytes in front of it count. */
async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maximum: number,
): Promise<CaptureBytes> {
  let memory = new Uint8Array(FIRST_BYTES);
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: memory.subarray(0, length), isCut: false };
      const part = value.subarray(0, maximum - length);
      if (length + part.length > memory.length) {
        const larger = new Uint8Array(Math.min(maximum, Math.max(2 * memory.length, length + part.length)));
        larger.set(memory.subarray(0, length));
        memory = larger;
      }
      memory.set(part, length);
      length += part.length;
      if (part.length < value.length) return { bytes: memory.subarray(0, length), isCut: true };
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { bytes: memory.subarray(0, length), isCut: false, problem: `gzip: ${reason}` };
  } finally {
    // The file is closed by its own reader: this one may wait for it.
    reader.cancel().catch(() => {});
  }
}

/** A stream of bytes in pieces of a chosen size, up to a bound. */
class Pieces {
  /** The bytes that were read and not handed over. */
  first: Uint8Array = new Uint8Array();
  /** The file goes on behind the bound. */
  isCut = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #left: number;

  constructor(file: ReadableStream<Uint8Array>, maximum: number) {
    this.#reader = file.getReader();
    this.#left = maximum;
  }

  /** Reads until so many bytes are there, or all that there are. */
  async peek(count: number): Promise<void> {
    while (this.first.length < count) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      const joined = new Uint8Array(this.first.length + value.length);
      joined.set(this.first);
      joined.set(value, this.first.length);
      this.first = joined;
    }
  }

  /** The bytes in order. @param size of the longest piece */
  stream(size: number): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          await this.peek(1);
          const piece = this.first.slice(0, Math.min(size, this.#left));
          this.isCut = this.#left === 0 && this.first.length > 0;
          if (piece.length === 0) return controller.close();
          this.first = this.first.subarray(piece.length);
          this.#left -= piece.length;
          controller.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
