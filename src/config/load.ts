/** A configuration file to resources and settings: all of it, or every reason why not. */
import type { z } from 'zod';
import { unknownNames } from '../api/authorization/policy-patterns.js';
import { accessKeysOf } from '../api/settings.js';
import type { EngineSettings } from '../resources/build-plan.js';
import { checkResources } from '../resources/check-resources.js';
import type { ProblemPath } from '../resources/problem.js';
import { completeQuotas, type Quotas } from '../resources/quotas.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { RULE_LISTS } from '../resources/traffic-mirror-filter.js';
import { completeSessions } from '../resources/traffic-mirror-session.js';
import { readDocument } from './document.js';
import { hostBitsWarnings } from './host-bits.js';
import { inactiveWarnings } from './inactive-sessions.js';
import { describeValueProblem, type PlacedProblem, type Problem, type ValueProblem } from './problem.js';
import { type ConfigurationFile, configurationSchema, findStartChanges, salvage } from './schema.js';
import { readTextFile, readTextFrom } from './text-file.js';

/** The name of standard input, as problems have it. */
const STANDARD_INPUT = '<stdin>';

/** The content of a file with its defaults, and with values for what it leaves open. */
export interface Configuration extends Pick<ConfigurationFile, 'api' | 'metrics' | 'state' | 'log'> {
  readonly resources: ResourceSet;
  readonly quotas: Quotas;
  readonly engine: EngineSettings;
}

/** The configuration, or everything that is wrong with it, sorted by line. */
export type ConfigurationResult =
  | {
      readonly ok: true;
      readonly configuration: Configuration;
      /** Values that are allowed and probably a mistake; sorted by line. */
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads and checks a file, and opens nothing else. Never rejects because of the file.
 * @param running the configuration that it is to replace: random choices are kept, and a change that needs a restart is
 *   a problem
 */
export async function loadConfiguration(file: string, running?: Configuration): Promise<ConfigurationResult> {
  const read = await readTextFile(file);
  if (!read.ok) return failure(file, [read.problem]);
  const result = parseConfiguration(read.text, file, running);
  if (!result.ok || read.isPrivate) return result;
  const secrets = secretPaths(result.configuration);
  return secrets.length === 0 ? result : failure(file, exposed(read.text, secrets));
}

/**
 * Reads and checks standard input, to its end. Secrets may stand in it: a pipe is nobody else's. Never rejects because of
 * what is read.
 */
export async function loadConfigurationFrom(input: AsyncIterable<Uint8Array>): Promise<ConfigurationResult> {
  const read = await readTextFrom(input);
  return read.ok ? parseConfiguration(read.text, STANDARD_INPUT) : failure(STANDARD_INPUT, [read.problem]);
}

/** Checks the text of a configuration, YAML or JSON; `fileName` is for the problems. */
export function parseConfiguration(
  text: string,
  fileName: string,
  running?: Configuration,
): ConfigurationResult {
  const read = readDocument(text, isJson(fileName, text));
  if (!read.ok) return failure(fileName, read.problems);
  const { value, problems, placeOf } = read.document;
  const parsed = configurationSchema.safeParse(value);
  const wrongValues = valueProblems(value, parsed).map((problem) => ({
    ...placeOf(problem.path),
    text: describeValueProblem(problem),
  }));
  const all = [...problems, ...wrongValues];
  if (!parsed.success || all.length > 0) return failure(fileName, all);
  const configuration = complete(parsed.data, running);
  const onLines = (found: readonly ValueProblem[]): PlacedProblem[] =>
    found.map((problem) => ({ ...placeOf(problem.path), text: describeValueProblem(problem) }));
  const changes = running === undefined ? [] : findStartChanges(running, configuration);
  if (changes.length > 0) return failure(fileName, onLines(changes));
  const warnings = [...findWarnings(parsed.data, value), ...inactiveWarnings(configuration.resources)];
  return { ok: true, configuration, warnings: located(fileName, onLines(warnings)) };
}

/** By its name; a text without one, such as standard input, by how it begins. */
function isJson(fileName: string, text: string): boolean {
  return /\.json$/i.test(fileName) || (fileName === STANDARD_INPUT && /^\s*\{\s*"/.test(text));
}

/** Paths of the secrets that stand in the file itself. */
function secretPaths({ api }: Configuration): ProblemPath[] {
  return (api?.accounts ?? []).flatMap(({ users }, account) =>
    users.flatMap((user, place) =>
      accessKeysOf(user)
        .filter(({ key }) => key.secretAccessKey !== undefined)
        .map(({ path }) => ['api', 'accounts', account, 'users', place, ...path, 'secretAccessKey']),
    ),
  );
}

function exposed(text: string, secrets: readonly ProblemPath[]): PlacedProblem[] {
  const read = readDocument(text, false);
  const why = 'others may read this file: chmod 600 it, or put the secret into a file of its own';
  return secrets.map((path) => ({
    ...(read.ok ? read.document.placeOf(path) : { line: 1, column: 1 }),
    text: describeValueProblem({ path, text: why }),
  }));
}

function valueProblems(value: unknown, parsed: z.ZodSafeParseResult<ConfigurationFile>): ValueProblem[] {
  const issues = parsed.error?.issues ?? [];
  const draft = parsed.data ?? salvage(value, issues);
  const problems = issues.flatMap((issue) => issueProblems(issue, value));
  return [...problems, ...checkResources(draft, completeQuotas(draft.quotas))];
}

/** The schema's messages are used as they are; an issue with several keys becomes one problem per key. */
function issueProblems(issue: z.core.$ZodIssue, file: unknown): ValueProblem[] {
  const path = issue.path as ValueProblem['path'];
  if (issue.code !== 'unrecognized_keys') return [{ path, text: issue.message }];
  return issue.keys.map((key) => ({
    path: isRestOfText(file, [...path, key]) ? path : [...path, key],
    text: issue.message,
  }));
}

/**
 * True for a key of the section `api` without a value. It may be the rest of a secret without quotes that has a comma in
 * it, so it is not named.
 */
function isRestOfText(file: unknown, path: ProblemPath): boolean {
  if (path[0] !== 'api') return false;
  return path.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], file) === null;
}

function complete(
  { engine, quotas, api, metrics, state, log, ...resources }: ConfigurationFile,
  running: Configuration | undefined,
): Configuration {
  const { trafficMirrorSessions, trafficMirrorTargets } = resources;
  const before = running?.resources.trafficMirrorSessions;
  const sessions = completeSessions(trafficMirrorSessions, trafficMirrorTargets, undefined, before);
  return {
    resources: { ...resources, trafficMirrorSessions: sessions },
    quotas,
    engine,
    ...(api !== undefined && { api }),
    ...(metrics !== undefined && { metrics }),
    state,
    log,
  };
}

/** Values that are allowed and probably a mistake, in a file without problems. @param written the file as it is written */
function findWarnings({ api, trafficMirrorFilters }: ConfigurationFile, written: unknown): ValueProblem[] {
  return [
    ...policyWarnings(api),
    ...protocolWarnings(trafficMirrorFilters),
    ...hostBitsWarnings(trafficMirrorFilters, written),
  ];
}

/** Names in an Allow that fit nothing. In a Deny the schema refuses them. */
function policyWarnings(api: ConfigurationFile['api']): ValueProblem[] {
  const statements = (api?.accounts ?? []).flatMap(({ groups, users }, account) =>
    Object.entries({ groups, users }).flatMap(([holders, all]) =>
      all.flatMap(({ policies }, holder) =>
        policies.flatMap(({ Statement }, policy) =>
          Statement.map((statement, index) => ({
            statement,
            path: ['api', 'accounts', account, holders, holder, 'policies', policy, 'Statement', index],
          })),
        ),
      ),
    ),
  );
  return statements.flatMap(({ statement, path }) =>
    unknownNames(statement).map(({ path: inside, text }) => ({
      path: [...path, ...inside],
      text: `${text}, so it has no effect`,
    })),
  );
}

/** Protocol 0 is IPv6 hop-by-hop options; users may mean every protocol, as it does elsewhere. */
function protocolWarnings(filters: ConfigurationFile['trafficMirrorFilters']): ValueProblem[] {
  return filters.flatMap((filter, index) =>
    Object.values(RULE_LISTS).flatMap((list) =>
      filter[list].flatMap(({ protocol }, place) =>
        protocol === 0
          ? [
              {
                path: ['trafficMirrorFilters', index, list, place, 'protocol'],
                text: 'protocol 0 is the hop-by-hop options of IPv6 and hardly ever seen; leave protocol out for all',
              },
            ]
          : [],
      ),
    ),
  );
}

function failure(file: string, problems: readonly PlacedProblem[]): ConfigurationResult {
  return { ok: false, problems: located(file, problems) };
}

function located(file: string, problems: readonly PlacedProblem[]): Problem[] {
  // Stable: several problems of one value stay in their order.
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  return sorted.map(({ line, column, text }) => ({ file, line, column, text }));
}
