/** YAML, and JSON as the part of it that it is: text to plain data of which every value's line is known. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { ProblemPath } from '../resources/problem.js';
import { checkNodes } from './document-nodes.js';
import type { LineProblem } from './problem.js';
import { isSecretPlace } from './secret-places.js';

/** How often one anchor may be used, nested uses multiplied: enough for people, too few for "billion laughs". */
const MAXIMUM_ALIASES = 10_000;

/** A document that can be looked into. */
interface ConfigurationDocument {
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
  // Unique keys are checked with the other nodes: here their cost would be the square of their number.
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const isSecretAt = (offset: number): boolean => isSecretPlace(text, offset);
  const toProblem = (error: YAMLError): LineProblem => ({
    line: lineAt(error.pos[0]),
    text: syntaxText(error, isSecretAt(error.pos[0])),
  });
  const syntax = yaml.errors.map(toProblem);
  if (syntax.length > 0) return { ok: false, problems: firstOfEachLine(syntax) };
  // Unresolved tags are among the nodes' problems already, with others that the parser resolves.
  const warnings = yaml.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const nodes = checkNodes(yaml, lineAt, isSecretAt);
  const problems = [...nodes.problems, ...warnings.map(toProblem)];
  if (!nodes.plain) return { ok: false, problems };
  const value = plainData(yaml);
  if (value === undefined) return { ok: false, problems: [{ line: 1, text: 'too many uses of aliases' }] };
  if (value === null) return { ok: false, problems: [{ line: 1, text: 'holds no configuration' }] };
  return { ok: true, document: { value, problems, lineOf: (path) => lineAt(offsetOf(yaml.contents, path)) } };
}

/** YAML would take a byte order mark, and the parser a NUL; either is a sign of a damaged file. */
function refusedCharacter(text: string): LineProblem | undefined {
  if (text.startsWith('\ufeff')) return { line: 1, text: 'starts with a byte order mark: save it without' };
  const nul = text.indexOf('\0');
  if (nul < 0) return undefined;
  return { line: text.slice(0, nul).split('\n').length, text: 'holds a NUL byte' };
}

function syntaxText({ code, message }: YAMLError, isSecret: boolean): string {
  const known = SYNTAX_TEXTS[code];
  if (known !== undefined) return known;
  // The parser quotes what it could not read.
  if (isSecret || /secret/i.test(message)) return 'not valid YAML where a secret stands: put it in quotes';
  return `not valid YAML: ${message.split('\n')[0]}`;
}

/** The parser's words for these are for programmers. */
const SYNTAX_TEXTS: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a second document starts here, only one is allowed',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

/** What follows the first error of a line is mostly its consequence. */
function firstOfEachLine(problems: readonly LineProblem[]): LineProblem[] {
  const byLine = new Map<number, LineProblem>();
  for (const problem of problems) {
    if (!byLine.has(problem.line)) byLine.set(problem.line, problem);
  }
  return [...byLine.values()];
}

/** Undefined when aliases multiply. */
function plainData(yaml: Document): unknown {
  try {
    return yaml.toJS({ maxAliasCount: MAXIMUM_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** An alias is where a path ends: what it stands for is reported where it is defined. */
function offsetOf(contents: Node | null, path: ProblemPath): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const step of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined;
    const item = isSeq(node) ? node.items[Number(step)] : undefined;
    const place = (pair?.key ?? item) as Node | undefined;
    if (place === undefined) break;
    offset = place.range?.[0] ?? offset;
    node = pair === undefined ? item : pair.value;
  }
  return offset;
}
