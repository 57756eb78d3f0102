/** Free text of the resource model: identifiers, descriptions, one of a few words. */
import { isLine, isText, WITHOUT_CONTROL_CHARACTERS } from './characters.js';
import { accepted, type Parsed, refused } from './parsed.js';

/** In UTF-16 units, as JSON Schema counts closely enough. */
export const IDENTIFIER_LENGTH = { minLength: 1, maxLength: 255 } as const;

/** Elastic Load Balancing, HealthCheckPath. */
const MAXIMUM_PATH = 1024;

/** A resource's id or ARN: any text of 1 to 255 characters without control characters. */
export function parseIdentifier(value: unknown): Parsed<string> {
  const fits =
    typeof value === 'string' &&
    value.length >= IDENTIFIER_LENGTH.minLength &&
    value.length <= IDENTIFIER_LENGTH.maxLength &&
    isLine(value);
  if (fits) return accepted(value);
  if (typeof value !== 'string') return parseText(value);
  return refused(`1 to ${IDENTIFIER_LENGTH.maxLength} characters ${WITHOUT_CONTROL_CHARACTERS}`, value);
}

/** The path of a request: it begins with a slash and has no spaces or control characters (RFC 9112, origin-form). */
export function parseRequestPath(value: unknown): Parsed<string> {
  const fits = typeof value === 'string' && value.length <= MAXIMUM_PATH && /^\/[!-~]*$/.test(value);
  return fits ? accepted(value) : refused('a path that begins with a slash, in ASCII without spaces', value);
}

/** One line of text. A number is not text: `007` and `1.10` would not come back as they were written. */
export function parseText(value: unknown): Parsed<string> {
  return parseCharacters(value, isLine);
}

/** Text for people, which may have several lines. */
export function parseDescription(value: unknown): Parsed<string> {
  return parseCharacters(value, isText);
}

function parseCharacters(value: unknown, fits: (text: string) => boolean): Parsed<string> {
  if (typeof value === 'string') {
    return fits(value) ? accepted(value) : refused(`text ${WITHOUT_CONTROL_CHARACTERS}`, value);
  }
  const unquoted = typeof value === 'number' || typeof value === 'boolean';
  return refused(unquoted ? 'text (put it in quotes)' : 'text', value);
}

/** One of a few words. */
export function parseOneOf<const Word extends string>(value: unknown, words: readonly Word[]): Parsed<Word> {
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return accepted(word);
  return refused(words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`, value);
}
