/** A configuration file to resources and settings: whole and right, or every reason why not. */
import type { z } from 'zod';
import { accessKeysOf } from '../api/settings.js';
import type { EngineSettings } from '../resources/build-plan.js';
import { checkResources } from '../resources/check-resources.js';
import type { ProblemPath } from '../resources/problem.js';
import { completeQuotas, type Quotas } from '../resources/quotas.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { completeSessions } from '../resources/traffic-mirror-session.js';
import { readDocument } from './document.js';
import { describeValueProblem, type LineProblem, type Problem, type ValueProblem } from './problem.js';
import { salvage } from './salvage.js';
import { type ConfigurationFile, configurationSchema } from './schema.js';
import { findStartChanges } from './start-keys.js';
import { readTextFile } from './text-file.js';
import { findWarnings } from './warnings.js';

/** What a file says, with its defaults, and with what it left open chosen. */
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
      /** What it may say, and hardly means; sorted by line. */
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads and checks a file, and opens nothing else. Never rejects for what the file is or holds.
 * @param running what it is to replace: choices made at random stay, and what cannot be changed is a problem
 */
export async function loadConfiguration(file: string, running?: Configuration): Promise<ConfigurationResult> {
  const read = await readTextFile(file);
  if (!read.ok) return failure(file, [read.problem]);
  const result = parseConfiguration(read.text, file, running);
  if (!result.ok || read.isPrivate) return result;
  const secrets = secretPaths(result.configuration);
  return secrets.length === 0 ? result : failure(file, exposed(read.text, secrets));
}

/** Where secrets stand in the file itself. */
function secretPaths({ api }: Configuration): ProblemPath[] {
  return (api?.accounts ?? []).flatMap(({ users }, account) =>
    users.flatMap((user, place) =>
      accessKeysOf(user)
        .filter(({ key }) => key.secretAccessKey !== undefined)
        .map(({ path }) => ['api', 'accounts', account, 'users', place, ...path, 'secretAccessKey']),
    ),
  );
}

function exposed(text: string, secrets: readonly ProblemPath[]): LineProblem[] {
  const read = readDocument(text);
  const why = 'others may read this file: chmod 600 it, or put the secret into a file of its own';
  return secrets.map((path) => ({
    line: read.ok ? read.document.lineOf(path) : 1,
    text: describeValueProblem({ path, text: why }),
  }));
}

/** Checks the text of a configuration, YAML or JSON; `fileName` is for the problems. */
export function parseConfiguration(
  text: string,
  fileName: string,
  running?: Configuration,
): ConfigurationResult {
  const read = readDocument(text);
  if (!read.ok) return failure(fileName, read.problems);
  const { value, problems, lineOf } = read.document;
  const parsed = configurationSchema.safeParse(value);
  const wrongValues = valueProblems(value, parsed).map((problem) => ({
    line: lineOf(problem.path),
    text: describeValueProblem(problem),
  }));
  const all = [...problems, ...wrongValues];
  if (!parsed.success || all.length > 0) return failure(fileName, all);
  const configuration = complete(parsed.data, running);
  const onLines = (found: readonly ValueProblem[]): LineProblem[] =>
    found.map((problem) => ({ line: lineOf(problem.path), text: describeValueProblem(problem) }));
  const changes = running === undefined ? [] : findStartChanges(running, configuration);
  if (changes.length > 0) return failure(fileName, onLines(changes));
  return { ok: true, configuration, warnings: located(fileName, onLines(findWarnings(parsed.data))) };
}

function valueProblems(value: unknown, parsed: z.ZodSafeParseResult<ConfigurationFile>): ValueProblem[] {
  const issues = parsed.error?.issues ?? [];
  const draft = parsed.data ?? salvage(value, issues);
  const problems = issues.flatMap((issue) => issueProblems(issue, value));
  return [...problems, ...checkResources(draft, completeQuotas(draft.quotas))];
}

/** The schema's messages are made for this; only an issue on several keys must be taken apart. */
function issueProblems(issue: z.core.$ZodIssue, file: unknown): ValueProblem[] {
  const path = issue.path as ValueProblem['path'];
  if (issue.code !== 'unrecognized_keys') return [{ path, text: issue.message }];
  return issue.keys.map((key) => ({
    path: isRestOfText(file, [...path, key]) ? path : [...path, key],
    text: issue.message,
  }));
}

/**
 * True for a key of the section `api` without a value: it is what follows a comma in a text without quotes. That may
 * be a secret, so it is not named.
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

function failure(file: string, problems: readonly LineProblem[]): ConfigurationResult {
  return { ok: false, problems: located(file, problems) };
}

function located(file: string, problems: readonly LineProblem[]): Problem[] {
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  return sorted.map(({ line, text }) => ({ file, line, text }));
}
