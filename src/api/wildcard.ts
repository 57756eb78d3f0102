/**
 * Patterns with `*` and `?`, as IAM policies and EC2's filters have them. Whatever pattern and text, a comparison
 * looks at each character of the text once: the places in the pattern that the text so far can have come to are bits,
 * which all move together (the Shift-And automaton, Baeza-Yates and Gonnet 1992).
 */

const WORD_BITS = 32;
/** A match of any length costs about as much as so many steps of the automaton. */
const BASE_COST = 8;

/** A pattern that is compared with many texts. */
export class Wildcard {
  /** The text itself, of a pattern without wildcards. */
  readonly #literal: string | undefined;
  readonly #automaton: Automaton | undefined;

  /** @param isEscaping a backslash takes the next character as it is, as in filters of EC2 */
  constructor(pattern: string, isEscaping = false) {
    const steps = stepsOf(pattern, isEscaping);
    if (steps.every((step) => typeof step === 'string')) this.#literal = steps.join('');
    else this.#automaton = new Automaton(steps);
  }

  /** The only text that fits; undefined when there may be others. */
  get literal(): string | undefined {
    return this.#literal;
  }

  /** `*` stands for any text, `?` for one UTF-16 unit. */
  matches(text: string): boolean {
    return this.#automaton === undefined ? text === this.#literal : this.#automaton.accepts(text);
  }

  /** The most that a comparison takes, in operations of the processor, nearly. */
  costOf(text: string): number {
    return BASE_COST + text.length * (this.#automaton?.words ?? 0);
  }
}

/** True when the whole text fits the pattern. */
export function matchesWildcard(pattern: string, text: string): boolean {
  // Most patterns of policies are these.
  if (pattern === '*') return true;
  if (!pattern.includes('*') && !pattern.includes('?')) return pattern === text;
  return new Wildcard(pattern).matches(text);
}

const ANY_TEXT = Symbol('*');
const ANY_CHARACTER = Symbol('?');

type Step = string | typeof ANY_TEXT | typeof ANY_CHARACTER;

/** Bit n stands for the place behind n characters of the pattern. */
class Automaton {
  readonly words: number;
  readonly #end: number;
  /** Places where a `*` lets any character pass. */
  readonly #loops: Int32Array;
  /** By character: the places that it leads on from. */
  readonly #leads = new Map<string, Int32Array>();
  /** The same of characters that the pattern does not name. */
  readonly #othersLead: Int32Array;
  readonly #places: Int32Array;

  constructor(steps: readonly Step[]) {
    const characters = steps.filter((step) => step !== ANY_TEXT);
    this.#end = characters.length;
    this.words = Math.floor(this.#end / WORD_BITS) + 1;
    this.#loops = new Int32Array(this.words);
    this.#othersLead = new Int32Array(this.words);
    this.#places = new Int32Array(this.words);
    for (const [place, step] of characters.entries()) {
      if (step === ANY_CHARACTER) setBit(this.#othersLead, place);
    }
    for (const [place, step] of characters.entries()) {
      if (typeof step === 'string') setBit(this.#leadsOf(step), place);
    }
    let place = 0;
    for (const step of steps) {
      if (step === ANY_TEXT) setBit(this.#loops, place);
      else place += 1;
    }
  }

  accepts(text: string): boolean {
    const places = this.#places;
    places.fill(0);
    places[0] = 1;
    for (let at = 0; at < text.length; at++) {
      const leads = this.#leads.get(text[at] ?? '') ?? this.#othersLead;
      let carry = 0;
      let some = 0;
      for (let word = 0; word < this.words; word++) {
        const now = places[word] ?? 0;
        const led = now & (leads[word] ?? 0);
        const next = (led << 1) | carry | (now & (this.#loops[word] ?? 0));
        carry = led >>> (WORD_BITS - 1);
        places[word] = next;
        some |= next;
      }
      if (some === 0) return false;
    }
    return (((places[this.words - 1] ?? 0) >>> (this.#end % WORD_BITS)) & 1) === 1;
  }

  #leadsOf(character: string): Int32Array {
    const known = this.#leads.get(character) ?? this.#othersLead.slice();
    this.#leads.set(character, known);
    return known;
  }
}

function setBit(words: Int32Array, bit: number): void {
  words[Math.floor(bit / WORD_BITS)] = (words[Math.floor(bit / WORD_BITS)] ?? 0) | (1 << (bit % WORD_BITS));
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
