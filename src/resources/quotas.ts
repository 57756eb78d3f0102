/** How many resources there may be; the defaults are those of EC2. */

export interface Quotas {
  readonly sessionsPerNetworkInterface: number;
  /** Both directions together. */
  readonly rulesPerFilter: number;
  readonly sessions: number;
  readonly targets: number;
  readonly filters: number;
}

export const DEFAULT_QUOTAS: Quotas = {
  sessionsPerNetworkInterface: 3,
  rulesPerFilter: 10,
  sessions: 10_000,
  targets: 10_000,
  filters: 10_000,
};

/** A quota above this is a slip of the hand. */
export const QUOTA_RANGE = { minimum: 0, maximum: 1_000_000 } as const;
