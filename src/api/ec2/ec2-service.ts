/** The EC2 Query API: takes the parameters of a call, runs its action, and returns an XML document. */
import { RECEIVER_KEYS } from '../../resources/traffic-mirror-target.js';
import { DONE } from '../audit.js';
import { StateError } from '../errors.js';
import type { ApiCall, ApiResponse, ApiService } from '../service.js';
import type { ActionName } from '../services.js';
import { type Action, Ec2Call, type Ec2Context } from './ec2-call.js';
import { capitalize, Ec2Error, missingParameter, shorten } from './ec2-error.js';
import { FILTER_ACTIONS } from './filter.js';
import { FILTER_RULE_ACTIONS } from './filter-rule.js';
import { INSTANCE_ACTIONS } from './instances.js';
import { NETWORK_INTERFACE_ACTIONS } from './network-interface.js';
import { Parameters } from './parameters.js';
import { REGION_ACTIONS } from './regions.js';
import { formatError, formatResponse, type Structure } from './response.js';
import { SECURITY_GROUP_ACTIONS } from './security-groups.js';
import { SESSION_ACTIONS } from './session.js';
import { SUBNET_ACTIONS } from './subnets.js';
import { TAG_ACTIONS } from './tags.js';
import { TARGET_ACTIONS } from './target.js';
import { VPC_ACTIONS } from './vpcs.js';

const VERSION = '2016-11-15';

/** Parameters that hold the id of a resource; lists have an index. */
const ID_PARAMETER = new RegExp(
  `^(TrafficMirror(Target|Filter|FilterRule|Session)Id|${RECEIVER_KEYS.map(capitalize).join('|')}|ResourceId)(\\.\\d+)?$`,
);

/** Members of responses that hold the id of a resource. */
const ID_MEMBER = /^trafficMirror(Target|Filter|FilterRule|Session)Id$/;

const BY_NAME = {
  ...FILTER_ACTIONS,
  ...FILTER_RULE_ACTIONS,
  ...INSTANCE_ACTIONS,
  ...NETWORK_INTERFACE_ACTIONS,
  ...REGION_ACTIONS,
  ...SECURITY_GROUP_ACTIONS,
  ...SESSION_ACTIONS,
  ...SUBNET_ACTIONS,
  ...TAG_ACTIONS,
  ...TARGET_ACTIONS,
  ...VPC_ACTIONS,
} satisfies Record<ActionName<'ec2'>, Action>;

/** The actions of the EC2 API that concern Traffic Mirroring, by name. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(Object.entries(BY_NAME));

export class Ec2Service implements ApiService {
  readonly #context: Ec2Context;
  readonly #onInternalError: (error: unknown, call: ApiCall) => void;

  /** @param onInternalError called with errors that the caller did not cause */
  constructor(context: Ec2Context, onInternalError: (error: unknown, call: ApiCall) => void) {
    this.#context = context;
    this.#onInternalError = onInternalError;
  }

  async handle(call: ApiCall): Promise<ApiResponse> {
    const named = call.input.format === 'query' ? idsOfRequest(call.input.parameters) : [];
    try {
      const content = await this.#contentOf(call);
      const resourceIds = [...idsOfResponse(content), ...named];
      return { ...formatResponse(call.action, call.requestId, content), outcome: DONE, resourceIds };
    } catch (error) {
      const ec2Error = this.#errorOf(error, call);
      const response = formatError(ec2Error, call.requestId);
      return { ...response, outcome: ec2Error.code, resourceIds: named };
    }
  }

  async #contentOf(call: ApiCall): Promise<Structure> {
    const { action, input } = call;
    if (input.format !== 'query') throw new Ec2Error('InvalidAction', 'EC2 takes the Query protocol only');
    if (action === '') throw new Ec2Error('MissingAction', 'The request must contain the parameter Action');
    requireVersion(input.parameters.get('Version'));
    const run = ACTIONS.get(action);
    if (run === undefined) {
      throw new Ec2Error('InvalidAction', `The action ${shorten(action)} is not valid for this web service.`);
    }
    return run(new Ec2Call(call, Parameters.of(input.parameters), this.#context));
  }

  #errorOf(error: unknown, call: ApiCall): Ec2Error {
    if (error instanceof Ec2Error) return error;
    this.#onInternalError(error, call);
    if (error instanceof StateError) {
      const outcome =
        error.code === 'uncertain'
          ? 'The change failed'
          : 'The change could not be made, and nothing was changed';
      return new Ec2Error('ServiceUnavailable', `${outcome}: ${error.message}`);
    }
    return new Ec2Error('InternalError', 'An internal error has occurred');
  }
}

function requireVersion(version: string | undefined): void {
  if (version === undefined) throw missingParameter('Version');
  if (version !== VERSION)
    throw new Ec2Error('NoSuchVersion', `The version ${shorten(version)} is not valid; use ${VERSION}`);
}

/** The ids of resources in a request, as they were written: for the audit log. */
function idsOfRequest(parameters: ReadonlyMap<string, string>): string[] {
  return [...parameters].flatMap(([name, value]) => (ID_PARAMETER.test(name) ? [value] : []));
}

/** The ids of resources in a response, at its top or one level below: for the audit log. */
function idsOfResponse(content: Structure): string[] {
  return Object.entries(content).flatMap(([name, member]) => {
    if (ID_MEMBER.test(name)) return [String(member)];
    return isStructure(member)
      ? Object.entries(member).flatMap(([inner, value]) => (ID_MEMBER.test(inner) ? [String(value)] : []))
      : [];
  });
}

function isStructure(member: Structure[string]): member is Structure {
  return typeof member === 'object' && !Array.isArray(member);
}
