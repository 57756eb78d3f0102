/** YAML to plain data, with the place of every value. JSON is read as the part of YAML that it is. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { show } from '../resources/parsed.js';
import type { ProblemPath } from '../resources/problem.js';
import { jsonSyntaxProblem } from './json-syntax.js';
import type { Place, PlacedProblem } from './problem.js';
import { parseYaml } from './yaml-text.js';

/** Most uses of one anchor, nested uses multiplied: enough for people, too few for "billion laughs". */
const MAXIMUM_ALIASES = 10_000;

/** The tags of the data that JSON has. */
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/** Editors and joined files leave one in front of the first key, after `---`. */
const BYTE_ORDER_MARK = '\ufeff';

const SECRET_KEY = /secret/i;
const NO_CONTENT = /^\s*(#.*)?$/;
/** Most lines without content between a key and its value. */
const MAXIMUM_GAP = 10;

const START: Place = { line: 1, column: 1 };

const SECRET_IN_JSON = 'not valid JSON where a secret stands';

/** Texts in place of the parser's own, which are written for programmers. */
const SYNTAX_TEXTS: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a second document starts here, only one is allowed',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

/** A document that could be parsed. */
interface ConfigurationDocument {
  /** Plain data, without the keys that `problems` refuses. */
  readonly value: unknown;
  /** Problems in spite of which the rest can be checked. */
  readonly problems: readonly PlacedProblem[];
  /** The place of the key or list item at a path; where there is none, the place of what encloses it. */
  placeOf(path: ProblemPath): Place;
}

/** The document, or why it could not be parsed. */
export type ReadDocument =
  | { readonly ok: true; readonly document: ConfigurationDocument }
  | { readonly ok: false; readonly problems: readonly PlacedProblem[] };

/** Result of `checkNodes`. */
interface NodeCheck {
  readonly problems: readonly PlacedProblem[];
  /** False when a tag or an alias keeps the document from being read as plain data. */
  readonly plain: boolean;
}

/**
 * Reads exactly one document. Anchors are allowed; what else YAML has beyond plain data is refused.
 * @param isJson true: a text that cannot be read is not valid JSON. What YAML allows beyond JSON is taken all the same.
 */
export function readDocument(text: string, isJson: boolean): ReadDocument {
  const character = refusedCharacter(text);
  if (character !== undefined) return { ok: false, problems: [character] };
  const lines = new LineCounter();
  const parsed = parseYaml(text, lines);
  if (parsed.isDeep) {
    return { ok: false, problems: [{ ...placeIn(text, parsed.offset), text: 'nested too deeply' }] };
  }
  // Unique keys are checked in `checkNodes`.
  const yaml = parsed.document;
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const isSecretAt = (offset: number): boolean => isSecretPlace(text, offset);
  const toProblem = (error: YAMLError): PlacedProblem => ({
    ...placeAt(error.pos[0]),
    text: syntaxText(error, isSecretAt(error.pos[0])),
  });
  const [first] = yaml.errors;
  if (first !== undefined) {
    const json = isJson ? jsonSyntaxProblem(text, first.pos[0]) : undefined;
    if (json === undefined) return { ok: false, problems: firstOfEachLine(yaml.errors.map(toProblem)) };
    const problem = { ...placeAt(json.offset), text: isSecretAt(json.offset) ? SECRET_IN_JSON : json.text };
    return { ok: false, problems: [problem] };
  }
  // `checkNodes` reports unresolved tags, and tags that the parser resolves.
  const warnings = yaml.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const nodes = checkNodes(yaml, placeAt, isSecretAt);
  const problems = [...nodes.problems, ...warnings.map(toProblem)];
  if (!nodes.plain) return { ok: false, problems };
  const value = plainData(yaml);
  if (value === undefined) return { ok: false, problems: [{ ...START, text: 'too many uses of aliases' }] };
  if (value === null) return { ok: false, problems: [{ ...START, text: 'holds no configuration' }] };
  const placeOf = (path: ProblemPath): Place => placeAt(offsetOf(yaml.contents, path));
  return { ok: true, document: { value, problems, placeOf } };
}

/** YAML allows a byte order mark, and the parser takes a NUL; either is a sign of a damaged file. */
function refusedCharacter(text: string): PlacedProblem | undefined {
  if (text.startsWith('\ufeff')) return { ...START, text: 'starts with a byte order mark: save it without' };
  const nul = text.indexOf('\0');
  if (nul < 0) return undefined;
  return { ...placeIn(text, nul), text: 'holds a NUL byte' };
}

function placeIn(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function syntaxText({ code, message }: YAMLError, isSecret: boolean): string {
  const known = SYNTAX_TEXTS[code];
  if (known !== undefined) return known;
  // The parser's message quotes what it could not read, which may be a secret.
  if (isSecret || /secret/i.test(message)) return 'not valid YAML where a secret stands: put it in quotes';
  return `not valid YAML: ${message.split('\n')[0]}`;
}

/** Later errors of a line are mostly consequences of its first. */
function firstOfEachLine(problems: readonly PlacedProblem[]): PlacedProblem[] {
  const byLine = new Map<number, PlacedProblem>();
  for (const problem of problems) {
    if (!byLine.has(problem.line)) byLine.set(problem.line, problem);
  }
  return [...byLine.values()];
}

/**
 * Whether a secret may stand at an offset of a text that YAML could not read as it was meant. True on a line that names
 * a secret, and on the first line with content after one, where its value may stand.
 * @param offset in characters
 */
function isSecretPlace(text: string, offset: number): boolean {
  const [rest = ''] = text.slice(offset, offset + 1000).split('\n', 1);
  let end = offset;
  for (let line = 0; line <= MAXIMUM_GAP && end >= 0; line++) {
    const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    const content = text.slice(start, end) + (line === 0 ? rest : '');
    if (SECRET_KEY.test(content)) return true;
    if (line > 0 && !NO_CONTENT.test(content)) return false;
    end = start - 1;
  }
  return false;
}

/**
 * Reports the nodes that are refused, and removes refused keys from the document: data is plain, with text keys, each
 * once, and every alias can be resolved.
 * @param isSecretAt true for an offset at which a secret may stand, which must not be shown
 */
function checkNodes(
  yaml: Document,
  placeAt: (offset: number) => Place,
  isSecretAt: (offset: number) => boolean,
): NodeCheck {
  const problems: PlacedProblem[] = [];
  const anchors = new Map<string, Node>();
  let plain = true;
  const report = (node: unknown, text: string): void => {
    problems.push({ ...placeAt(startOf(node)), text });
  };
  // YAML takes a secret that begins with `*` or `!` for an alias or a tag.
  const refuse = (node: unknown, what: string, name: string, why: string): void => {
    plain = false;
    if (isSecretAt(startOf(node))) report(node, `${what} where a secret stands: put the secret in quotes`);
    else report(node, `${what} ${show(name)} ${why}`);
  };
  // Parents come before their children, and everything in the order it is written.
  visit(yaml, (_, node, ancestors) => {
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const source = anchors.get(node.source);
      if (source === undefined) refuse(node, 'alias', node.source, 'has no anchor');
      else if (ancestors.includes(source)) refuse(node, 'alias', node.source, 'holds itself');
      return;
    }
    if (isMap(node)) removeRefusedKeys(node, report);
    const { anchor, tag } = node as { anchor?: string; tag?: string };
    if (anchor !== undefined) anchors.set(anchor, node);
    if (tag !== undefined && !CORE_TAG.test(tag)) refuse(node, 'tag', tag, 'is not supported');
  });
  return { problems, plain };
}

function startOf(node: unknown): number {
  return (node as Node | undefined)?.range?.[0] ?? 0;
}

function removeRefusedKeys(map: YAMLMap, report: (node: unknown, text: string) => void): void {
  const seen = new Set<string>();
  map.items = map.items.filter(({ key }: Pair) => {
    const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
    if (name === undefined) report(key ?? map, 'a key must be text: put it in quotes');
    else if (name.startsWith(BYTE_ORDER_MARK)) {
      report(key, `key ${show(name)} starts with a byte order mark, which nobody sees: delete it`);
    } else if (name === '__proto__') report(key, `${show(name)} cannot be a key`);
    else if (seen.has(name)) report(key, `key ${show(name)} is given twice`);
    else {
      seen.add(name);
      return true;
    }
    return false;
  });
}

/** @returns undefined when there are too many uses of aliases. */
function plainData(yaml: Document): unknown {
  try {
    return yaml.toJS({ maxAliasCount: MAXIMUM_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** A path ends at an alias: problems in the aliased node are reported where it is defined. */
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
