/** The service `traffic-mirror`: what AWS has no action for. AWS JSON 1.0; docs/api.md has its actions. */
import type { z } from 'zod';
import { DONE } from '../audit.js';
import { accessDenied } from '../authorization/authorize.js';
import { errorResponse } from '../error-response.js';
import { StateError } from '../errors.js';
import type { ApiCall, ApiResponse, ApiService, Authorize } from '../service.js';
import { type ActionName, SERVICES } from '../services.js';
import type { Store } from '../state/store.js';
import type { Slices, WorkQueue } from '../work-queue.js';
import { AccountView, type ViewContext } from './account-view.js';
import { explainPacket } from './explain-packet.js';
import { getStatus } from './get-status.js';
import { explainPacketInput, getStatusInput, peekInput, readInput } from './input.js';
import type { TrafficMirrorLinks } from './links.js';
import { peek } from './peek.js';
import { TrafficMirrorError } from './service-error.js';
import { StatusReadings } from './status-readings.js';
import { TimeShare } from './time-share.js';

/** Before the name of an error's shape. */
const SHAPE_PREFIX = 'com.traffic-mirror.v2026_11_01#';

/** What calls read. */
export interface TrafficMirrorContext {
  /** A reload of the configuration file may change it. */
  readonly view: () => ViewContext;
  readonly store: Pick<Store, 'settled' | 'watch'>;
  readonly links: TrafficMirrorLinks;
  readonly work: WorkQueue;
  readonly authorize: Authorize;
}

/** @returns the body of the response */
type Action = (service: Parts, call: ApiCall) => string | Promise<string>;

interface Parts extends TrafficMirrorContext {
  readonly readings: StatusReadings;
  readonly explaining: TimeShare;
}

const BY_NAME = {
  GetStatus: action(getStatusInput, async (parts, call, input) =>
    inTurn(parts, call, async (slices) => {
      const body = await getStatus(viewOf(parts, call), input, slices);
      // What a response shows must be durable.
      await parts.store.settled();
      return body;
    }),
  ),
  ExplainPacket: action(explainPacketInput, (parts, call, input) =>
    inTurn(parts, call, async () =>
      JSON.stringify(explainPacket(viewOf(parts, call), parts.links.explain, parts.explaining, input)),
    ),
  ),
  // It waits, so it must not keep the user's other calls waiting.
  Peek: action(peekInput, async ({ view, links }, call, input) =>
    JSON.stringify(await peek(view().catalog, links.peek, call, input)),
  ),
} satisfies Record<ActionName<'traffic-mirror'>, Action>;

const ACTIONS: ReadonlyMap<string, Action> = new Map(Object.entries(BY_NAME));

export class TrafficMirrorService implements ApiService {
  readonly #parts: Parts;

  constructor(context: TrafficMirrorContext) {
    const readings = new StatusReadings(context.links.status);
    context.store.watch(() => readings.changed());
    this.#parts = { ...context, readings, explaining: new TimeShare() };
  }

  async handle(call: ApiCall): Promise<ApiResponse> {
    const resourceIds = namedSessions(call);
    try {
      const run = ACTIONS.get(call.action);
      if (run === undefined) {
        const text = `The action ${call.action} is not valid for this web service.`;
        throw new TrafficMirrorError('UnknownOperationException', text);
      }
      this.#allow(call);
      const body = await run(this.#parts, call);
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'cache-control': 'no-store' };
      return { status: 200, headers, body, outcome: DONE, resourceIds };
    } catch (thrown) {
      const error = expected(thrown);
      const { code, message, status } = error;
      const response = errorResponse('json', { code: SHAPE_PREFIX + code, message, status }, call.requestId);
      return { ...response, outcome: code, resourceIds };
    }
  }

  /** @throws TrafficMirrorError AccessDeniedException */
  #allow({ action, principal, region }: ApiCall): void {
    const name = `${SERVICES['traffic-mirror'].policyPrefix}:${action}`;
    const decision = this.#parts.authorize(principal, name, '*', { 'aws:RequestedRegion': region });
    if (decision === 'allow') return;
    throw new TrafficMirrorError('AccessDeniedException', accessDenied(principal, name, undefined, decision));
  }
}

/** @throws what is a bug */
function expected(error: unknown): TrafficMirrorError {
  if (error instanceof TrafficMirrorError) return error;
  if (error instanceof StateError)
    return new TrafficMirrorError('ServiceUnavailableException', error.message);
  throw error;
}

function viewOf({ view, readings }: Parts, { principal }: ApiCall): AccountView {
  return new AccountView(view(), principal.accountId, readings.read());
}

function inTurn<Result>(
  { work }: Parts,
  { principal }: ApiCall,
  run: (slices: Slices) => Promise<Result>,
): Promise<Result> {
  return work.run(principal.arn, run);
}

/** The sessions of a Peek, for the audit log. */
function namedSessions({ action, input }: ApiCall): readonly string[] {
  if (action !== 'Peek' || input.format !== 'json') return [];
  const { SessionIds } = (input.body ?? {}) as { readonly SessionIds?: unknown };
  return Array.isArray(SessionIds) ? SessionIds.filter((id) => typeof id === 'string') : [];
}

/** An action with the schema of its input. */
function action<Schema extends z.ZodType>(
  schema: Schema,
  run: (parts: Parts, call: ApiCall, input: z.output<Schema>) => Promise<string>,
): Action {
  return (parts, call) => run(parts, call, readInput(schema, call.input));
}
