/**
 * Bytes that a server holds for its clients: requests on their way in, what is made of them, and answers that are not
 * read yet. All of them together have one bound, and what has waited longest for its client makes room for others.
 */

export class HeldBytes {
  readonly #maximumBytes: number;
  /** What can be given up; the longest waiting first. */
  readonly #waiting = new Set<Holding>();
  #heldBytes = 0;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /** @param giveUp closes the connection that it is held for */
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

/** What is held for one request, or for its answer. */
export class Holding {
  readonly #giveUp: () => void;
  readonly #waiting: Set<Holding>;
  readonly #take: (bytes: number, isNeeded: boolean) => boolean;
  #bytes = 0;

  constructor(
    giveUp: () => void,
    waiting: Set<Holding>,
    take: (bytes: number, isNeeded: boolean) => boolean,
  ) {
    this.#giveUp = giveUp;
    this.#waiting = waiting;
    this.#take = take;
  }

  /** @returns false, and adds nothing, when there is no room and nobody else can make some */
  add(bytes: number): boolean {
    if (!this.#take(bytes, false)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Adds what is there already, such as an answer that tells what was done, also when there is no room. */
  addAnyway(bytes: number): void {
    this.#take(bytes, true);
    this.#bytes += bytes;
  }

  /** It waits for its client no longer: it does not make room for others. */
  keep(): void {
    this.#waiting.delete(this);
  }

  /** Called again, does nothing. */
  release(): void {
    this.#waiting.delete(this);
    this.#take(-this.#bytes, true);
    this.#bytes = 0;
  }

  giveUp(): void {
    this.release();
    this.#giveUp();
  }
}
