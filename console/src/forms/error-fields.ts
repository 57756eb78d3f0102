/** Which field of a form an error of the API belongs to. The code decides, then a parameter's name in the words. */
import type { ApiError } from '../aws/errors.js';

/** A field by the name of its parameter, or `tags`. */
export type ErrorField = string;

const INVALID_VALUE = /for parameter ([\w.]+) is invalid/;
const MISSING = /([\w.]+)\.?$/;
const COMBINATION = /^(\w+): /;

const BY_CODE: Readonly<Record<string, ErrorField>> = {
  'InvalidNetworkInterfaceID.NotFound': 'networkInterfaceId',
  'InvalidVpcEndpointId.NotFound': 'gatewayLoadBalancerEndpointId',
  InterfaceInUseByTrafficMirrorTarget: 'networkInterfaceId',
  InterfaceInUseByTrafficMirrorSession: 'networkInterfaceId',
  TrafficMirrorSessionsPerInterfaceLimitExceeded: 'networkInterfaceId',
  TrafficMirrorSourcesPerTargetLimitExceeded: 'trafficMirrorTargetId',
  'InvalidTrafficMirrorTargetId.NotFound': 'trafficMirrorTargetId',
  'InvalidTrafficMirrorTargetId.Malformed': 'trafficMirrorTargetId',
  'InvalidTrafficMirrorFilterId.NotFound': 'trafficMirrorFilterId',
  'InvalidTrafficMirrorFilterId.Malformed': 'trafficMirrorFilterId',
  TrafficMirrorFilterRuleAlreadyExists: 'ruleNumber',
  TagLimitExceeded: 'tags',
};

/**
 * The field, by the name of its parameter with a small first letter: `sessionNumber`.
 * @returns undefined when the error belongs to the form
 */
export function fieldOf({ code, message }: Pick<ApiError, 'code' | 'message'>): ErrorField | undefined {
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code];
  if (/duplicate tag key/i.test(message)) return 'tags';
  const name = nameIn(code, message);
  if (name === undefined) return undefined;
  const field = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  if (field.startsWith('tag.') || field.startsWith('tagSpecification')) return 'tags';
  return /^removeField/.test(field) ? undefined : field;
}

function nameIn(code: string, message: string): string | undefined {
  if (code === 'InvalidParameterValue') return INVALID_VALUE.exec(message)?.[1];
  if (code === 'MissingParameter') return MISSING.exec(message)?.[1];
  if (code === 'InvalidParameterCombination') return COMBINATION.exec(message)?.[1];
  return undefined;
}
