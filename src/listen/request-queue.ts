/**
 * The requests of one connection, one after the other. Node parses all that has come in, and would have a client
 * that sends many requests and reads no answer have as many answers made.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Takes a request; the next one waits for what it returns, which never rejects. */
export type TakeRequest = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Of one connection. No client of AWS sends a request before the answer to the one before. */
const MAXIMUM_WAITING = 16;
/** Of all connections of a server: together with their heads, tens of megabytes. */
const MAXIMUM_WAITING_IN_ALL = 1024;

/** Counts the requests that wait, over all connections of a server. */
export interface WaitingCount {
  waiting: number;
}

export class RequestQueue {
  readonly #take: TakeRequest;
  readonly #count: WaitingCount;
  readonly #waiting: (readonly [request: IncomingMessage, response: ServerResponse])[] = [];
  #isBusy = false;

  constructor(take: TakeRequest, count: WaitingCount) {
    this.#take = take;
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
    // What was read already is still parsed; nothing more is read.
    socket.pause();
  }

  /** The connection is closed: nobody waits for the rest. */
  close(): void {
    this.#count.waiting -= this.#waiting.length;
    this.#waiting.length = 0;
  }

  async #work(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    this.#isBusy = true;
    await this.#take(request, response);
    while (!socket.destroyed) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#count.waiting -= 1;
      await this.#take(...next);
    }
    this.#isBusy = false;
    socket.resume();
  }
}
