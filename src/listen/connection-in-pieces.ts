/**
 * A connection whose bytes come in small pieces. Node's parser makes a request of every head in what it is given, two
 * thousand of 64 KiB, and cannot be told to stop; of a small piece it makes few before the connection is paused or
 * closed.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const PIECE_BYTES = 512;

type Done = (error?: Error | null) => void;

export class ConnectionInPieces extends Duplex {
  readonly #socket: Socket;
  /** What came in and was not handed on. */
  #rest: Buffer = Buffer.alloc(0);
  #hasEnded = false;

  /** @param socket of TCP, TLS or a unix socket; belongs to the connection from here on */
  constructor(socket: Socket) {
    super({ allowHalfOpen: true, readableHighWaterMark: PIECE_BYTES });
    this.#socket = socket;
    socket.on('data', (bytes) => {
      socket.pause();
      this.#rest = bytes;
      this.#handOn();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#handOn();
    });
    socket.on('timeout', () => this.emit('timeout'));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** As of a socket: `timeout` is emitted after so much silence, and nothing else is done. */
  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    this.#socket.setTimeout(milliseconds);
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    return this;
  }

  /** Closes the connection when all that was written is sent. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {
    this.#handOn();
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, done: Done): void {
    this.#socket.write(bytes, encoding, done);
  }

  override _writev(writes: { chunk: Buffer; encoding: BufferEncoding }[], done: Done): void {
    this.#socket.cork();
    for (const [index, { chunk, encoding }] of writes.entries()) {
      if (index < writes.length - 1) this.#socket.write(chunk, encoding);
      else this.#socket.write(chunk, encoding, done);
    }
    this.#socket.uncork();
  }

  override _final(done: Done): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket.destroy();
    done(error);
  }

  /** Until the reader has enough; more is read when all is handed on. */
  #handOn(): void {
    while (this.#rest.length > 0 && !this.destroyed) {
      const piece = this.#rest.subarray(0, PIECE_BYTES);
      this.#rest = this.#rest.subarray(PIECE_BYTES);
      if (!this.push(piece)) return;
    }
    if (this.#rest.length > 0 || this.destroyed) return;
    if (this.#hasEnded) this.push(null);
    else this.#socket.resume();
  }
}
