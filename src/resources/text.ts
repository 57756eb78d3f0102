/** Free text of the resource model: identifiers, descriptions, one of a few words. */
import { accepted, type Parsed, refused } from './parsed.js';

/** In UTF-16 units, as JSON Schema counts closely enough. */
export const IDENTIFIER_LENGTH = { minLength: 1, maxLength: 255 } as const;

/** Elastic Load Balancing, HealthCheckPath. */
const MAXIMUM_PATH = 1024;

/** Identifiers are printed to terminals, logs and metric labels. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/** A resource's id or ARN: any text of 1 to 255 characters without control characters. */
export function parseIdentifier(value: unknown): Parsed<string> {
  const fits =
    typeof value === 'string' &&
    value.length >= IDENTIFIER_LENGTH.minLength &&
    value.length <= IDENTIFIER_LENGTH.maxLength &&
    !CONTROL_CHARACTERS.test(value);
  if (fits) return accepted(value);
  if (typeof value !== 'string') return parseText(value);
  return refused(`1 to ${IDENTIFIER_LENGTH.maxLength} characters without control characters`, value);
}

/** The path of a request: it begins with a slash and has no spaces or control characters (RFC 9112, origin-form). */
export function parseRequestPath(value: unknown): Parsed<string> {
  const fits = typeof value === 'string' && value.length <= MAXIMUM_PATH && /^\/[!-~]*$/.test(value);
  return fits ? accepted(value) : refused('a path that begins with a slash, in ASCII without spaces', value);
}

/** Any text. A number is not text: `007` and `1.10` would not come back as they were written. */
export function parseText(value: unknown): Parsed<string> {
  if (typeof value === 'string') return accepted(value);
  const unquoted = typeof value === 'number' || typeof value === 'boolean';
  return refused(unquoted ? 'text (put it in quotes)' : 'text', value);
}

/** One of a few words. */
export function parseOneOf<const Word extends string>(value: unknown, words: readonly Word[]): Parsed<Word> {
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return accepted(word);
  return refused(words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`, value);
}
