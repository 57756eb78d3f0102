/** The kinds of resources: what the state keeps of each, and how ids, ARNs and errors name it. */
import { randomBytes } from 'node:crypto';
import type { TrafficMirrorFilter } from '../../resources/traffic-mirror-filter.js';
import type { TrafficMirrorSession } from '../../resources/traffic-mirror-session.js';
import type { TrafficMirrorTarget } from '../../resources/traffic-mirror-target.js';
import type { TokenRecord } from '../client-tokens.js';
import { Ec2Error } from './ec2-error.js';
import type { Structure } from './response.js';

/** The resource of each kind. The state has a table of the same name. */
export interface ResourceKinds {
  readonly targets: TrafficMirrorTarget;
  readonly filters: TrafficMirrorFilter;
  readonly sessions: TrafficMirrorSession;
}

export type Kind = keyof ResourceKinds;

export const KINDS = ['targets', 'filters', 'sessions'] as const satisfies readonly Kind[];

/** Filter rules live in their filter, but have ids, tags and ARNs of their own. */
export type ResourceType = Kind | 'rules';

interface Naming {
  /** The name in ARNs, tag specifications and DescribeTags. */
  readonly type: string;
  readonly idPrefix: string;
  /** The part of error codes before `.NotFound` and `.Malformed`. */
  readonly errorPrefix: string;
  readonly words: string;
}

const NAMES: Readonly<Record<ResourceType, Naming>> = {
  targets: {
    type: 'traffic-mirror-target',
    idPrefix: 'tmt-',
    errorPrefix: 'InvalidTrafficMirrorTargetId',
    words: 'Traffic Mirror target',
  },
  filters: {
    type: 'traffic-mirror-filter',
    idPrefix: 'tmf-',
    errorPrefix: 'InvalidTrafficMirrorFilterId',
    words: 'Traffic Mirror filter',
  },
  rules: {
    type: 'traffic-mirror-filter-rule',
    idPrefix: 'tmfr-',
    errorPrefix: 'InvalidTrafficMirrorFilterRuleId',
    words: 'Traffic Mirror filter rule',
  },
  sessions: {
    type: 'traffic-mirror-session',
    idPrefix: 'tms-',
    errorPrefix: 'InvalidTrafficMirrorSessionId',
    words: 'Traffic Mirror session',
  },
};

const RESOURCE_TYPES = Object.keys(NAMES) as ResourceType[];

const ID_BYTES = 8;

/** `traffic-mirror-target` and the like. */
export function typeName(type: ResourceType): string {
  return NAMES[type].type;
}

/** A new id: `tmt-0` and 16 random hex digits, for a target. Ids of EC2 have the 0, too. */
export function newId(type: ResourceType): string {
  return `${NAMES[type].idPrefix}0${randomBytes(ID_BYTES).toString('hex')}`;
}

/** The type that an id belongs to by its prefix; the resource need not exist. */
export function typeOfId(id: string): ResourceType | undefined {
  return RESOURCE_TYPES.find((type) => id.startsWith(NAMES[type].idPrefix));
}

/** `arn:aws:ec2:REGION:ACCOUNT:traffic-mirror-target/ID`. */
export function resourceArn(type: string, id: string, region: string, accountId: string): string {
  return `arn:aws:ec2:${region}:${accountId}:${type}/${id}`;
}

/** The error for an id that no resource has, or none that the caller may see. */
export function notFound(type: ResourceType, id: string): Ec2Error {
  const { idPrefix, errorPrefix, words } = NAMES[type];
  if (!id.startsWith(idPrefix)) {
    return new Ec2Error(`${errorPrefix}.Malformed`, `Invalid id: "${id}" (expecting "${idPrefix}...")`);
  }
  return new Ec2Error(`${errorPrefix}.NotFound`, `The ${words} ID '${id}' does not exist`);
}

/** A resource with its owner and order. Keyed by the id of the resource. */
export interface Entry<Resource> {
  /** Id of the account; twelve digits. */
  readonly ownerId: string;
  /** Ascending in the order of creation; negative for resources of the configuration file. */
  readonly order: number;
  readonly resource: Resource;
  /**
   * True for a session whose source is in the inventory of the configuration file. The session is deleted when the
   * source is taken out of it. Absent when the source is a device of the host that nobody declared.
   */
  readonly hasDeclaredSource?: true;
}

/** True for resources of the configuration file. The API shows them, and cannot change them. */
export function isDeclared(entry: Entry<unknown>): boolean {
  return entry.order < 0;
}

/** Why the API cannot change a resource of the file. */
export function whyFixed({ resource }: Entry<unknown>): string {
  const { selectorId } = resource as { readonly selectorId?: string };
  return selectorId === undefined
    ? 'is declared in the configuration file and can only be changed there'
    : `was made for a match of selector ${selectorId}: only the session on it, in the configuration file, can be changed`;
}

/** The record of a client token. */
export interface ClientTokenRecord extends TokenRecord {
  /** The content of the response, in records of older versions, which have no id. */
  readonly content?: Structure;
}

/** The table of client tokens. */
export const CLIENT_TOKENS = 'clientTokens';
