/**
 * A text of YAML to the parser's document, or the place where it is nested too deeply. npm yaml composes documents by
 * recursion, and when that fills the stack while V8 compiles a regular expression, V8 ends the whole process. So levels are
 * counted while the text is cut into lexemes, before anything recurses.
 */
import { Composer, CST, type Document, Lexer, type LineCounter, Parser, YAMLParseError } from 'yaml';

/** A configuration needs a dozen levels. */
const MAXIMUM_LEVELS = 200;

/** The document, or the offset at which the text is nested too deeply, in characters. */
export type YamlText =
  | { readonly isDeep: false; readonly document: Document.Parsed }
  | { readonly isDeep: true; readonly offset: number };

/**
 * Parses as `parseDocument` of npm yaml does, with the parser's own error for a second document. Keys are not checked for
 * being unique: the parser's check is quadratic in their number.
 * @param lines is told where lines begin
 */
export function parseYaml(text: string, lines?: LineCounter): YamlText {
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false });
  let document: Document.Parsed | undefined;
  try {
    for (const composed of composer.compose(tokensOf(text, lines), true, text.length)) {
      if (document === undefined) document = composed as Document.Parsed;
      else {
        document.errors.push(new YAMLParseError([composed.range[0], composed.range[1]], 'MULTIPLE_DOCS', ''));
        break;
      }
    }
  } catch (error) {
    if (error instanceof DeepNestingError) return { isDeep: true, offset: error.offset };
    throw error;
  }
  // `compose` makes an empty document of an empty text.
  return { isDeep: false, document: document! };
}

class DeepNestingError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('nested too deeply');
    this.offset = offset;
  }
}

/** @throws DeepNestingError */
function* tokensOf(text: string, lines: LineCounter | undefined): Generator<CST.Token, void> {
  const parser = new Parser(lines?.addNewLine);
  const nesting = new Nesting(text);
  lines?.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    if (nesting.add(lexeme) > MAXIMUM_LEVELS) throw new DeepNestingError(nesting.offset);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** The levels that are open while a text is read, lexeme by lexeme: never less than there are. */
class Nesting {
  /** Of the lexeme that is added next, in characters. */
  offset = 0;
  readonly #text: string;
  #lineStart = 0;
  #flowLevels = 0;
  #blockLevels = 0;
  /** Lines of block style that enclose the current one, and the levels that each opens. */
  readonly #lines: { readonly start: number; readonly indent: number; levels: number }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns the levels that are open behind the lexeme, or in front of it when it opens one too many. */
  add(lexeme: string): number {
    switch (CST.tokenType(lexeme)) {
      // These tell the parser something, and are not in the text.
      case 'doc-mode':
      case 'scalar':
        return this.#levels;
      case 'flow-error-end':
        this.#flowLevels = 0;
        return this.#levels;
      case 'flow-map-start':
      case 'flow-seq-start':
        this.#flowLevels += 1;
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        this.#flowLevels = Math.max(0, this.#flowLevels - 1);
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
      case 'map-value-ind':
        if (this.#flowLevels === 0) this.#openBlock();
        break;
    }
    if (this.#levels <= MAXIMUM_LEVELS) this.#pass(lexeme);
    return this.#levels;
  }

  get #levels(): number {
    return this.#blockLevels + this.#flowLevels;
  }

  #pass(lexeme: string): void {
    const lastBreak = lexeme.lastIndexOf('\n');
    if (lastBreak >= 0) this.#lineStart = this.offset + lastBreak + 1;
    this.offset += lexeme.length;
  }

  /** Lines that are indented as much as the current one, or more, are closed by it. */
  #openBlock(): void {
    const start = this.#lineStart;
    let last = this.#lines.at(-1);
    if (last?.start !== start) {
      const indent = indentAt(this.#text, start);
      while (last !== undefined && last.indent >= indent) {
        this.#blockLevels -= last.levels;
        this.#lines.pop();
        last = this.#lines.at(-1);
      }
      last = { start, indent, levels: 0 };
      this.#lines.push(last);
    }
    last.levels += 1;
    this.#blockLevels += 1;
  }
}

/** Spaces at the start of a line. */
function indentAt(text: string, lineStart: number): number {
  let at = lineStart;
  while (text.charCodeAt(at) === 0x20) at += 1;
  return at - lineStart;
}
