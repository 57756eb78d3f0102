/** Pieces of the block of counters: taken for a lane, given back when the lane has another. Others stay where they are. */

interface Piece {
  readonly base: number;
  readonly length: number;
}

export class CounterSpace {
  /** Free pieces by base; no two touch, and none touches the end. */
  #free: Piece[] = [];
  #end = 0;

  /** How many counters the block needs. */
  get length(): number {
    return this.#end;
  }

  /** @returns the base of a free piece: the first that is large enough. */
  take(length: number): number {
    const index = this.#free.findIndex((piece) => piece.length >= length);
    if (index < 0) {
      const base = this.#end;
      this.#end += length;
      return base;
    }
    const { base, length: found } = this.#free[index];
    this.#free.splice(index, 1, ...(found > length ? [{ base: base + length, length: found - length }] : []));
    return base;
  }

  /** @param base of a piece that was taken, of this length. */
  give(base: number, length: number): void {
    if (length === 0) return;
    const after = this.#free.findIndex((piece) => piece.base > base);
    const at = after < 0 ? this.#free.length : after;
    const [previous, next] = [this.#free[at - 1], this.#free[at]];
    const joinsPrevious = previous !== undefined && previous.base + previous.length === base;
    const joinsNext = next !== undefined && base + length === next.base;
    const from = joinsPrevious ? previous.base : base;
    const to = joinsNext ? next.base + next.length : base + length;
    const first = joinsPrevious ? at - 1 : at;
    const count = (joinsPrevious ? 1 : 0) + (joinsNext ? 1 : 0);
    const isLast = to === this.#end;
    this.#free.splice(first, count, ...(isLast ? [] : [{ base: from, length: to - from }]));
    if (isLast) this.#end = from;
  }
}
