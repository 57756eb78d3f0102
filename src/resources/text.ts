/** Texts of the resource model: the characters they may hold, their lengths, and the functions that parse them. */
import { accepted, type Parsed, refused } from './parsed.js';

export const TEXT_BOUNDS = {
  /** Descriptions of targets, filters, rules and sessions: Unicode characters. */
  description: 255,
  /** Ids and ARNs of resources: UTF-16 units. */
  identifier: 255,
  /** Unicode characters. */
  tagKey: 127,
  tagValue: 256,
  /** ASCII. */
  clientToken: 64,
  /** Names of shares in Resource Access Manager. */
  shareName: 255,
  /** Any other text in calls of Resource Access Manager. */
  arn: 2048,
  /** ARNs and values of conditions in a policy, as IAM's policy simulator takes them; UTF-16 units. */
  policyText: 2048,
  /** Any other parameter of the EC2 API. A page's token has more, since it holds the key of a tag. */
  parameter: 1024,
  pageToken: 4096,
  /** A value of a filter: the longest value of a tag, with each character a surrogate pair and escaped. */
  filterValue: 1024,
  /** The part of a text, of any length, that a filter with wildcards compares. */
  matched: 1024,
} as const;

/** True when the text has at most so many Unicode characters. Does not count them when its length decides. */
export function hasAtMost(text: string, characters: number): boolean {
  if (text.length <= characters) return true;
  return text.length <= 2 * characters && [...text].length <= characters;
}

/** Control characters (Unicode category Cc), U+FFFE, U+FFFF, and lone surrogates. */
const NOT_IN_LINES = /[\p{Cc}\ufffe\uffff\p{Surrogate}]/gu;

/** The same without TAB, LF and CR. */
const NOT_IN_TEXTS = /[\ufffe\uffff\p{Surrogate}]|(?![\t\n\r])\p{Cc}/u;

/** Characters that XML 1.0 cannot hold, not even as references (section 2.2, Char). */
const NOT_IN_XML = /(?![\t\n\r\u007f-\u009f])\p{Cc}|[\ufffe\uffff\p{Surrogate}]/gu;

const REPLACEMENT = '\ufffd';

/** How a message says that `isLine` or `isText` refused a text. */
const WITHOUT_CONTROL_CHARACTERS = 'without control characters';

/** True for text of one line: identifiers, names, keys of tags. */
export function isLine(text: string): boolean {
  return text.search(NOT_IN_LINES) < 0;
}

/** Any text as one line: U+FFFD replaces each character that `isLine` refuses. */
export function toLine(text: string): string {
  return text.replace(NOT_IN_LINES, REPLACEMENT);
}

/** True for text that may have several lines: descriptions, and values of tags. */
export function isText(text: string): boolean {
  return !NOT_IN_TEXTS.test(text);
}

/** True when an XML document can hold the text as it is. */
export function isXmlText(text: string): boolean {
  return text.search(NOT_IN_XML) < 0;
}

/** The text with U+FFFD for each character that XML cannot hold. */
export function replaceNonXml(text: string): string {
  return text.replace(NOT_IN_XML, REPLACEMENT);
}

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

/**
 * The path of an HTTP request: it begins with a slash and has no spaces or control characters (RFC 9112, origin-form).
 */
export function parseRequestPath(value: unknown): Parsed<string> {
  const fits = typeof value === 'string' && value.length <= MAXIMUM_PATH && /^\/[!-~]*$/.test(value);
  return fits ? accepted(value) : refused('a path that begins with a slash, in ASCII without spaces', value);
}

/** A description: text of at most 255 characters, which may be empty and may have several lines. */
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

const ACCOUNT_ID = /^[0-9]{12}$/;

/** Twelve digits, as text: leading zeros count. */
export function parseAccountId(value: unknown): Parsed<string> {
  if (typeof value === 'string' && ACCOUNT_ID.test(value)) return accepted(value);
  return refused('an account id of twelve digits, in quotes', value);
}

/** Names in a sentence: `a, b and c`. */
export function andList(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
