/** YAML, and JSON as the part of it that it is: text to plain data of which every value's line is known. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { ProblemPath } from '../resources/problem.js';
import { checkNodes } from './document-nodes.js';
import type { LineProblem } from './problem.js';

/** Uses of anchors, multiplied where they nest: enough for people, too few for a "billion laughs". */
const MAXIMUM_ALIASES = 100;

const BYTE_ORDER_MARK = '\ufeff';

/** A document that can be looked into. */
export interface ConfigurationDocument {
  /** Plain data, without the keys that `problems` refuses. */
  readonly value: unknown;
  /** What does not keep the rest from being checked. */
  readonly problems: readonly LineProblem[];
  /** The line of the key or list item at a path; where the path leads nowhere, of what encloses it. */
  lineOf(path: ProblemPath): number;
}

/** The document, or why it cannot be looked into. */
export type ReadDocument =
  | { readonly ok: true; readonly document: ConfigurationDocument }
  | { readonly ok: false; readonly problems: readonly LineProblem[] };

/** Reads exactly one document; what YAML has beyond plain data, anchors excepted, is refused. */
export function readDocument(text: string): ReadDocument {
  const character = refusedCharacter(text);
  if (character !== undefined) return { ok: false, problems: [character] };
  const lines = new LineCounter();
  // Unique keys are checked with the other nodes: here they would cost the square of their number.
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const syntax = [...yaml.errors, ...yaml.warnings].map((error) => syntaxProblem(error, lineAt));
  if (yaml.errors.length > 0) return { ok: false, problems: firstOfEachLine(syntax) };
  const { problems, usable } = checkNodes(yaml, lineAt);
  const all = firstOfEachLine([...problems, ...syntax]);
  if (!usable) return { ok: false, problems: all };
  const value = plainData(yaml);
  if (value === undefined) return failure('uses too many aliases');
  if (value === null) return failure('holds no configuration');
  return { ok: true, document: { value, problems: all, lineOf: (path) => lineOf(path, yaml, lineAt) } };
}
