/**
 * What probes ask: `/livez`, whether the loops turn; `/readyz`, whether sources are captured; `/healthz`, the health. On
 * the status socket and beside the metrics.
 */
import { isAbsence } from '../io/lane-condition.js';
import type { HttpResponse } from '../listen/http-server.js';
import { SharedRendering } from '../listen/shared-rendering.js';
import { engineProblem, isPassing } from './health.js';
import type { Status } from './status.js';

const INTERVAL_MS = 25;
/** A loop whose turns take so long answers nobody in time. */
const LOOP_LIMIT_MS = 2000;

export type ProbeName = 'live' | 'ready';

/** The paths of the probes. */
export const PROBE_PATHS: Readonly<Record<ProbeName, string>> = { live: '/livez', ready: '/readyz' };

export interface ProbeAnswer {
  /** True: 200; false: 503. */
  readonly ok: boolean;
  /** Why not: one per problem. */
  readonly reasons: readonly string[];
  /** What is as it may be: sources of which the device is not there. */
  readonly notes: readonly string[];
}

type LiveInput = Pick<Status, 'loopDelayMs' | 'engines'>;
type ReadyInput = Pick<Status, 'engines'> & {
  readonly lanes: readonly Pick<
    Status['lanes'][number],
    'sourceId' | 'direction' | 'state' | 'reason' | 'selectorId'
  >[];
};

/** The loop of the daemon turns, and every engine runs and moves frames. */
export function liveness({ loopDelayMs, engines }: LiveInput): ProbeAnswer {
  const late = loopDelayMs <= LOOP_LIMIT_MS ? [] : [`the daemon is ${Math.round(loopDelayMs)} ms late`];
  const reasons = [...late, ...engines.flatMap(engineProblem)];
  return { ok: reasons.length === 0, reasons, notes: [] };
}

/**
 * Every engine runs, and every source whose device exists is captured, in both directions. A source whose device, or whose
 * network namespace, does not exist waits for it: that is a note. When all declared sources wait, nothing is ready. A
 * match of a selector that comes or goes is a note too, and makes nothing unready.
 */
export function readiness({ engines, lanes: all }: ReadyInput): ProbeAnswer {
  const passing = all.filter(isPassing);
  const lanes = all.filter((lane) => !isPassing(lane));
  const texts = (some: ReadyInput['lanes']): string[] =>
    some.map(({ sourceId, direction, reason }) => `source ${sourceId} ${direction}: ${reason}`);
  const blind = lanes.filter(({ state }) => state !== 'capturing');
  const absent = blind.filter(({ reason }) => isAbsence(reason));
  const areAllAbsent = lanes.length > 0 && absent.length === lanes.length;
  const failing = areAllAbsent ? blind : blind.filter((lane) => !absent.includes(lane));
  const reasons = [...engines.flatMap(engineProblem), ...texts(failing)];
  return {
    ok: reasons.length === 0,
    reasons,
    notes: [...(areAllAbsent ? [] : texts(absent)), ...texts(passing)],
  };
}

/** Answers the paths of probes, each rendered once for all who ask at the same time. */
export class ProbeResponder {
  readonly #pages: ReadonlyMap<string, SharedRendering<HttpResponse>>;

  /** @param read the status of now. */
  constructor(read: () => Status) {
    const page = (answer: (status: Status) => HttpResponse): SharedRendering<HttpResponse> =>
      new SharedRendering(() => answer(read()), INTERVAL_MS);
    this.#pages = new Map([
      ['/healthz', page(({ health }) => json(health.state === 'failing' ? 503 : 200, health))],
      [PROBE_PATHS.live, page((status) => probeResponse(liveness(status)))],
      [PROBE_PATHS.ready, page((status) => probeResponse(readiness(status)))],
    ]);
  }

  /** @returns undefined: the path is no probe's. */
  async answer(path: string | undefined): Promise<HttpResponse | undefined> {
    return this.#pages.get(path ?? '')?.page();
  }
}

function probeResponse(answer: ProbeAnswer): HttpResponse {
  return json(answer.ok ? 200 : 503, answer);
}

function json(status: number, body: object): HttpResponse {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status, headers, body: Buffer.from(`${JSON.stringify(body)}\n`) };
}
