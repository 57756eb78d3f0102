/** Makes the captures of an engine's sources, and opens their rings; and what is done with several captures at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counters } from '../../counters/counters.js';
import type { Libc } from '../../linux/libc.js';
import { blocksOf, WallClock } from '../../linux/packet-ring.js';
import type { WorkerShare } from '../../plan/engine-plan.js';
import type { EngineOptions } from '../../plan/mirror-plan.js';
import type { SourceNamespaces } from '../source-namespaces.js';
import type { XdpDevices } from '../xdp/xdp-devices.js';
import { AtOnce, slowCallsAtOnce } from './at-once.js';
import { blockTimeoutMs } from './block-timeout.js';
import { shareProgram } from './ring-filter.js';
import { RingMemory } from './ring-memory.js';
import { RingSizing, ringSizesOf } from './ring-sizing.js';
import { RingSource } from './ring-source.js';
import { SourceCapture } from './source-capture.js';
import { SourceLanes, type WantedLanes } from './source-lanes.js';

/** A frame that an earlier pre-filter let pass is in the ring after that time. */
const OLD_FILTER_MS = 2;
const FENCE_POLL_MS = 1;

/** What captures need of the backend. */
export interface CaptureSurroundings {
  readonly counters: Counters;
  readonly namespaces: SourceNamespaces;
  /** The part of the frames that is this engine's; undefined: all of them. */
  readonly worker: WorkerShare | undefined;
  /** AF_XDP of now; undefined: no copies go by it. */
  readonly xdp: () => XdpDevices | undefined;
  /** How many sources there are. */
  readonly sourceCount: () => number;
  /** A capture has a ring that it did not have before. */
  readonly onRing: (capture: SourceCapture) => void;
}

export class CaptureMaker {
  readonly #libc: Libc;
  readonly #around: CaptureSurroundings;
  readonly #clock: WallClock;
  readonly #share;
  readonly #slowCalls = new AtOnce(slowCallsAtOnce(process.env));
  #memory: RingMemory | undefined;

  constructor(libc: Libc, around: CaptureSurroundings) {
    this.#libc = libc;
    this.#around = around;
    this.#clock = new WallClock(libc);
    this.#share = shareProgram(around.worker);
  }

  /** Captures of sources that have none. They have no rings yet. @param sourceCount of all sources then. */
  make(sources: readonly WantedLanes[], engine: EngineOptions, sourceCount: number): SourceCapture[] {
    const { counters, namespaces, xdp, onRing } = this.#around;
    const sizes = ringSizesOf(engine);
    this.#memory ??= new RingMemory(sizes.memory);
    const memory = this.#memory;
    return sources.map((wanted) => {
      const lanes = new SourceLanes(wanted, counters);
      const sizing = new RingSizing(sizes.ring);
      const capture: SourceCapture = new SourceCapture({
        lanes,
        namespace: namespaces.of(lanes.source.netns),
        memory,
        sizing,
        share: memory.shareOf(sourceCount, sizing.wanted),
        openRing: (megabytes, isReplaceable) => this.#openRing(megabytes, isReplaceable),
        slowly: (act) => this.#slowCalls.run(act),
        onRing: () => onRing(capture),
        clock: this.#clock,
        inFlight: () => xdp()?.hold(),
      });
      return capture;
    });
  }

  async #openRing(megabytes: number, isReplaceable: boolean): Promise<RingSource> {
    const { xdp, sourceCount } = this.#around;
    const hasHeadroom = xdp() !== undefined;
    const ring: RingSource = await RingSource.open(this.#libc, {
      megabytes,
      isReplaceable,
      hasHeadroom,
      blockTimeoutMs: blockTimeoutMs(sourceCount(), blocksOf(megabytes)),
      workerShare: this.#share,
      onClose: () => xdp()?.removeRing(ring),
    });
    if (hasHeadroom) xdp()?.addRing(ring);
    return ring;
  }
}

/** Waits until every frame that an earlier pre-filter let into these rings was handed over. @param isOver ends it before. */
export async function untilDrained(
  captures: readonly Pick<SourceCapture, 'fence'>[],
  isOver: () => boolean,
): Promise<void> {
  if (captures.length === 0) return;
  await sleep(OLD_FILTER_MS);
  const fences = captures.map((capture) => capture.fence());
  while (!isOver() && !fences.every((isPast) => isPast())) await sleep(FENCE_POLL_MS);
}

/**
 * For each source that has no ring for want of memory, halves the ring that can spare most: soon it has one.
 * @returns whether any is being halved.
 */
export function makeRoom(captures: readonly SourceCapture[]): boolean {
  let isAny = false;
  for (const _ of captures.filter(({ lacksMemory }) => lacksMemory)) {
    const largest = captures.reduce((a, b) => (b.spareMegabytes > a.spareMegabytes ? b : a));
    if (!largest.shrink()) break;
    isAny = true;
  }
  return isAny;
}
