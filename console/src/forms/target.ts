/** The form of a new target: what is wrong with it, what it sends, and which field an error belongs to. */
import type { ApiError } from '../aws/errors.js';
import type { Parameters } from '../aws/parameters.js';
import type { TargetType } from '../model/target.js';
import { fieldOf } from './error-fields.js';
import { descriptionProblem, nameTagProblem, type Problem, required } from './fields.js';
import { type TagRow, tagSpecification, tagsProblem } from './tags.js';

/** The fields. */
export interface TargetValues {
  readonly name: string;
  readonly description: string;
  readonly type: TargetType;
  /** The id or ARN of what receives the copies; an address in place of an interface. */
  readonly receiver: string;
  readonly tags: readonly TagRow[];
}

/** The form as it begins. */
export const EMPTY_TARGET: TargetValues = {
  name: '',
  description: '',
  type: 'network-interface',
  receiver: '',
  tags: [],
};

/** The parameter that names the receiver, by type. */
const RECEIVER_PARAMETERS = {
  'network-interface': 'NetworkInterfaceId',
  'network-load-balancer': 'NetworkLoadBalancerArn',
  'gateway-load-balancer-endpoint': 'GatewayLoadBalancerEndpointId',
} as const satisfies Record<TargetType, string>;

const RECEIVER_FIELDS: readonly string[] = [
  'networkInterfaceId',
  'networkLoadBalancerArn',
  'gatewayLoadBalancerEndpointId',
];

/** What is wrong, by field. */
export function targetProblems(values: TargetValues): Record<keyof TargetValues, Problem> {
  return {
    name: nameTagProblem(values.name),
    description: descriptionProblem(values.description),
    type: undefined,
    receiver: required(values.receiver, 'Target'),
    tags: tagsProblem(values.tags, true),
  };
}

/** The parameters of CreateTrafficMirrorTarget but for the ClientToken. What is empty is not sent. */
export function targetParameters({ name, description, type, receiver, tags }: TargetValues): Parameters {
  return {
    [RECEIVER_PARAMETERS[type]]: receiver.trim(),
    Description: description || undefined,
    TagSpecification: tagSpecification('traffic-mirror-target', name, tags),
  };
}

/** The field that an error of CreateTrafficMirrorTarget belongs to; undefined: the form. */
export function targetFieldOf(error: Pick<ApiError, 'code' | 'message'>): keyof TargetValues | undefined {
  if (error.code === 'InvalidParameterCombination') return 'type';
  const field = fieldOf(error);
  if (field === undefined) return undefined;
  if (RECEIVER_FIELDS.includes(field)) return 'receiver';
  return field === 'description' || field === 'tags' ? field : undefined;
}
