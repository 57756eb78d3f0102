/** Why a resource cannot be changed: it is another account's, or of the configuration file. */

/** The part of a resource that decides. */
interface Owned {
  readonly ownerId: string;
}

/**
 * Why a resource cannot be changed; undefined when it can.
 * @param declared what GetStatus says; without it the API refuses in its own words
 */
export function lockedReason({ ownerId }: Owned, account: string, declared?: boolean): string | undefined {
  if (ownerId !== account) return `It belongs to account ${ownerId}.`;
  return declared === true ? 'It is in the configuration file: change it there.' : undefined;
}

/** The same of several: the first reason. */
export function firstReason(reasons: readonly (string | undefined)[]): string | undefined {
  return reasons.find((reason) => reason !== undefined);
}
