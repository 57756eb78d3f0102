/** Tags: keys and values by which people find resources. The engine does not read them. */
import { type Parsed, refused } from './parsed.js';
import { hasAtMost, parseLine, parseMultiline, TEXT_BOUNDS } from './text.js';

/** Key to value. */
export type Tags = Readonly<Record<string, string>>;

/** Lengths in Unicode characters, and how many tags a resource may have. */
export const TAG_LIMITS = {
  keyCharacters: TEXT_BOUNDS.tagKey,
  valueCharacters: TEXT_BOUNDS.tagValue,
  tags: 50,
} as const;

/** Text of at most 256 characters, which may be empty and may have several lines. */
export function parseTagValue(value: unknown): Parsed<string> {
  return parseMultiline(value, TAG_LIMITS.valueCharacters);
}

/** One line of 1 to 127 characters that does not start with `aws:`. */
export function parseTagKey(value: unknown): Parsed<string> {
  const isLong = typeof value === 'string' && !hasAtMost(value, TAG_LIMITS.keyCharacters);
  const text = parseLine(value, TAG_LIMITS.keyCharacters);
  if (!text.ok && !isLong) return text;
  if (text.ok && text.value.startsWith('aws:')) {
    return refused('a key without the reserved prefix "aws:"', value);
  }
  if (text.ok && text.value !== '') return text;
  return refused(`a key of 1 to ${TAG_LIMITS.keyCharacters} characters`, value);
}
