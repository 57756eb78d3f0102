/** The taggable resources of Traffic Mirroring: how ids, ARNs and errors name them. */
import { randomBytes } from 'node:crypto';
import { Ec2Error } from './ec2-error.js';
import type { Kind } from './records.js';

/** Filter rules live in their filter, but have ids, tags and ARNs of their own. */
export type ResourceType = Kind | 'rules';

interface Naming {
  /** In ARNs, tag specifications and DescribeTags. */
  readonly type: string;
  readonly idPrefix: string;
  /** Before `.NotFound` and `.Malformed`. */
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

/** `tmt-0` and 16 random hex digits; EC2's begin with 0, too. */
export function newId(type: ResourceType): string {
  return `${NAMES[type].idPrefix}0${randomBytes(ID_BYTES).toString('hex')}`;
}

/** What an id would be the id of. */
export function typeOfId(id: string): ResourceType | undefined {
  return RESOURCE_TYPES.find((type) => id.startsWith(NAMES[type].idPrefix));
}

/** `arn:aws:ec2:REGION:ACCOUNT:traffic-mirror-target/ID`. */
export function resourceArn(type: string, id: string, region: string, accountId: string): string {
  return `arn:aws:ec2:${region}:${accountId}:${type}/${id}`;
}

/** There is no such resource, or none that the caller may see. */
export function notFound(type: ResourceType, id: string): Ec2Error {
  const { idPrefix, errorPrefix, words } = NAMES[type];
  if (!id.startsWith(idPrefix)) {
    return new Ec2Error(`${errorPrefix}.Malformed`, `Invalid id: "${id}" (expecting "${idPrefix}...")`);
  }
  return new Ec2Error(`${errorPrefix}.NotFound`, `The ${words} ID '${id}' does not exist`);
}
