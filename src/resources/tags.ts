/** Tags: what people hang on resources to find them again. The engine does not read them. */
import { type Parsed, refused } from './parsed.js';
import { parseDescription, parseText } from './text.js';

/** Key to value. */
export type Tags = Readonly<Record<string, string>>;

/** Of CreateTags: Unicode characters, and tags on one resource. */
export const TAG_LIMITS = { keyCharacters: 127, valueCharacters: 256, tags: 50 } as const;

/** Text of at most 256 characters, which may be empty and may have several lines. */
export function parseTagValue(value: unknown): Parsed<string> {
  const text = parseDescription(value);
  if (!text.ok || countCharacters(text.value) <= TAG_LIMITS.valueCharacters) return text;
  return refused(`at most ${TAG_LIMITS.valueCharacters} characters`, value);
}

/** One line of 1 to 127 characters that does not start with `aws:`. */
export function parseTagKey(value: unknown): Parsed<string> {
  const text = parseText(value);
  if (!text.ok) return text;
  if (text.value.startsWith('aws:')) return refused('a key without the reserved prefix "aws:"', value);
  if (text.value !== '' && countCharacters(text.value) <= TAG_LIMITS.keyCharacters) return text;
  return refused(`a key of 1 to ${TAG_LIMITS.keyCharacters} characters`, value);
}

/** EC2 counts Unicode characters, not UTF-16 units. */
function countCharacters(text: string): number {
  return [...text].length;
}
