/**
 * Senders that failed or were closed: the kernel may not be done with the memory of what they sent. A batch has to wait for
 * such a sender if some of its frames may have been sent by it, so not if all of them were read since.
 */
import type { CopiedRing } from './umem.js';
import type { XdpSender } from './xdp-sender.js';

export class ClosingSenders {
  /** With the blocks that were being read when it was closed: by ring, `framesRead`. */
  readonly #blocks = new Map<XdpSender, ReadonlyMap<CopiedRing, number>>();
  /** Those that a batch may have frames of. */
  #recent: readonly XdpSender[] = [];
  /** Descriptors that the kernel threw away, of those that are released. */
  #thrownAway = 0;

  get all(): Iterable<XdpSender> {
    return this.#blocks.keys();
  }

  get thrownAway(): number {
    return this.#thrownAway;
  }

  /** Closes a sender. @param rings all that are copied from. */
  add(sender: XdpSender, rings: Iterable<CopiedRing>): void {
    sender.close();
    const blocks = new Map<CopiedRing, number>();
    for (const ring of rings) if (ring.remaining > 0) blocks.set(ring, ring.framesRead);
    this.#blocks.set(sender, blocks);
    this.#recent = [...this.#recent, sender];
    this.release();
  }

  /** Forgets senders once the kernel is done with their memory. @returns whether it is with all. */
  release(): boolean {
    for (const sender of this.#blocks.keys()) {
      if (!sender.release()) continue;
      this.#thrownAway += sender.invalidDescriptors;
      this.#blocks.delete(sender);
    }
    return this.#blocks.size === 0;
  }

  /**
   * To be called once at the end of each batch.
   * @returns those that frames of the batch may have been sent by: closed since the last batch, or since a block was begun
   * that was not read to its end then.
   */
  ofBatch(): readonly XdpSender[] {
    const recent = this.#recent;
    if (recent.length > 0)
      this.#recent = recent.filter((sender) => [...(this.#blocks.get(sender) ?? [])].some(isUnread));
    return recent;
  }
}

/** The block is still the ring's current one, and frames of it are to come: in another batch. */
function isUnread([ring, framesRead]: [CopiedRing, number]): boolean {
  return ring.remaining > 0 && ring.framesRead === framesRead;
}
