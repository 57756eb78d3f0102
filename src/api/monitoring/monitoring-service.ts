/** CloudWatch, for the metrics of Traffic Mirroring: AWS Query, AWS JSON 1.0 and Smithy RPC v2. */
import type { z } from 'zod';
import { accessDenied } from '../authorization/authorize.js';
import type { Structure } from '../query-response.js';
import type { ApiCall, ApiResponse, ApiService, Authorize } from '../service.js';
import type { ActionName } from '../services.js';
import type { WorkQueue } from '../work-queue.js';
import { getMetricData, getMetricStatistics, listMetrics } from './actions.js';
import { listMetricsInput, metricDataInput, metricStatisticsInput, readInput } from './input.js';
import type { MetricReader } from './metric-reader.js';
import type { MetricStore } from './metric-store.js';
import { MonitoringError } from './monitoring-error.js';
import { formatError, formatResponse } from './response.js';

/** What calls read. */
export interface MonitoringContext {
  readonly store: MetricStore;
  readonly work: WorkQueue;
  readonly authorize: Authorize;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Action = (reader: MetricReader, call: ApiCall) => Structure | Promise<Structure>;

const BY_NAME = {
  ListMetrics: action(listMetricsInput, listMetrics),
  GetMetricStatistics: action(metricStatisticsInput, getMetricStatistics),
  GetMetricData: action(metricDataInput, getMetricData),
} satisfies Record<ActionName<'monitoring'>, Action>;

const ACTIONS: ReadonlyMap<string, Action> = new Map(Object.entries(BY_NAME));

export class MonitoringService implements ApiService {
  readonly #context: MonitoringContext;

  constructor(context: MonitoringContext) {
    this.#context = context;
  }

  async handle(call: ApiCall): Promise<ApiResponse> {
    try {
      const run = ACTIONS.get(call.action);
      if (run === undefined) {
        throw new MonitoringError(
          'InvalidAction',
          `The action ${call.action} is not valid for this web service.`,
        );
      }
      this.#allow(call);
      const { store, work, now } = this.#context;
      const { accountId, arn } = call.principal;
      return await work.run(arn, async (slices) =>
        formatResponse(call, await run({ accountId, store, slices, now: now() }, call)),
      );
    } catch (error) {
      if (!(error instanceof MonitoringError)) throw error;
      return { ...formatError(call, error), outcome: error.code };
    }
  }

  /** @throws MonitoringError AccessDenied */
  #allow({ action, principal, region }: ApiCall): void {
    const conditions = { 'aws:RequestedRegion': region };
    const decision = this.#context.authorize(principal, `cloudwatch:${action}`, '*', conditions);
    if (decision === 'allow') return;
    throw new MonitoringError(
      'AccessDenied',
      accessDenied(principal, `cloudwatch:${action}`, undefined, decision),
    );
  }
}

/** An action with the schema of its input. */
function action<Schema extends z.ZodType>(
  schema: Schema,
  run: (reader: MetricReader, input: z.output<Schema>) => Structure | Promise<Structure>,
): Action {
  return (reader, call) => run(reader, readInput(schema, call.input));
}
