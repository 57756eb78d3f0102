/** Tags: what people hang on resources to find them again. The engine does not read them. */
import { accepted, type Parsed, refused } from './parsed.js';
import { parseText } from './text.js';
import { hasAtMost, TEXT_BOUNDS } from './text-bounds.js';

/** Key to value. */
export type Tags = Readonly<Record<string, string>>;

/** Unicode characters, and tags on one resource. */
export const TAG_LIMITS = {
  keyCharacters: TEXT_BOUNDS.tagKey,
  valueCharacters: TEXT_BOUNDS.tagValue,
  tags: 50,
} as const;

/** Text of at most 256 characters, which may be empty. */
export function parseTagValue(value: unknown): Parsed<string> {
  return parseText(value, TAG_LIMITS.valueCharacters);
}

/** Text of 1 to 127 characters that does not start with `aws:`. */
export function parseTagKey(value: unknown): Parsed<string> {
  if (typeof value !== 'string') return parseText(value, TAG_LIMITS.keyCharacters);
  if (value.startsWith('aws:')) return refused('a key without the reserved prefix "aws:"', value);
  if (value !== '' && hasAtMost(value, TAG_LIMITS.keyCharacters)) return accepted(value);
  return refused(`a key of 1 to ${TAG_LIMITS.keyCharacters} characters`, value);
}
