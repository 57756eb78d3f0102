/** What the EC2 service keeps in the durable state, table by table. */
import type { TrafficMirrorFilter } from '../../resources/traffic-mirror-filter.js';
import type { TrafficMirrorSession } from '../../resources/traffic-mirror-session.js';
import type { TrafficMirrorTarget } from '../../resources/traffic-mirror-target.js';
import type { TokenRecord } from '../client-tokens.js';
import type { Structure } from './answer.js';

/** The resources by kind; each kind has a table of its name. */
export interface ResourceKinds {
  readonly targets: TrafficMirrorTarget;
  readonly filters: TrafficMirrorFilter;
  readonly sessions: TrafficMirrorSession;
}

export type Kind = keyof ResourceKinds;

export const KINDS = ['targets', 'filters', 'sessions'] as const satisfies readonly Kind[];

/** A resource with what the API knows of it besides; keyed by its id. */
export interface Entry<Resource> {
  /** The account; twelve digits. */
  readonly ownerId: string;
  /** Ascending in the order of creation; below zero for resources of the configuration file. */
  readonly order: number;
  readonly resource: Resource;
  /**
   * Of a session: its source is of the inventory, not a device of the host that nobody declared. It goes when the
   * source is taken out of the inventory.
   */
  readonly hasDeclaredSource?: true;
}

/** True for resources of the configuration file, which the API shows and does not change. */
export function isDeclared(entry: Entry<unknown>): boolean {
  return entry.order < 0;
}

/** What is kept of a ClientToken. */
export interface ClientTokenRecord extends TokenRecord {
  /** Of a record from before ids were kept: what was answered. */
  readonly content?: Structure;
}

export const CLIENT_TOKENS = 'clientTokens';
