/** The EC2 Query API: from parameters to a document. */
import { DONE } from '../audit.js';
import { StateError } from '../errors.js';
import type { ApiCall, ApiResponse, ApiService } from '../service.js';
import { ACTIONS } from './actions.js';
import { Ec2Call, type Ec2Context } from './ec2-call.js';
import { Ec2Error, missingParameter, shorten } from './ec2-error.js';
import { Parameters } from './parameters.js';
import { formatError, formatResponse, type Structure } from './response.js';

const VERSION = '2016-11-15';

export class Ec2Service implements ApiService {
  readonly #context: Ec2Context;
  readonly #onInternalError: (error: unknown, call: ApiCall) => void;

  /** @param onInternalError told of what is nobody's fault but ours */
  constructor(context: Ec2Context, onInternalError: (error: unknown, call: ApiCall) => void) {
    this.#context = context;
    this.#onInternalError = onInternalError;
  }

  async handle(call: ApiCall): Promise<ApiResponse> {
    const named = call.input.format === 'query' ? idsOfRequest(call.input.parameters) : [];
    try {
      const content = await this.#contentOf(call);
      const resourceIds = [...idsOfAnswer(content), ...named];
      return { ...formatResponse(call.action, call.requestId, content), outcome: DONE, resourceIds };
    } catch (error) {
      const told = this.#errorOf(error, call);
      return { ...formatError(told, call.requestId), outcome: told.code, resourceIds: named };
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

const PARAMETER =
  /^(TrafficMirror(Target|Filter|FilterRule|Session)Id|NetworkInterfaceId|NetworkLoadBalancerArn|GatewayLoadBalancerEndpointId|ResourceId)(\.\d+)?$/;

const MEMBER = /^trafficMirror(Target|Filter|FilterRule|Session)Id$/;

/** The ids of resources that a request names, as they were written: for the audit log. */
function idsOfRequest(parameters: ReadonlyMap<string, string>): string[] {
  return [...parameters].flatMap(([name, value]) => (PARAMETER.test(name) ? [value] : []));
}

/** The ids of resources that a response holds, at its top or one level below: for the audit log. */
function idsOfAnswer(content: Structure): string[] {
  return Object.entries(content).flatMap(([name, member]) => {
    if (MEMBER.test(name)) return [String(member)];
    return isStructure(member)
      ? Object.entries(member).flatMap(([inner, value]) => (MEMBER.test(inner) ? [String(value)] : []))
      : [];
  });
}

function isStructure(member: Structure[string]): member is Structure {
  return typeof member === 'object' && !Array.isArray(member);
}
