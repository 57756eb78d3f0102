/** The resources that a running daemon has, of its file and of its control API, as `GET /resources` shows them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EngineSettings } from '../resources/build-plan.js';
import type { Quotas } from '../resources/quotas.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { RequestedSession } from '../resources/traffic-mirror-session.js';

/** Resources of 10,000 sessions with filters of ten rules each, and room for tags. */
export const MAXIMUM_RESOURCES_BYTES = 48 * 2 ** 20;

/** The daemon does nothing else for so long. */
const SLICE_MS = 5;

/** What runs, in the shape of a configuration file. */
interface RunningConfiguration extends ResourceSet {
  /** The sessions on selectors; those of their matches are among the others. */
  readonly selectorSessions?: readonly RequestedSession[];
  readonly engine: EngineSettings;
  readonly quotas: Quotas;
}

/** The answer to `GET /resources`. */
export interface RunningResources {
  readonly pid: number;
  readonly configurationFile: string;
  readonly configuration: RunningConfiguration;
  /** Sessions of the control API that mirror nothing, with the reason. */
  readonly inactiveSessions: readonly { readonly sessionId: string; readonly reason: string }[];
  /** The account of each target, filter and session by its id; empty without a control API. */
  readonly owners: Readonly<Record<string, string>>;
}

/** The resources are more than an answer may have. */
class ResourcesTooLargeError extends Error {
  readonly code = 'resources-too-large';

  constructor(maximumBytes: number) {
    super(`the resources have more than ${maximumBytes >> 20} MiB`);
  }
}

/**
 * JSON of the resources, made in slices: there may be many of them.
 * @throws ResourcesTooLargeError (rejects)
 */
export async function renderResources(
  resources: RunningResources,
  maximumBytes = MAXIMUM_RESOURCES_BYTES,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let slice: string[] = [];
  let bytes = 0;
  let endMs = performance.now() + SLICE_MS;
  const endSlice = (): void => {
    const piece = Buffer.from(slice.join(''));
    bytes += piece.length;
    if (bytes > maximumBytes) throw new ResourcesTooLargeError(maximumBytes);
    pieces.push(piece);
    slice = [];
  };
  for (const part of partsOf(resources)) {
    slice.push(part);
    if (performance.now() < endMs) continue;
    endSlice();
    await nextTurn();
    endMs = performance.now() + SLICE_MS;
  }
  endSlice();
  return Buffer.concat(pieces);
}

/** One part per resource. */
function* partsOf({ configuration, ...rest }: RunningResources): Generator<string> {
  const { engine, quotas, ...lists } = configuration;
  yield `${JSON.stringify(rest).slice(0, -1)},"configuration":{`;
  yield `"engine":${JSON.stringify(engine)},"quotas":${JSON.stringify(quotas)}`;
  for (const [name, items] of Object.entries(lists) as [string, readonly unknown[]][]) {
    yield `,${JSON.stringify(name)}:[`;
    for (const [index, item] of items.entries()) yield `${index > 0 ? ',' : ''}${JSON.stringify(item)}`;
    yield ']';
  }
  yield '}}\n';
}
