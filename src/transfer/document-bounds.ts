/** What is refused of a text before a parser takes it that needs much memory, or a check that descends into it. */
import { isMapping } from './aws-shapes.js';

/** In characters. A configuration of more is refused too, and the parser of YAML needs hundreds of bytes for each value. */
export const MAXIMUM_YAML_LENGTH = 16 * 2 ** 20;

/** Lists and mappings in one another; attributes of rules are at a depth of 7. */
const MAXIMUM_NESTING = 32;

/** @returns why a JSON document is not read; undefined: it is. */
export function refusalOfJson(text: string): string | undefined {
  if (text.length > MAXIMUM_YAML_LENGTH && !isJson(text))
    return 'is not valid JSON, and too long to find out where';
  return isDeep(text) ? 'is nested too deeply' : undefined;
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) || Array.isArray(value);
  } catch {
    return false;
  }
}

/** Brackets in strings do not count. */
function isDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > MAXIMUM_NESTING) return true;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return false;
}
