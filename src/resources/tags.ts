/** Tags: what people hang on resources to find them again. The engine does not read them. */
import { accepted, type Parsed, refused } from './parsed.js';
import { parseText } from './text.js';

/** Key to value. */
export type Tags = Readonly<Record<string, string>>;

/** Of CreateTags: Unicode characters, and tags on one resource. */
export const TAG_LIMITS = { keyCharacters: 127, valueCharacters: 256, tags: 50 } as const;

/** Text of at most 256 characters, which may be empty. */
export function parseTagValue(value: unknown): Parsed<string> {
  if (typeof value !== 'string') return parseText(value);
  if (countCharacters(value) <= TAG_LIMITS.valueCharacters) return accepted(value);
  return refused(`at most ${TAG_LIMITS.valueCharacters} characters`, value);
}

/** Text of 1 to 127 characters that does not start with `aws:`. */
export function parseTagKey(value: unknown): Parsed<string> {
  if (typeof value !== 'string') return parseText(value);
  if (value.startsWith('aws:')) return refused('a key without the reserved prefix "aws:"', value);
  if (value !== '' && countCharacters(value) <= TAG_LIMITS.keyCharacters) return accepted(value);
  return refused(`a key of 1 to ${TAG_LIMITS.keyCharacters} characters`, value);
}

/** EC2 counts Unicode characters, not UTF-16 units. */
function countCharacters(text: string): number {
  return [...text].length;
}
