/** Where containers are learnt of: what Docker and the state files of runc have in common. */
import type { ContainerSight } from './world.js';

/** Containers of one runtime that are looked at. */
export const MAXIMUM_CONTAINERS = 4096;

/** The containers of a runtime, kept by its events. */
export interface ContainerSource {
  readonly containers: readonly ContainerSight[];
  /** Why containers are not known, or not all; undefined: they are. */
  readonly problem: string | undefined;
  /** True when these are all containers as far as the runtime has told: nothing is being asked, and nothing failed. */
  readonly isWhole: boolean;
  /** Resolves when they are known for the first time, or that failed. Never rejects. */
  readonly ready: Promise<void>;
  close(): void;
}
