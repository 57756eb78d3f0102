/** Problems of a configuration file, and how they are written for the user. */
import { formatPath, type ProblemPath } from '../resources/problem.js';

/** One mistake in a file. */
export interface Problem {
  /** The file as the user named it. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** One line: where, what and why. */
  readonly text: string;
}

/** A problem with a value, before its file and line are known. */
export interface ValueProblem {
  readonly path: ProblemPath;
  readonly text: string;
}

/** A problem on a line, before its file is known. */
export interface LineProblem {
  readonly line: number;
  readonly text: string;
}

/** `FILE:LINE: text`, as compilers write it. */
export function formatProblem({ file, line, text }: Problem): string {
  return `${file}:${line}: ${text}`;
}

/** `FILE:LINE: warning: text`. */
export function formatWarning({ file, line, text }: Problem): string {
  return `${file}:${line}: warning: ${text}`;
}

/** `trafficMirrorSessions[0].sessionNumber: text`. */
export function describeValueProblem({ path, text }: ValueProblem): string {
  return path.length === 0 ? text : `${formatPath(path)}: ${text}`;
}
