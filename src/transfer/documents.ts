/**
 * Text to documents, with the line of each value. JSON documents may follow one another, as pages that were appended to
 * one file; other text is one document of YAML, as `aws --output yaml` prints it.
 */
import { readDocument } from '../config/document.js';
import type { Problem } from '../config/problem.js';
import type { ProblemPath } from '../resources/problem.js';
import { MAXIMUM_YAML_LENGTH, refusalOfJson } from './document-bounds.js';
import { jsonLines } from './json-lines.js';

/** More documents than this in one text are no pages of a list. */
const MAXIMUM_DOCUMENTS = 100_000;

/** One document. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** The line of the value at a path, from 1; where there is none, that of what encloses it. */
  lineOf(path: ProblemPath): number;
}

/** The documents of a text, or what keeps it from being read. */
type ReadDocuments =
  | { readonly ok: true; readonly documents: readonly SourceDocument[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A part of a text, and the lines in front of it. */
interface Piece {
  readonly text: string;
  readonly linesBefore: number;
  /** False: the text ends before the document does. */
  readonly isWhole: boolean;
}

/** @param file its name, for problems. */
export function readDocuments(text: string, file: string): ReadDocuments {
  const problem = (line: number, why: string): ReadDocuments => ({
    ok: false,
    problems: [{ file, line, column: 1, text: why }],
  });
  const isLong = text.length > MAXIMUM_YAML_LENGTH;
  if (isLong && !/^\s*[[{]/.test(text)) return problem(1, 'is no JSON, and too long for YAML');
  if (text.trim() === '') return problem(1, 'is empty');
  if (!/^\s*[[{]/.test(text)) return readText({ text, linesBefore: 0, isWhole: true }, file, false);
  const documents: SourceDocument[] = [];
  for (const piece of piecesOf(text)) {
    if (documents.length === MAXIMUM_DOCUMENTS)
      return problem(1, `has more than ${MAXIMUM_DOCUMENTS} documents`);
    const refusal = refusalOfJson(piece.text);
    if (refusal !== undefined) return problem(piece.linesBefore + 1, refusal);
    const read = readPiece(piece, file);
    if (!read.ok) return read;
    documents.push(...read.documents);
  }
  return { ok: true, documents };
}

function readText({ text, linesBefore }: Piece, file: string, isJson: boolean): ReadDocuments {
  const read = readDocument(text, isJson);
  const problems = read.ok ? read.document.problems : read.problems;
  if (problems.length > 0 || !read.ok) {
    return {
      ok: false,
      problems: problems.map((problem) => ({ ...problem, file, line: problem.line + linesBefore })),
    };
  }
  const { value, placeOf } = read.document;
  return { ok: true, documents: [{ file, value, lineOf: (path) => placeOf(path).line + linesBefore }] };
}

/** JSON is parsed as such; where its values stand is found when it is asked for. */
function readPiece(piece: Piece, file: string): ReadDocuments {
  const { text, linesBefore, isWhole } = piece;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (!isWhole) {
      const why = 'ends in the middle of a JSON document: the output was cut off';
      const line = linesBefore + text.split('\n').length;
      return { ok: false, problems: [{ file, line, column: 1, text: why }] };
    }
    return readText(piece, file, true);
  }
  let lines: ((path: ProblemPath) => number) | undefined;
  const lineOf = (path: ProblemPath): number => {
    lines ??= jsonLines(text);
    return lines(path) + linesBefore;
  };
  return { ok: true, documents: [{ file, value, lineOf }] };
}

/** Cuts a text behind each bracket that closes the first one. Brackets in strings do not count. */
function* piecesOf(text: string): Generator<Piece> {
  let start = 0;
  let depth = 0;
  let linesBefore = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth > 0) continue;
      const piece = text.slice(start, at + 1);
      yield { text: piece, linesBefore, isWhole: true };
      linesBefore += piece.split('\n').length - 1;
      start = at + 1;
      depth = 0;
    }
  }
  const rest = text.slice(start);
  if (rest.trim() !== '') yield { text: rest, linesBefore, isWhole: depth === 0 };
}
