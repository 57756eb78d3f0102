/** The lines of the values of a JSON text that JSON.parse has taken, found in one pass. */
import type { ProblemPath } from '../resources/problem.js';

/** Values further down have the line of what encloses them. Attributes of rules are at a depth of 5. */
const MAXIMUM_DEPTH = 6;

const LINE_FEED = 0x0a;
const SPACES: readonly number[] = [0x20, 0x09, 0x0d, LINE_FEED];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: readonly number[] = [0x7b, 0x5b];
const CLOSING: readonly number[] = [0x7d, 0x5d];
const OPENING_BRACE = 0x7b;
const COMMA = 0x2c;

/** A value. */
interface Place {
  /** From 1: that of its key, or of the item of a list. */
  readonly line: number;
  readonly children?: ReadonlyMap<string | number, Place>;
}

/** @returns a function that finds the line of a path; where there is none, that of what encloses it. */
export function jsonLines(text: string): (path: ProblemPath) => number {
  const root = new Scanner(text).read();
  return (path) => {
    let place = root;
    for (const step of path) {
      const child = place.children?.get(step);
      if (child === undefined) break;
      place = child;
    }
    return place.line;
  };
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Place {
    this.#skipSpaces();
    return this.#value(0, this.#line);
  }

  #value(depth: number, line: number): Place {
    const first = this.#text.charCodeAt(this.#at);
    if (OPENING.includes(first) && depth < MAXIMUM_DEPTH) {
      return { line, children: this.#children(depth, first === OPENING_BRACE) };
    }
    this.#skipValue();
    return { line };
  }

  /** Reads from the opening bracket to behind the closing one. */
  #children(depth: number, hasKeys: boolean): ReadonlyMap<string | number, Place> {
    const children = new Map<string | number, Place>();
    this.#at += 1;
    for (;;) {
      this.#skipSpaces();
      if (this.#at >= this.#text.length || this.#takes(CLOSING)) return children;
      if (this.#takes([COMMA])) continue;
      const line = this.#line;
      const key = hasKeys ? this.#key() : children.size;
      children.set(key, this.#value(depth + 1, line));
    }
  }

  /** Reads a key, and goes on to its value. */
  #key(): string {
    const start = this.#at;
    this.#skipString();
    const key = JSON.parse(this.#text.slice(start, this.#at)) as string;
    this.#skipSpaces();
    this.#at += 1;
    this.#skipSpaces();
    return key;
  }

  /** Goes behind a value, however deep it is. */
  #skipValue(): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (depth === 0 && (code === COMMA || CLOSING.includes(code) || SPACES.includes(code))) return;
      if (code === QUOTE) {
        this.#skipString();
        continue;
      }
      if (OPENING.includes(code)) depth += 1;
      if (CLOSING.includes(code)) depth -= 1;
      if (code === LINE_FEED) this.#line += 1;
      this.#at += 1;
    }
  }

  #skipString(): void {
    this.#at += 1;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === BACKSLASH) this.#at += 1;
      else if (code === QUOTE) break;
    }
    this.#at += 1;
  }

  #skipSpaces(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (!SPACES.includes(code)) return;
      if (code === LINE_FEED) this.#line += 1;
      this.#at += 1;
    }
  }

  #takes(codes: readonly number[]): boolean {
    if (!codes.includes(this.#text.charCodeAt(this.#at))) return false;
    this.#at += 1;
    return true;
  }
}
