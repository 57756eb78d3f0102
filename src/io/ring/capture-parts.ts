/** What the capture of a source is made of. */
import type { CaptureRing } from '../capture-ring.js';
import type { SourceNamespace } from '../source-namespace.js';
import type { RingMemory } from './ring-memory.js';
import type { RingSizing } from './ring-sizing.js';
import type { SourceLanes, Surroundings } from './source-lanes.js';

/** The namespace that the device lives in. */
export type CaptureNamespace = Pick<SourceNamespace, 'path' | 'problem' | 'generation' | 'find' | 'enter'>;

export interface CaptureParts extends Surroundings {
  readonly lanes: SourceLanes;
  readonly namespace: CaptureNamespace;
  readonly memory: RingMemory;
  readonly sizing: RingSizing;
  /** Most that the first ring may have, in MiB. */
  readonly share: number;
  /**
   * Opens a ring that lets nothing in, in the namespace in which the thread is when it is called.
   * @throws LinuxError: EPERM, ENOMEM (rejects).
   */
  readonly openRing: (megabytes: number, isReplaceable: boolean) => Promise<CaptureRing>;
  /** Runs what is slow, when others leave room for it. */
  readonly slowly: <Result>(act: () => Promise<Result>) => Promise<Result>;
  /** Called when a ring that was asked for by `checkDevice` is open: the device is to be looked at again. */
  readonly onRing: () => void;
}
