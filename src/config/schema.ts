/** The schema of a configuration file: the sections of settings, the whole, and what is derived from the whole. */
import { join } from 'node:path';
import { z } from 'zod';
import {
  fitsUnixPath,
  formatListen,
  type ListenAddress,
  MAXIMUM_UNIX_PATH_BYTES,
  STATUS_SOCKET_NAME,
} from '../listen/listen.js';
import type { Draft } from '../resources/draft.js';
import { accepted, type Parsed, refused, show } from '../resources/parsed.js';
import type { ProblemPath } from '../resources/problem.js';
import { DEFAULT_QUOTAS, QUOTA_RANGE, type Quotas } from '../resources/quotas.js';
import { api } from './api-schema.js';
import { engine } from './engine-schema.js';
import { metrics } from './metrics-schema.js';
import type { ValueProblem } from './problem.js';
import {
  gatewayLoadBalancerEndpoint,
  networkInterface,
  networkLoadBalancer,
  trafficMirrorFilter,
  trafficMirrorSession,
  trafficMirrorTarget,
} from './resource-schema.js';
import { atStart, integer, list, mapping, oneOf, parseAbsolutePath, parsed } from './schema-parts.js';
import { ABSOLUTE_PATH } from './schema-patterns.js';

/** The state directory, which holds the status socket, unless a configuration names another. */
export const DEFAULT_STATE_DIRECTORY = '/var/lib/traffic-mirror';

/** pino's levels, the quietest first. */
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** The section `quotas`. */
const quotas = mapping(
  {
    sessionsPerNetworkInterface: quota('sessionsPerNetworkInterface', 'Sessions on one source.'),
    rulesPerFilter: quota('rulesPerFilter', 'Rules in one filter, both directions together.'),
    sessions: quota('sessions', 'Sessions.'),
    targets: quota('targets', 'Targets.'),
    filters: quota('filters', 'Filters.'),
    sourcesPerInterfaceTarget: quota(
      'sourcesPerInterfaceTarget',
      'Sources of sessions made through the control API, to one interface; 0: no limit.',
    ),
    sourcesPerLargeInterfaceTarget: quota(
      'sourcesPerLargeInterfaceTarget',
      'The same for an interface with size: large; 0: no limit.',
    ),
  },
  'The most there may be of each.',
).prefault({});

/** The section `state`. */
const state = mapping(
  {
    directory: atStart(
      parsed(parseStateDirectory, {
        type: 'string',
        pattern: ABSOLUTE_PATH,
        description: 'Absolute path: the status socket, and what clients of the control API made.',
      }).prefault(DEFAULT_STATE_DIRECTORY),
    ),
    peekGroup: atStart(
      parsed(parseGroupName, {
        type: 'string',
        description: 'The group that may peek at copies, besides the user of the daemon.',
      }).optional(),
    ),
  },
  'Where the daemon keeps what is its own.',
).prefault({});

/** The section `log`. */
const log = mapping(
  { level: oneOf(LOG_LEVELS, 'The least important lines to log.').prefault('info') },
  'What the daemon logs.',
).prefault({});

/** Checks each value of a file; `checkResources` checks how they fit together. */
export const configurationSchema = mapping(
  {
    networkInterfaces: list(networkInterface, 'Interfaces that sessions mirror, and receivers.').prefault([]),
    networkLoadBalancers: list(networkLoadBalancer, 'Groups of receivers.').prefault([]),
    gatewayLoadBalancerEndpoints: list(
      gatewayLoadBalancerEndpoint,
      'Endpoints before the appliances of Gateway Load Balancers.',
    ).prefault([]),
    trafficMirrorTargets: list(trafficMirrorTarget, 'Where copies go.').prefault([]),
    trafficMirrorFilters: list(trafficMirrorFilter, 'What to mirror.').prefault([]),
    trafficMirrorSessions: list(trafficMirrorSession, 'What is mirrored where.').prefault([]),
    engine,
    quotas,
    api,
    state,
    metrics,
    log,
  },
  'The configuration of traffic-mirror.',
);

/** A file without problems in its values. */
export type ConfigurationFile = z.output<typeof configurationSchema>;

/** Every list of resources, empty: a file may leave them out. */
const EMPTY = {
  networkInterfaces: [],
  networkLoadBalancers: [],
  gatewayLoadBalancerEndpoints: [],
  trafficMirrorTargets: [],
  trafficMirrorFilters: [],
  trafficMirrorSessions: [],
} satisfies Draft<ConfigurationFile>;

/** The part of a JSON Schema that the search for keys marked with `atStart` reads. */
interface Node {
  /** presence: for whether it is there. */
  readonly needsRestart?: true | 'presence';
  readonly properties?: Readonly<Record<string, Node>>;
}

type Values = Readonly<Record<string, unknown>>;

/** The text of `config/schema.json`: a JSON Schema of draft 2020-12, for editors. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/** The keys marked with `atStart` as paths such as `engine.io`, in the order of the schema. */
export function startKeys(): string[] {
  return pathsIn(jsonSchema(), []).map((path) => path.join('.'));
}

/** @returns a problem for each key marked with `atStart` that differs. */
export function findStartChanges(running: object, next: object): ValueProblem[] {
  return changesIn(jsonSchema(), running as Values, next as Values, []);
}

/**
 * The file with `undefined` in place of every value that the schema refused, so that the rest can be checked. Other
 * values are as they were written, which means the same as their checked form.
 * @param file plain data in which the schema found the issues
 */
export function salvage(file: unknown, issues: readonly z.core.$ZodIssue[]): Draft<ConfigurationFile> {
  const root = { file: structuredClone(file) };
  for (const { path, code } of issues) {
    if (code !== 'unrecognized_keys') clear(root, ['file', ...(path as ProblemPath)]);
  }
  return { ...EMPTY, ...(root.file as Draft<ConfigurationFile> | undefined) };
}

function quota(name: keyof Quotas, meaning: string) {
  return integer(QUOTA_RANGE, meaning).prefault(DEFAULT_QUOTAS[name]);
}

/** useradd(8): what tools take as a name. */
function parseGroupName(value: unknown): Parsed<string> {
  const fits = typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}$/.test(value);
  return fits ? accepted(value) : refused('the name of a group', value);
}

/** A state directory must leave room for the path of the status socket. */
export function parseStateDirectory(value: unknown): Parsed<string> {
  const path = parseAbsolutePath(value);
  if (!path.ok || fitsUnixPath(join(path.value, STATUS_SOCKET_NAME))) return path;
  const maximum = MAXIMUM_UNIX_PATH_BYTES - `/${STATUS_SOCKET_NAME}`.length;
  const why = `the path of the socket ${STATUS_SOCKET_NAME} in it has at most ${MAXIMUM_UNIX_PATH_BYTES} bytes`;
  return refused(`an absolute path of at most ${maximum} bytes, since ${why}`, value);
}

function jsonSchema(): Node {
  return z.toJSONSchema(configurationSchema, { io: 'input' }) as Node;
}

function pathsIn({ properties }: Node, path: readonly string[]): string[][] {
  return Object.entries(properties ?? {}).flatMap(([key, node]) => {
    const own = [...path, key];
    return [...(node.needsRestart === undefined ? [] : [own]), ...pathsIn(node, own)];
  });
}

function changesIn({ properties }: Node, running: Values, next: Values, path: string[]): ValueProblem[] {
  return Object.entries(properties ?? {}).flatMap(([key, node]) => {
    const [now, asked, own] = [running[key], next[key], [...path, key]];
    const hasKeys = pathsIn(node, own).length > 0;
    // For a section with marked keys below it, the mark means whether the section is there.
    const isThere = (value: unknown): unknown => (value === undefined ? 'none' : 'one');
    const isWhether = hasKeys || node.needsRestart === 'presence';
    const [before, after] = isWhether ? [isThere(now), isThere(asked)] : [now, asked];
    if (node.needsRestart !== undefined && JSON.stringify(before) !== JSON.stringify(after)) {
      return [
        { path: own, text: `a change takes a new start; the running daemon has ${show(textOf(before))}` },
      ];
    }
    return hasKeys ? changesIn(node, (now ?? {}) as Values, (asked ?? {}) as Values, own) : [];
  });
}

/** A value as it is written in a file, or nearly so. */
function textOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return 'kind' in value ? formatListen(value as ListenAddress) : JSON.stringify(value);
}

function clear(container: unknown, path: ProblemPath): void {
  const [step, ...rest] = path;
  if (step === undefined || typeof container !== 'object' || container === null) return;
  const fields = container as Record<string | number, unknown>;
  if (rest.length === 0) fields[step] = undefined;
  else clear(fields[step], rest);
}
