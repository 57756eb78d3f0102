/**
 * Bytes that a server holds for its clients: requests that arrive, what is decoded from them, and responses that are
 * not read yet. Their sum has one bound. When it is reached, the holding that has waited longest for its client is
 * given up.
 */

export class HeldBytes {
  readonly #maximumBytes: number;
  /** Holdings that can be given up, the longest waiting first. */
  readonly #waiting = new Set<Holding>();
  #heldBytes = 0;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /** @param giveUp closes the connection that the bytes are held for */
  hold(giveUp: () => void): Holding {
    const holding: Holding = new Holding(giveUp, this.#waiting, (bytes, isNeeded) => {
      if (!this.#makeRoom(bytes, holding) && !isNeeded) return false;
      this.#heldBytes += bytes;
      return true;
    });
    this.#waiting.add(holding);
    return holding;
  }

  #makeRoom(bytes: number, asking: Holding): boolean {
    for (const holding of this.#waiting) {
      if (this.#heldBytes + bytes <= this.#maximumBytes) return true;
      if (holding !== asking) holding.giveUp();
    }
    return this.#heldBytes + bytes <= this.#maximumBytes;
  }
}

/** The bytes held for one request, or for its response. */
export class Holding {
  readonly #giveUp: () => void;
  readonly #waiting: Set<Holding>;
  readonly #reserve: (bytes: number, isNeeded: boolean) => boolean;
  #bytes = 0;

  constructor(
    giveUp: () => void,
    waiting: Set<Holding>,
    reserve: (bytes: number, isNeeded: boolean) => boolean,
  ) {
    this.#giveUp = giveUp;
    this.#waiting = waiting;
    this.#reserve = reserve;
  }

  /** @returns false, with nothing added, when there is no room and no other holding can be given up */
  add(bytes: number): boolean {
    if (!this.#reserve(bytes, false)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Adds bytes even without room: they exist already, such as a response to a change that was made. */
  addAnyway(bytes: number): void {
    this.#reserve(bytes, true);
    this.#bytes += bytes;
  }

  /** The holding no longer waits for its client, and is not given up for others. */
  keep(): void {
    this.#waiting.delete(this);
  }

  /** Called again, does nothing. */
  release(): void {
    this.#waiting.delete(this);
    this.#reserve(-this.#bytes, true);
    this.#bytes = 0;
  }

  giveUp(): void {
    this.release();
    this.#giveUp();
  }
}
