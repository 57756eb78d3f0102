/**
 * The rings of one source: the one that captures, and those whose place it took, as long as they hold frames. Frames
 * are read from the oldest first, so their order stays that of the wire. Rings are opened and closed off the main
 * thread.
 */
import { LinuxError } from '../../linux/errors.js';
import { NamespaceError } from '../../linux/network-namespace.js';
import type { CaptureRing } from '../capture-ring.js';
import { halved, LEAST_RING_MEGABYTES, type RingMemory, RingMemoryError } from './ring-memory.js';
import type { RingSizing } from './ring-sizing.js';

/** What rings are made of. */
export interface RingParts {
  readonly memory: RingMemory;
  readonly sizing: RingSizing;
  /** Most that the first ring may have, in MiB, so that the other sources have theirs. */
  readonly share: number;
  /** Opens a ring that lets nothing in, where the source is. @throws LinuxError: EPERM, ENOMEM. NamespaceError (rejects). */
  readonly open: (megabytes: number, isReplaceable: boolean) => Promise<CaptureRing>;
  /** Another ring has taken the place of the one before. */
  readonly onReplaced: () => void;
  /** Runs what is slow, when others leave room for it. */
  readonly slowly: <Result>(act: () => Promise<Result>) => Promise<Result>;
}

/** Has the first ring capture in place of the second. @returns false when that is not wanted any more. */
type TakePlace = (ring: CaptureRing, former: CaptureRing) => boolean;

/** An open ring, and the memory that it takes. */
interface SizedRing {
  readonly ring: CaptureRing;
  readonly megabytes: number;
}

export class SourceRings {
  readonly #parts: RingParts;
  #current: SizedRing | undefined;
  /** The oldest first. */
  #former: readonly SizedRing[] = [];
  /** Drops of rings that are closed. */
  #droppedBefore = 0;
  /** The first ring is being opened. */
  #opening: Promise<void> | undefined;
  #lacksMemory = false;
  /** A ring of another size is being opened. */
  #isReplacing = false;

  constructor(parts: RingParts) {
    this.#parts = parts;
  }

  /** The ring that captures, or will. */
  get current(): CaptureRing | undefined {
    return this.#current?.ring;
  }

  /** Size of that ring; 0 without one. */
  get megabytes(): number {
    return this.#current?.megabytes ?? 0;
  }

  /** Of the ring that is read next, to poll; -1 without one. */
  get descriptor(): number {
    return (this.#former[0] ?? this.#current)?.ring.descriptor ?? -1;
  }

  /** Frames that no ring had room for, since the start. */
  get dropped(): number {
    return this.#all.reduce((sum, { ring }) => sum + ring.dropped, this.#droppedBefore);
  }

  /** The share of the fullest ring that waits to be read, 0–1. */
  get fill(): number {
    return Math.max(0, ...this.#all.map(({ ring }) => ring.fill));
  }

  /** Nothing is in them, and nothing on the way into them. */
  get isEmpty(): boolean {
    return this.#all.every(({ ring }) => isEmpty(ring));
  }

  /** A ring may be replaced by one of another size now. */
  get isReplaceable(): boolean {
    const { isAuto } = this.#parts.sizing;
    return isAuto && !this.#isReplacing && this.#current !== undefined && this.#former.length === 0;
  }

  /** The ring with the oldest frames, with its block loaded; undefined while there are none to read. */
  load(): CaptureRing | undefined {
    for (const former of this.#former) {
      if (former.ring.load()) return former.ring;
      if (former.ring.filling) return undefined;
      this.#former = this.#former.slice(1);
      void this.#close(former);
    }
    const ring = this.#current?.ring;
    return ring?.load() === true ? ring : undefined;
  }

  /**
   * Opens a ring, the largest that can be had; not a second one while it is being opened.
   * @param isWanted asked when it is open: false: it is closed again.
   * @throws RingMemoryError, and what `open` throws (rejects).
   */
  open(isWanted: () => boolean): Promise<void> {
    this.#opening ??= this.#openFirst(isWanted).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** The current ring gets no frames any more: they come to the next one that is opened. */
  retire(): void {
    if (this.#current !== undefined) this.#former = [...this.#former, this.#current];
    this.#current = undefined;
  }

  /** What the ring could give up for a source that lacks memory, in MiB. */
  get spareMegabytes(): number {
    return this.isReplaceable ? this.megabytes - halved(this.megabytes) : 0;
  }

  /** Has a ring of another size take the place of one that is too small or too large. @returns whether one is being opened. */
  resize(takePlace: TakePlace): boolean {
    if (!this.isReplaceable) return false;
    const megabytes = this.#parts.sizing.next(this.megabytes, performance.now());
    if (megabytes === undefined) return false;
    void this.#replace(megabytes, takePlace, false);
    return true;
  }

  /** Halves the ring, for a source that lacks memory. @returns whether it is being done. */
  shrink(takePlace: TakePlace): boolean {
    if (this.spareMegabytes === 0) return false;
    this.#parts.sizing.shrunk(performance.now());
    void this.#replace(halved(this.megabytes), takePlace, true);
    return true;
  }

  /** Takes their errors off all rings. @returns whether the one that captures had one; not before its frames are read. */
  clearErrors(): boolean {
    for (const { ring } of this.#former) ring.clearError();
    const { current } = this;
    return current !== undefined && !current.load() && current.clearError();
  }

  /** @returns whether every frame that is in the rings now has been handed over, once it is called. */
  fence(): () => boolean {
    const fences = this.#all.map(({ ring }) => ({ ring, fence: ring.fence() }));
    return () => fences.every(({ ring, fence }) => ring.isPast(fence));
  }

  /** Has no rings from now on. Resolves when the kernel is done with them, and with one that was being opened. */
  async close(): Promise<void> {
    const all = this.#all;
    this.#former = [];
    this.#current = undefined;
    await Promise.all([...all.map((ring) => this.#close(ring)), this.#opening?.catch(() => {})]);
  }

  /** There is no ring, since all memory for rings is taken. */
  get lacksMemory(): boolean {
    return this.#lacksMemory;
  }

  /** No ring is needed now. */
  needNone(): void {
    this.#lacksMemory = false;
  }

  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  async #openFirst(isWanted: () => boolean): Promise<void> {
    const { memory, sizing, share } = this.#parts;
    try {
      const opened = await this.#openOf(memory.take(Math.min(sizing.wanted, share)));
      this.#lacksMemory = false;
      if (isWanted()) this.#current = opened;
      else await this.#close(opened);
    } catch (error) {
      this.#lacksMemory = error instanceof RingMemoryError;
      throw error;
    }
  }

  get #all(): readonly SizedRing[] {
    return this.#current === undefined ? this.#former : [...this.#former, this.#current];
  }

  /**
   * Puts a ring of another size in the place of the current one, between two frames. When such a ring cannot be had, or is
   * not wanted any more, the current one goes on.
   * @param isForced it is smaller, and may take its memory while the larger one still has its own.
   */
  async #replace(megabytes: number, takePlace: TakePlace, isForced: boolean): Promise<void> {
    const isReplaced = await this.#tryReplace(megabytes, takePlace, isForced);
    if (isReplaced) this.#parts.onReplaced();
    else this.#parts.sizing.refused(performance.now());
  }

  async #tryReplace(megabytes: number, takePlace: TakePlace, isForced: boolean): Promise<boolean> {
    const current = this.#current;
    const taken = current && this.#takeOther(megabytes, current.megabytes, isForced);
    if (current === undefined || taken === undefined) return false;
    this.#isReplacing = true;
    let opened: SizedRing | undefined;
    try {
      const least = taken > current.megabytes ? current.megabytes + 1 : LEAST_RING_MEGABYTES;
      opened = await this.#openOf(taken, least);
      if (this.#current !== current || !takePlace(opened.ring, current.ring)) return false;
      this.#former = [...this.#former, current];
      this.#current = opened;
      return true;
    } catch (error) {
      // No memory, no device, or no namespace any more.
      if (!(error instanceof LinuxError || error instanceof NamespaceError)) throw error;
      return false;
    } finally {
      this.#isReplacing = false;
      if (opened !== undefined && opened !== this.#current) void this.#close(opened);
    }
  }

  /** @returns the memory of a ring that is larger or smaller than the one there is; undefined: it is not to be had. */
  #takeOther(wanted: number, now: number, isForced: boolean): number | undefined {
    const { memory } = this.#parts;
    if (isForced) {
      memory.takeAnyway(wanted);
      return wanted;
    }
    let taken = 0;
    try {
      taken = memory.take(wanted);
    } catch {
      return undefined;
    }
    if (taken < now === wanted < now && taken !== now) return taken;
    memory.giveBack(taken);
    return undefined;
  }

  /** Opens a ring whose memory is taken; smaller where the kernel has not so much. @param least in MiB. */
  async #openOf(taken: number, least = LEAST_RING_MEGABYTES): Promise<SizedRing> {
    const { memory, sizing, open, slowly } = this.#parts;
    let megabytes = taken;
    try {
      for (;;) {
        try {
          return { ring: await slowly(() => open(megabytes, sizing.isAuto)), megabytes };
        } catch (error) {
          const isNoMemory = error instanceof LinuxError && error.code === 'ENOMEM';
          if (!isNoMemory || megabytes === LEAST_RING_MEGABYTES || halved(megabytes) < least) throw error;
          memory.giveBack(megabytes - halved(megabytes));
          megabytes = halved(megabytes);
        }
      }
    } catch (error) {
      memory.giveBack(megabytes);
      throw error;
    }
  }

  async #close({ ring, megabytes }: SizedRing): Promise<void> {
    this.#droppedBefore += ring.dropped;
    await this.#parts.slowly(() => ring.close());
    this.#parts.memory.giveBack(megabytes);
  }
}

/** Nothing in it, and nothing on the way into it. */
function isEmpty(ring: CaptureRing): boolean {
  return !ring.load() && !ring.filling;
}
