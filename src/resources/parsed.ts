/** The result of checking one value from outside, and the text of a refusal. */

declare const brand: unique symbol;

/** A type of its own for the compiler; at run time it is `Base`. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** One line that says what was expected and what came. */
export interface Refusal {
  readonly ok: false;
  readonly text: string;
}

/** The checked value, or why it was refused. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | Refusal;

/** Long values are cut in messages. */
const SHOWN_CHARACTERS = 60;

/** Characters that JSON does not escape, but that are invisible, or that a terminal or a reader of lines acts on. */
const UNSAFE_CHARACTERS =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff]/g;

/** The name of a secret, and the secret behind it, where a missing space made one text of both. */
const NAMED_SECRET = /(secret\w*)\W.*/is;

/** A value that passed. */
export function accepted<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/**
 * A value that did not pass; `undefined` counts as missing.
 * @param expectation what would have passed, with its article: `a number from 1 to 32766`
 */
export function refused(expectation: string, value: unknown): Refusal {
  const text =
    value === undefined ? `missing, expected ${expectation}` : `expected ${expectation}, got ${show(value)}`;
  return { ok: false, text };
}

/** A value as a message shows it: one line, text in quotes and escaped; of a list or mapping only its kind. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

function quote(text: string): string {
  const redacted = text.replace(NAMED_SECRET, '$1…');
  const shown = redacted.length > SHOWN_CHARACTERS ? `${redacted.slice(0, SHOWN_CHARACTERS)}…` : redacted;
  return JSON.stringify(shown).replace(
    UNSAFE_CHARACTERS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
