/** Free text of the resource model: identifiers, descriptions, one of a few words. */
import { isLine, isText, WITHOUT_CONTROL_CHARACTERS } from './characters.js';
import { accepted, type Parsed, refused } from './parsed.js';
import { hasAtMost, TEXT_BOUNDS } from './text-bounds.js';

/** In UTF-16 units, as JSON Schema counts closely enough. */
export const IDENTIFIER_LENGTH = { minLength: 1, maxLength: TEXT_BOUNDS.identifier } as const;

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
  if (typeof value !== 'string') return parseLine(value, IDENTIFIER_LENGTH.maxLength);
  return refused(`1 to ${IDENTIFIER_LENGTH.maxLength} characters ${WITHOUT_CONTROL_CHARACTERS}`, value);
}

/** The path of a request: it begins with a slash and has no spaces or control characters (RFC 9112, origin-form). */
export function parseRequestPath(value: unknown): Parsed<string> {
  const fits = typeof value === 'string' && value.length <= MAXIMUM_PATH && /^\/[!-~]*$/.test(value);
  return fits ? accepted(value) : refused('a path that begins with a slash, in ASCII without spaces', value);
}

/** For people: text of at most 255 characters, which may be empty and may have several lines. */
export function parseDescription(value: unknown): Parsed<string> {
  return parseMultiline(value, TEXT_BOUNDS.description);
}

/** One line, which may be empty. @param maximum Unicode characters */
export function parseLine(value: unknown, maximum: number): Parsed<string> {
  return parseText(value, maximum, isLine);
}

/** Text that may be empty and may have several lines. @param maximum Unicode characters */
export function parseMultiline(value: unknown, maximum: number): Parsed<string> {
  return parseText(value, maximum, isText);
}

/** A number is not text: `007` and `1.10` would not come back as they were written. */
function parseText(value: unknown, maximum: number, fits: (text: string) => boolean): Parsed<string> {
  if (typeof value === 'string') {
    if (!hasAtMost(value, maximum)) return refused(`at most ${maximum} characters`, value);
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
