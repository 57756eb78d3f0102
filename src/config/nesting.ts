/**
 * How deeply a YAML text is nested, found without recursion. The parser recurses, and when it fills the stack while V8
 * compiles a regular expression, V8 ends the whole process.
 */
import { CST, Lexer } from 'yaml';

/** A configuration needs a dozen levels. */
const MAXIMUM_LEVELS = 200;

/** Lines of block style that enclose the current one, and the levels that they open. */
class OpenLines {
  levels = 0;
  readonly #lines: { readonly start: number; readonly indent: number; levels: number }[] = [];

  /** A level is opened in the line that starts at an offset. */
  add(start: number, indent: number): void {
    for (
      let last = this.#lines.at(-1);
      last !== undefined && last.start !== start;
      last = this.#lines.at(-1)
    ) {
      if (last.indent < indent) break;
      this.levels -= last.levels;
      this.#lines.pop();
    }
    const last = this.#lines.at(-1);
    if (last?.start === start) last.levels += 1;
    else this.#lines.push({ start, indent, levels: 1 });
    this.levels += 1;
  }
}

/** @returns the offset at which the text is nested too deeply, in characters; undefined: nowhere. */
export function findDeepNesting(text: string): number | undefined {
  const block = new OpenLines();
  let flowLevels = 0;
  let offset = 0;
  let lineStart = 0;
  for (const token of new Lexer().lex(text)) {
    switch (CST.tokenType(token)) {
      case 'doc-mode':
        continue;
      case 'flow-error-end':
        flowLevels = 0;
        continue;
      case 'scalar':
        // It announces a scalar, and is not in the text itself.
        continue;
      case 'flow-map-start':
      case 'flow-seq-start':
        flowLevels += 1;
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        flowLevels = Math.max(0, flowLevels - 1);
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
      case 'map-value-ind':
        if (flowLevels === 0) block.add(lineStart, indentAt(text, lineStart));
        break;
    }
    if (block.levels + flowLevels > MAXIMUM_LEVELS) return offset;
    const lastBreak = token.lastIndexOf('\n');
    if (lastBreak >= 0) lineStart = offset + lastBreak + 1;
    offset += token.length;
  }
  return undefined;
}

/** Spaces at the start of a line. */
function indentAt(text: string, lineStart: number): number {
  let at = lineStart;
  while (text.charCodeAt(at) === 0x20) at += 1;
  return at - lineStart;
}
