/**
 * Bytes that a server holds for its clients: requests on their way in, and answers that were not read yet. All of
 * them together have one bound.
 */

export class HeldBytes {
  readonly #maximumBytes: number;
  #heldBytes = 0;
  /** What ends each answer that is not read yet; the longest waiting first. */
  readonly #unread = new Set<() => void>();

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /** Makes room at the cost of unread answers. @returns false, and takes nothing, when that is not enough. */
  take(bytes: number): boolean {
    this.#makeRoom(bytes);
    if (this.#heldBytes + bytes > this.#maximumBytes) return false;
    this.#heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  /**
   * Takes an answer, whatever its size: it is there already, and tells what was done. Others that are not read make
   * room for it.
   * @param giveUp closes the answer's connection
   * @returns what releases it, once; later calls do nothing
   */
  takeAnswer(bytes: number, giveUp: () => void): () => void {
    this.#makeRoom(bytes);
    this.#heldBytes += bytes;
    const entry = (): void => {
      release();
      giveUp();
    };
    const release = (): void => {
      if (this.#unread.delete(entry)) this.#heldBytes -= bytes;
    };
    this.#unread.add(entry);
    return release;
  }

  #makeRoom(bytes: number): void {
    for (const giveUp of this.#unread) {
      if (this.#heldBytes + bytes <= this.#maximumBytes) return;
      giveUp();
    }
  }
}
