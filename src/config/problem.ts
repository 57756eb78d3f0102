/** Problems of a configuration file, and how they are written for the user. */
import { formatPath, type ProblemPath } from '../resources/problem.js';

/** A place in a text. */
export interface Place {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
}

/** One mistake in a file. */
export interface Problem extends Place {
  /** The file as the user named it. */
  readonly file: string;
  /** One line: where, what and why. */
  readonly text: string;
}

/** A problem with a value, before its file and line are known. */
export interface ValueProblem {
  readonly path: ProblemPath;
  readonly text: string;
}

/** A problem at a place, before its file is known. */
export interface PlacedProblem extends Place {
  readonly text: string;
}

/** Lines are longer than this in files that a program wrote; there the number of the line says little. */
const LONG_LINE = 120;

/** `FILE:LINE: text`, as compilers write it; far out in a line, `FILE:LINE: column COLUMN: text`. */
export function formatProblem({ file, line, column, text }: Problem): string {
  return `${file}:${line}: ${column > LONG_LINE ? `column ${column}: ` : ''}${text}`;
}

/** The same with `warning: ` in front of the text. */
export function formatWarning(problem: Problem): string {
  return formatProblem({ ...problem, text: `warning: ${problem.text}` });
}

/** `trafficMirrorSessions[0].sessionNumber: text`. */
export function describeValueProblem({ path, text }: ValueProblem): string {
  return path.length === 0 ? text : `${formatPath(path)}: ${text}`;
}
