/** The connections of a server, so many at most: the one that has been silent longest makes room for a new one. */
import type { Duplex } from 'node:stream';

export class Connections {
  readonly #maximum: number;
  /** Without a complete request that is worked on; the longest silent first. */
  readonly #waiting = new Set<Duplex>();
  #open = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  add(connection: Duplex): void {
    this.#open += 1;
    this.#waiting.add(connection);
    connection.once('close', () => {
      this.#open -= 1;
      this.#waiting.delete(connection);
    });
    if (this.#open <= this.#maximum) return;
    const [oldest] = this.#waiting;
    oldest?.destroy();
  }

  /** A complete request came in: its connection is spared until it is answered. */
  begin(connection: Duplex): void {
    this.#waiting.delete(connection);
  }

  /** It is silent from now on, also when it was not spared. */
  end(connection: Duplex): void {
    this.#waiting.delete(connection);
    if (!connection.destroyed) this.#waiting.add(connection);
  }
}
