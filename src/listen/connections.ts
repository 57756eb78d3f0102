/**
 * Connections of a server, and what a client can make the server do over one: their number is bounded, bytes reach the
 * parser in small pieces, and requests are answered one after the other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Node's parser gets so much at once. */
const PIECE_BYTES = 512;
/** Requests of one connection that wait. AWS clients send no request before the response to the one before. */
const MAXIMUM_WAITING = 16;
/** Requests of all connections that wait: with their heads, tens of megabytes. */
const MAXIMUM_WAITING_IN_ALL = 1024;

type Done = (error?: Error | null) => void;

/** Answers a request; the next one waits until the promise resolves. It never rejects. */
export type AnswerRequest = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The number of waiting requests, over all connections of a server. */
export interface WaitingCount {
  waiting: number;
}

/** The open connections of a server. When there are too many, the one that has been silent longest is closed. */
export class Connections {
  readonly #maximum: number;
  /** Connections without a complete request in progress, the longest silent first. */
  readonly #silent = new Set<Duplex>();
  #open = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  add(connection: Duplex): void {
    this.#open += 1;
    this.#silent.add(connection);
    connection.once('close', () => {
      this.#open -= 1;
      this.#silent.delete(connection);
    });
    if (this.#open <= this.#maximum) return;
    const [oldest] = this.#silent;
    oldest?.destroy();
  }

  /** A complete request has arrived: the connection is not closed for another one until `end`. */
  begin(connection: Duplex): void {
    this.#silent.delete(connection);
  }

  /** The connection is silent from now on; `begin` need not have been called. */
  end(connection: Duplex): void {
    this.#silent.delete(connection);
    if (!connection.destroyed) this.#silent.add(connection);
  }
}

/**
 * A connection whose bytes arrive in small pieces. Node's parser turns every head in its input into a request, two
 * thousand from 64 KiB, and cannot be stopped. From a small piece it makes few before the connection is paused or
 * closed.
 */
export class ConnectionInPieces extends Duplex {
  readonly #socket: Socket;
  /** Bytes that arrived and were not passed on. */
  #rest: Buffer = Buffer.alloc(0);
  #hasEnded = false;

  /** @param socket TCP, TLS or unix; the connection owns it from here on */
  constructor(socket: Socket) {
    super({ allowHalfOpen: true, readableHighWaterMark: PIECE_BYTES });
    this.#socket = socket;
    socket.on('data', (bytes) => {
      socket.pause();
      this.#rest = bytes;
      this.#passOn();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#passOn();
    });
    socket.on('timeout', () => this.emit('timeout'));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** As for a socket: emits `timeout` after so much silence, and does nothing else. */
  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    this.#socket.setTimeout(milliseconds);
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    return this;
  }

  /** Closes the connection when everything written is sent. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {
    this.#passOn();
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

  /** Stops when the reader has enough, and reads more from the socket when everything is passed on. */
  #passOn(): void {
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

/**
 * The requests of one connection, answered one after the other. Node parses everything that has arrived, and would
 * let a client that sends many requests and reads no response have all of them answered.
 */
export class RequestQueue {
  readonly #answer: AnswerRequest;
  readonly #count: WaitingCount;
  readonly #waiting: (readonly [request: IncomingMessage, response: ServerResponse])[] = [];
  #isBusy = false;

  constructor(answer: AnswerRequest, count: WaitingCount) {
    this.#answer = answer;
    this.#count = count;
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (socket.destroyed) return;
    if (!this.#isBusy) {
      void this.#work(request, response);
      return;
    }
    if (this.#waiting.length >= MAXIMUM_WAITING || this.#count.waiting >= MAXIMUM_WAITING_IN_ALL) {
      socket.destroy();
      return;
    }
    this.#waiting.push([request, response]);
    this.#count.waiting += 1;
    // Bytes read already are still parsed; no more are read.
    socket.pause();
  }

  /** The connection is closed: the waiting requests are dropped. */
  close(): void {
    this.#count.waiting -= this.#waiting.length;
    this.#waiting.length = 0;
  }

  async #work(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    this.#isBusy = true;
    await this.#answer(request, response);
    while (!socket.destroyed) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#count.waiting -= 1;
      await this.#answer(...next);
    }
    this.#isBusy = false;
    socket.resume();
  }
}
