/**
 * Patterns with `*` and `?`, of IAM policies and EC2's filters. They are compared by the Shift-And automaton
 * (Baeza-Yates and Gonnet 1992): the positions that a match can have reached in the pattern are bits, which move together with each
 * character of the text. So a comparison reads the text once, for any pattern.
 */

const WORD_BITS = 32;
const ASCII = 128;
/** The fixed cost of a comparison, in steps of the automaton. */
const BASE_COST = 8;

/** A compiled pattern, for comparisons with many texts. */
export class Wildcard {
  /** The pattern itself, if it has no wildcards. */
  readonly #literal: string | undefined;
  readonly #automaton: Automaton | undefined;

  /** @param isEscaping a backslash escapes the next character, as in EC2's filters */
  constructor(pattern: string, isEscaping = false) {
    const steps = stepsOf(pattern, isEscaping);
    if (steps.every((step) => typeof step === 'string')) this.#literal = steps.join('');
    else this.#automaton = new Automaton(steps);
  }

  /** The only text that matches; undefined when there may be others. */
  get literal(): string | undefined {
    return this.#literal;
  }

  /** True when the whole text matches. `*` stands for any text, `?` for one UTF-16 unit. */
  matches(text: string): boolean {
    return this.#automaton === undefined ? text === this.#literal : this.#automaton.accepts(text);
  }

  /** The most steps that a comparison takes: a few nanoseconds each. */
  costOf(text: string): number {
    return BASE_COST + text.length * (this.#automaton?.words ?? 0);
  }
}

/**
 * True when the whole text matches the pattern. Not compiled at first: the literal beginning decides most comparisons.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const beginning = /^[^*?]*/.exec(pattern)?.[0] ?? '';
  if (beginning.length === pattern.length) return pattern === text;
  if (!text.startsWith(beginning)) return false;
  const rest = pattern.slice(beginning.length);
  return rest === '*' || new Wildcard(rest).matches(text.slice(beginning.length));
}

const ANY_TEXT = Symbol('*');
const ANY_CHARACTER = Symbol('?');

type Step = string | typeof ANY_TEXT | typeof ANY_CHARACTER;

/** The automaton of a pattern. Bit n is the position after n characters of the pattern. */
class Automaton {
  readonly words: number;
  readonly #end: number;
  /** Positions of a `*`, where any character is consumed. */
  readonly #loops: Int32Array;
  /** Numbers of the characters in the pattern; all others have 0. */
  readonly #numbers = new Map<number, number>();
  /** The same for ASCII, as an array: faster to look up. */
  readonly #asciiNumbers = new Uint16Array(ASCII);
  /** For each number of a character, `words` words: the positions from which the character leads to the next. */
  readonly #leads: Int32Array;
  readonly #places: Int32Array;

  constructor(steps: readonly Step[]) {
    const characters = steps.filter((step) => step !== ANY_TEXT);
    for (const step of characters) if (typeof step === 'string') this.#addNumber(step.charCodeAt(0));
    this.#end = characters.length;
    this.words = Math.floor(this.#end / WORD_BITS) + 1;
    this.#loops = new Int32Array(this.words);
    this.#places = new Int32Array(this.words);
    const size = this.#numbers.size + 1;
    this.#leads = new Int32Array(size * this.words);
    for (const [place, step] of characters.entries()) {
      if (typeof step === 'string') this.#lead(this.#numberOf(step.charCodeAt(0)), place);
      else for (let number = 0; number < size; number++) this.#lead(number, place);
    }
    let place = 0;
    for (const step of steps) {
      if (step === ANY_TEXT) setBit(this.#loops, 0, place);
      else place += 1;
    }
  }

  accepts(text: string): boolean {
    const { words } = this;
    const [places, loops, leads] = [this.#places, this.#loops, this.#leads];
    places.fill(0);
    places[0] = 1;
    for (let at = 0; at < text.length; at++) {
      const base = this.#numberOf(text.charCodeAt(at)) * words;
      let carry = 0;
      let some = 0;
      for (let word = 0; word < words; word++) {
        const now = places[word] as number;
        const led = now & (leads[base + word] as number);
        const next = (led << 1) | carry | (now & (loops[word] as number));
        carry = led >>> (WORD_BITS - 1);
        places[word] = next;
        some |= next;
      }
      if (some === 0) return false;
    }
    return (((places[words - 1] as number) >>> (this.#end % WORD_BITS)) & 1) === 1;
  }

  #addNumber(code: number): void {
    if (this.#numbers.has(code)) return;
    const number = this.#numbers.size + 1;
    this.#numbers.set(code, number);
    if (code < ASCII) this.#asciiNumbers[code] = number;
  }

  #numberOf(code: number): number {
    return code < ASCII ? (this.#asciiNumbers[code] as number) : (this.#numbers.get(code) ?? 0);
  }

  #lead(number: number, place: number): void {
    setBit(this.#leads, number * this.words, place);
  }
}

/** @param base index of the first word of the set */
function setBit(words: Int32Array, base: number, bit: number): void {
  const at = base + Math.floor(bit / WORD_BITS);
  words[at] = (words[at] as number) | (1 << (bit % WORD_BITS));
}

function stepsOf(pattern: string, isEscaping: boolean): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (isEscaping && character === '\\' && at + 1 < pattern.length) {
      at += 1;
      steps.push(pattern[at] ?? '');
    } else if (character === '*') steps.push(ANY_TEXT);
    else if (character === '?') steps.push(ANY_CHARACTER);
    else steps.push(character);
  }
  return steps;
}
