/**
 * Connections of a server, and what a client can make the server do over one: their number is bounded, bytes reach the
 * parser in small pieces, and requests are answered one after the other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Bytes that node's parser gets at once, where they may hold heads. */
const PIECE_BYTES = 512;
/** Bytes that it gets at once of a body: they hold no head, and small pieces of a large body cost more than all else. */
const BODY_PIECE_BYTES = 16 * 1024;
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
 * A connection whose bytes arrive in small pieces, one in a round of the event loop. Node's parser turns every head in
 * its input into a request, two thousand from 64 KiB, and cannot be stopped. From a small piece it makes few before the
 * connection is paused or closed, or another connection has its turn.
 */
export class ConnectionInPieces extends Duplex {
  readonly #socket: Socket;
  /** The peer, asked for at once: a connection that its peer has reset names none. Undefined: so it was, or unix. */
  readonly remoteAddress: string | undefined;
  /** Bytes that arrived and were not passed on. */
  #rest: Buffer = Buffer.alloc(0);
  #hasEnded = false;
  /** The reader has room for a piece. */
  #isWanted = false;
  /** The next round of the event loop, when there is more to pass on. */
  #nextRound: NodeJS.Immediate | undefined;
  /** At least so many of the next bytes belong to a body. */
  #bodyBytes = 0;

  /** @param socket TCP, TLS or unix; the connection owns it from here on */
  constructor(socket: Socket) {
    super({ allowHalfOpen: true, readableHighWaterMark: PIECE_BYTES });
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress;
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

  /** To be called when a head was parsed. @param bytes length of the body behind it */
  expectBody(bytes: number): void {
    // The piece with the head may hold the first bytes of the body, and so do pieces that wait for the parser.
    this.#bodyBytes = Math.max(0, bytes - PIECE_BYTES - this.readableLength);
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
    this.#isWanted = true;
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
    clearImmediate(this.#nextRound);
    this.#socket.destroy();
    done(error);
  }

  /** Passes a piece on when the reader wants one, and reads more from the socket when everything is passed on. */
  #passOn(): void {
    if (!this.#isWanted || this.#nextRound !== undefined || this.destroyed) return;
    if (this.#rest.length > 0) this.#pushPiece();
    if (!this.#isWanted || this.#rest.length > 0 || this.destroyed) return;
    if (this.#hasEnded) this.push(null);
    else this.#socket.resume();
  }

  #pushPiece(): void {
    const length = Math.max(PIECE_BYTES, Math.min(this.#bodyBytes, BODY_PIECE_BYTES));
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    this.#bodyBytes = Math.max(0, this.#bodyBytes - piece.length);
    this.#isWanted = false;
    if (this.#rest.length > 0) {
      this.#nextRound = setImmediate(() => {
        this.#nextRound = undefined;
        this.#passOn();
      });
    }
    if (this.push(piece)) this.#isWanted = true;
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
