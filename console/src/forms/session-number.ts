/** The session number that a form proposes. */

/** A number that was proposed, and what for. */
export interface ProposedNumber {
  /** Network interface ids of the sources. */
  readonly sources: readonly string[];
  readonly number: number;
}

/**
 * The lowest free number, or the one that was sent first for the same sources. A second attempt has to send what the first
 * did: the first may have made the session, its answer lost, and then its number is not free any more.
 * @param sent undefined: nothing was sent yet
 */
export function proposedNumber(
  sent: ProposedNumber | undefined,
  sources: readonly string[],
  free: number,
): number {
  return sent !== undefined && sent.sources.join() === sources.join() ? sent.number : free;
}
