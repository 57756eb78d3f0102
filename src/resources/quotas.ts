/** Quotas: how many resources there may be. The defaults are those of EC2. */
import type { Draft } from './draft.js';

/** The most there may be of each. */
export interface Quotas {
  readonly sessionsPerNetworkInterface: number;
  /** Both directions together. */
  readonly rulesPerFilter: number;
  readonly sessions: number;
  readonly targets: number;
  readonly filters: number;
  /** Sources that copies come from to one interface, of sessions that clients of the API made; 0: no limit. */
  readonly sourcesPerInterfaceTarget: number;
  /** The same for an interface of size large; 0: no limit. */
  readonly sourcesPerLargeInterfaceTarget: number;
}

/** The quotas of EC2 per account ("Traffic Mirroring quotas" in its guide). */
export const DEFAULT_QUOTAS: Quotas = {
  sessionsPerNetworkInterface: 3,
  rulesPerFilter: 10,
  sessions: 10_000,
  targets: 10_000,
  filters: 10_000,
  sourcesPerInterfaceTarget: 10,
  sourcesPerLargeInterfaceTarget: 100,
};

/** A higher quota is taken for a typing error. */
export const QUOTA_RANGE = { minimum: 0, maximum: 1_000_000 } as const;

/** Fills in the defaults of quotas that were left out or refused. */
export function completeQuotas(quotas: Draft<Quotas> = {}): Quotas {
  const given = Object.entries(quotas).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_QUOTAS, ...Object.fromEntries(given) };
}
