/** What is wrong with a configuration file, for the person who wrote it. */
import { formatPath, type ProblemPath } from '../resources/problem.js';

/** One thing to correct. */
export interface Problem {
  /** The file as the user named it. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Where, what and why, in one line. */
  readonly text: string;
}

/** A wrong value, before it is known in which file and on which line. */
export interface ValueProblem {
  readonly path: ProblemPath;
  readonly text: string;
}

/** A wrong line, before it is known in which file. */
export interface LineProblem {
  readonly line: number;
  readonly text: string;
}

/** `FILE:LINE: text`, as compilers write it. */
export function formatProblem({ file, line, text }: Problem): string {
  return `${file}:${line}: ${text}`;
}

/** The same for what is not refused. */
export function formatWarning({ file, line, text }: Problem): string {
  return `${file}:${line}: warning: ${text}`;
}

/** `trafficMirrorSessions[0].sessionNumber: text`. */
export function describeValueProblem({ path, text }: ValueProblem): string {
  return path.length === 0 ? text : `${formatPath(path)}: ${text}`;
}
