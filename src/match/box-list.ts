/** Many boxes side by side in memory, known by number: for comparing each with thousands. */
import type { Box } from './box.js';

export class BoxList {
  /** Box by box, axis by axis: from, to. */
  readonly #bounds: Int32Array;
  readonly #stride: number;

  constructor(boxes: readonly Box[]) {
    this.#stride = 2 * (boxes[0]?.from.length ?? 0);
    this.#bounds = new Int32Array(this.#stride * boxes.length);
    let at = 0;
    for (const { from, to } of boxes) {
      for (let axis = 0; axis < from.length; axis++) {
        this.#bounds[at++] = from[axis]!;
        this.#bounds[at++] = to[axis]!;
      }
    }
  }

  /** Whether every frame in `inner` is in `outer`. */
  covers(outer: number, inner: number): boolean {
    const bounds = this.#bounds;
    const end = (outer + 1) * this.#stride;
    let other = inner * this.#stride;
    for (let at = outer * this.#stride; at < end; at += 2, other += 2) {
      if (bounds[at]! > bounds[other]! || bounds[at + 1]! < bounds[other + 1]!) return false;
    }
    return true;
  }

  /** Whether some frame is in both. */
  intersect(one: number, two: number): boolean {
    const bounds = this.#bounds;
    const end = (one + 1) * this.#stride;
    let other = two * this.#stride;
    for (let at = one * this.#stride; at < end; at += 2, other += 2) {
      if (bounds[at]! > bounds[other + 1]! || bounds[other]! > bounds[at + 1]!) return false;
    }
    return true;
  }
}
