/** Does what many sources need in slices: frames and the heartbeat have their turn of the event loop in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_MS = 4;

export class Slices {
  #running = 0;

  /** Something is being done: whoever waits for frames should not be in its way. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  /** Does it for each, in order. @throws what `act` throws (rejects); the others are left out then. */
  async each<Item>(items: Iterable<Item>, act: (item: Item) => void): Promise<void> {
    this.#running += 1;
    try {
      let end = performance.now() + SLICE_MS;
      for (const item of items) {
        if (performance.now() >= end) {
          await nextTurn();
          end = performance.now() + SLICE_MS;
        }
        act(item);
      }
    } finally {
      this.#running -= 1;
    }
  }
}
