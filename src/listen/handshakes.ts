/**
 * TLS handshakes of clients that are not known yet. A socket is given to TLS when its whole first message (ClientHello)
 * is here, so that silent clients cost a socket and no more. To answer it takes a signature: handshakes begin one after
 * the other, and together take at most a part of the time of the event loop.
 *
 *     accepted --(ClientHello)--> waits for its turn --(signature)--> under way --> secure
 *         \________________ too many: the oldest is closed _________________/
 */
import type { Socket } from 'node:net';

/** RFC 8446 section 5.1: type and length of a record, and the most that it holds. */
const RECORD_HEADER_BYTES = 5;
const RECORD_LENGTH = 3;
const MAXIMUM_RECORD_BYTES = 1 << 14;
const HANDSHAKE_RECORD = 22;
/** RFC 8446 section 4: type and length of a message. */
const CLIENT_HELLO = 1;
const MESSAGE_HEADER_BYTES = 4;
const HELLO_TIMEOUT_MS = 5000;
/** First messages may have 16 KiB each; handshakes under way hold tens of kilobytes. */
const MAXIMUM_WAITING = 1024;
const MAXIMUM_UNDER_WAY = 128;
/** Beginning handshakes take at most one in so many parts of the time. */
const SHARE = 4;

export class Handshakes {
  readonly #maximumWaiting: number;
  readonly #maximumUnderWay: number;
  readonly #begin: (socket: Socket) => void;
  /** The oldest first. */
  readonly #waiting = new Map<Socket, NodeJS.Timeout>();
  /** Those of `#waiting` whose first message is here. */
  readonly #greeted = new Set<Socket>();
  /** By client, the oldest first. */
  readonly #underWay = new Map<string, Socket>();
  #isBusy = false;

  /** @param maximum of sockets that wait, and of those under way. @param begin gives a socket to TLS. */
  constructor(maximum: number, begin: (socket: Socket) => void) {
    this.#maximumWaiting = Math.min(maximum, MAXIMUM_WAITING);
    this.#maximumUnderWay = Math.min(maximum, MAXIMUM_UNDER_WAY);
    this.#begin = begin;
  }

  /** Takes a socket that was accepted. */
  add(socket: Socket): void {
    const client = clientOf(socket);
    // It is closed already.
    if (client === undefined) return void socket.destroy();
    const deadline = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
    this.#waiting.set(socket, deadline);
    socket.on('error', ignore);
    socket.once('close', () => {
      this.#leave(socket);
      if (this.#underWay.get(client) === socket) this.#underWay.delete(client);
    });
    awaitHello(socket, () => {
      if (!this.#waiting.has(socket)) return;
      this.#greeted.add(socket);
      if (!this.#isBusy) this.#next();
    });
    if (this.#waiting.size > this.#maximumWaiting) this.#giveUp(firstOf(this.#waiting.keys()));
  }

  /** The handshake of a client is done: its socket is not closed for others any more. */
  done(connection: Socket): void {
    this.#underWay.delete(clientOf(connection) ?? '');
  }

  /** Closes those under way: they go by a certificate that is not to be used any more. */
  abandon(): void {
    for (const socket of [...this.#underWay.values()]) socket.destroy();
  }

  /** Closes all. */
  close(): void {
    this.abandon();
    for (const socket of [...this.#waiting.keys()]) socket.destroy();
  }

  /** It counts no more from now on: it is closed only at the end of this round of the event loop. */
  #giveUp(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.#leave(socket);
    socket.destroy();
  }

  #leave(socket: Socket): void {
    clearTimeout(this.#waiting.get(socket));
    this.#waiting.delete(socket);
    this.#greeted.delete(socket);
  }

  #next(): void {
    const socket = this.#takeGreeted();
    this.#isBusy = socket !== undefined;
    if (socket === undefined) return;
    if (this.#underWay.size >= this.#maximumUnderWay) {
      const [client, oldest] = firstOf(this.#underWay) ?? [];
      this.#underWay.delete(client ?? '');
      oldest?.destroy();
    }
    this.#underWay.set(clientOf(socket) ?? '', socket);
    const startedMs = performance.now();
    this.#begin(socket);
    // TLS reads what is here in the next tick, and answers it there.
    process.nextTick(() => {
      const pauseMs = (SHARE - 1) * (performance.now() - startedMs);
      setTimeout(() => this.#next(), pauseMs);
    });
  }

  /** @returns the one that has waited longest of those that are still open. */
  #takeGreeted(): Socket | undefined {
    for (const socket of this.#greeted) {
      this.#leave(socket);
      if (!socket.destroyed) return socket;
    }
    return undefined;
  }
}

/** Names the client of a TCP socket, plain or TLS; undefined for one that is closed. */
function clientOf({ remoteAddress, remotePort, localAddress }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** Calls `then` when a whole ClientHello can be read from a socket. Closes the socket when something else comes. */
function awaitHello(socket: Socket, then: () => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const onReadable = (): void => {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) return;
    seen = Buffer.concat([seen, bytes]);
    const isHello = isWholeHello(seen);
    if (isHello === undefined) return;
    if (!isHello) return void socket.destroy();
    socket.off('readable', onReadable).off('end', onEnd);
    socket.unshift(seen);
    then();
  };
  const onEnd = (): void => void socket.destroy();
  socket.on('readable', onReadable).on('end', onEnd);
}

/** @returns undefined while it is the beginning of one. A message in several records is none that clients send. */
function isWholeHello(bytes: Buffer): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE_RECORD) return false;
  if (bytes.length < RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES) return undefined;
  const length = bytes.readUInt16BE(RECORD_LENGTH);
  const message = bytes.readUIntBE(RECORD_HEADER_BYTES + 1, 3) + MESSAGE_HEADER_BYTES;
  if (length > MAXIMUM_RECORD_BYTES || message > length) return false;
  if (bytes[RECORD_HEADER_BYTES] !== CLIENT_HELLO) return false;
  return bytes.length >= RECORD_HEADER_BYTES + length ? true : undefined;
}

function firstOf<Item>(items: Iterable<Item>): Item | undefined {
  const [first] = items;
  return first;
}

function ignore(): void {}
