/** Elastic Load Balancing, version 2015-12-01, over the load balancers of the configuration file: AWS Query. */
import type { z } from 'zod';
import { accessDenied } from '../authorization/authorize.js';
import { errorResponse } from '../error-response.js';
import { queryResponse, type Structure } from '../query-response.js';
import type { ApiCall, ApiResponse, ApiService, Authorize } from '../service.js';
import { type ActionName, SERVICES } from '../services.js';
import type { WorkQueue } from '../work-queue.js';
import {
  type Balancers,
  describeListeners,
  describeLoadBalancers,
  describeTargetGroups,
  describeTargetHealth,
} from './actions.js';
import { Elbv2Error } from './elbv2-error.js';
import {
  listenersInput,
  loadBalancersInput,
  readInput,
  targetGroupsInput,
  targetHealthInput,
} from './input.js';

/** What calls read. */
export interface Elbv2Context {
  /** What there is now. */
  readonly balancers: () => Balancers;
  readonly work: WorkQueue;
  readonly authorize: Authorize;
}

type Action = (balancers: Balancers, call: ApiCall) => Structure;

const { version: VERSION, errorShape, policyPrefix } = SERVICES.elasticloadbalancing;

const BY_NAME = {
  DescribeListeners: action(listenersInput, describeListeners),
  DescribeLoadBalancers: action(loadBalancersInput, describeLoadBalancers),
  DescribeTargetGroups: action(targetGroupsInput, describeTargetGroups),
  DescribeTargetHealth: action(targetHealthInput, describeTargetHealth),
} satisfies Record<ActionName<'elasticloadbalancing'>, Action>;

const ACTIONS: ReadonlyMap<string, Action> = new Map(Object.entries(BY_NAME));

export class Elbv2Service implements ApiService {
  readonly #context: Elbv2Context;

  constructor(context: Elbv2Context) {
    this.#context = context;
  }

  async handle(call: ApiCall): Promise<ApiResponse> {
    try {
      const run = actionOf(call);
      this.#allow(call);
      const { balancers, work } = this.#context;
      return await work.run(call.principal.arn, async () =>
        queryResponse(call, errorShape.namespace, run(balancers(), call)),
      );
    } catch (error) {
      if (!(error instanceof Elbv2Error)) throw error;
      const response = errorResponse('query', error, call.requestId, errorShape.namespace);
      return { ...response, outcome: error.code };
    }
  }

  /** @throws Elbv2Error AccessDenied */
  #allow({ action, principal, region }: ApiCall): void {
    const name = `${policyPrefix}:${action}`;
    const decision = this.#context.authorize(principal, name, '*', { 'aws:RequestedRegion': region });
    if (decision === 'allow') return;
    throw new Elbv2Error('AccessDenied', accessDenied(principal, name, undefined, decision));
  }
}

/** @throws Elbv2Error InvalidAction, NoSuchVersion: that of Classic Load Balancers has the same name */
function actionOf({ action, input }: ApiCall): Action {
  const version = input.format === 'query' ? input.parameters.get('Version') : undefined;
  if (version !== VERSION) {
    throw new Elbv2Error('NoSuchVersion', `The version of the request is not valid; use ${VERSION}`);
  }
  const run = ACTIONS.get(action);
  if (run !== undefined) return run;
  throw new Elbv2Error('InvalidAction', `The action ${action} is not valid for this web service.`);
}

/** An action with the schema of its input. */
function action<Schema extends z.ZodType>(
  schema: Schema,
  run: (balancers: Balancers, input: z.output<Schema>) => Structure,
): Action {
  return (balancers, call) => run(balancers, readInput(schema, call.input));
}
