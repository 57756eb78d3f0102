/** Tags: what people hang on resources to find them again. The engine does not read them. */
import { accepted, type Parsed, refused } from './parsed.js';
import type { ProblemPath, ResourceProblem } from './problem.js';
import { parseText } from './text.js';

/** Key to value. */
export type Tags = Readonly<Record<string, string>>;

/** The limits of EC2's CreateTags: characters, and tags on one resource. */
export const TAG_VALUE_MAXIMUM_CHARACTERS = 256;
const TAG_KEY_MAXIMUM_CHARACTERS = 127;
const MAXIMUM_TAGS = 50;

export function parseTagValue(value: unknown): Parsed<string> {
  if (typeof value !== 'string') return parseText(value);
  if (characters(value) <= TAG_VALUE_MAXIMUM_CHARACTERS) return accepted(value);
  return refused(`at most ${TAG_VALUE_MAXIMUM_CHARACTERS} characters`, value);
}

/** The rules on keys and on the number of tags of one resource; `path` is where its tags stand. */
export function checkTags(tags: Readonly<Record<string, unknown>>, path: ProblemPath): ResourceProblem[] {
  const keys = Object.keys(tags);
  const problems: ResourceProblem[] = keys.flatMap((key) => {
    const text = keyProblem(key);
    return text === undefined ? [] : [{ path: [...path, key], code: 'bad-tag', text }];
  });
  if (keys.length > MAXIMUM_TAGS) {
    problems.push({ path, code: 'bad-tag', text: `${keys.length} tags, at most ${MAXIMUM_TAGS} are allowed` });
  }
  return problems;
}

function keyProblem(key: string): string | undefined {
  if (key === '' || characters(key) > TAG_KEY_MAXIMUM_CHARACTERS) {
    return `a tag key has 1 to ${TAG_KEY_MAXIMUM_CHARACTERS} characters`;
  }
  return key.startsWith('aws:') ? 'tag keys that start with "aws:" are reserved' : undefined;
}

/** EC2 counts Unicode characters, not UTF-16 units. */
function characters(text: string): number {
  return [...text].length;
}
