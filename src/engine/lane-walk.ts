/** Does something to all lanes in slices, as often as it is asked for, but never twice at the same time. */
import type { Slices } from '../io/slices.js';

export class LaneWalk<Lane> {
  readonly #slices: Slices;
  readonly #lanes: () => Iterable<Lane>;
  readonly #act: (lane: Lane) => void;
  #isUnderWay = false;
  #isAskedAnew = false;

  /** @param lanes those of now, asked for at each beginning. @param act must allow to be called again for a lane. */
  constructor(slices: Slices, lanes: () => Iterable<Lane>, act: (lane: Lane) => void) {
    this.#slices = slices;
    this.#lanes = lanes;
    this.#act = act;
  }

  /**
   * Begins at the first lane. A walk that is under way ends early, so that many requests cost no more than one slice in each
   * turn of the event loop. @throws what `act` throws (rejects)
   */
  async start(): Promise<void> {
    this.#isAskedAnew = true;
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    try {
      while (this.#isAskedAnew) {
        this.#isAskedAnew = false;
        await this.#slices.each(this.#untilAskedAnew(), this.#act);
      }
    } finally {
      this.#isUnderWay = false;
    }
  }

  *#untilAskedAnew(): Iterable<Lane> {
    for (const lane of this.#lanes()) {
      if (this.#isAskedAnew) return;
      yield lane;
    }
  }
}
