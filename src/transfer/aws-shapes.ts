/** The attributes of each resource in what AWS's command line prints, beside those of a configuration. */

/** One kind of resource. Attributes have the configuration's names; AWS's begin with a capital letter. */
export interface Shape {
  /** Values that are the same in both. */
  readonly plain: readonly string[];
  /** Mappings whose keys are named alike. */
  readonly nested: readonly string[];
  /** What other attributes say already, or what no configuration has, with the reason. */
  readonly ignored: Readonly<Record<string, string>>;
}

const OWNER = 'a configuration has no owners: its first account owns what it declares';

export const TARGET = {
  plain: [
    'trafficMirrorTargetId',
    'networkInterfaceId',
    'networkLoadBalancerArn',
    'gatewayLoadBalancerEndpointId',
    'description',
  ],
  nested: [],
  ignored: { OwnerId: OWNER },
} as const satisfies Shape;

export const FILTER = {
  plain: ['trafficMirrorFilterId', 'networkServices', 'description'],
  nested: [],
  ignored: { OwnerId: OWNER },
} as const satisfies Shape;

export const RULE = {
  plain: [
    'trafficMirrorFilterRuleId',
    'ruleNumber',
    'ruleAction',
    'protocol',
    'sourceCidrBlock',
    'destinationCidrBlock',
    'description',
  ],
  nested: ['sourcePortRange', 'destinationPortRange'],
  ignored: {},
} as const satisfies Shape;

export const SESSION = {
  plain: [
    'trafficMirrorSessionId',
    'networkInterfaceId',
    'trafficMirrorTargetId',
    'trafficMirrorFilterId',
    'sessionNumber',
    'packetLength',
    'virtualNetworkId',
    'description',
  ],
  nested: [],
  ignored: { OwnerId: OWNER },
} as const satisfies Shape;

/** What AWS's output has no place for, in an output of `export --aws`: a part of a configuration. */
export const INVENTORY_KEY = 'TrafficMirrorInventory';

/** AWS's name of an attribute. */
export function awsName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The configuration's name of an attribute. */
export function ownName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** True for a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The id that a rule without one has everywhere but in its file. */
export function defaultRuleId(filterId: unknown, direction: string, ruleNumber: unknown): string {
  return `${String(filterId)}/${direction}/${String(ruleNumber)}`;
}
