/** A contender at work. */

export interface Mirroring {
  /** Processes that do it. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}
