/** The parts the configuration's schema is made of: every message is ours, and every part describes itself. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { type IntegerRange, parseInteger } from '../resources/numbers.js';
import { accepted, type Parsed, refused } from '../resources/parsed.js';
import { isLine, parseLine, parseOneOf } from '../resources/text.js';

/** PATH_MAX (linux/limits.h) less the closing NUL. */
const MAXIMUM_PATH_BYTES = 4095;

/** JSON Schema keywords of a value, for editors; `description` is what they show. */
export interface ValueDescription {
  readonly description: string;
  readonly type?: 'string' | 'integer' | readonly ['integer', 'string'];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
}

/** A value that one of the resources' `parse` functions judges, so that file and API refuse in the same words. */
export function parsed<T>(parse: (value: unknown) => Parsed<T>, description: ValueDescription) {
  return z
    .unknown()
    .transform((value, context): T => {
      const result = parse(value);
      if (result.ok) return result.value;
      context.addIssue({ code: 'custom', message: result.text });
      return z.NEVER;
    })
    .meta({ ...description });
}

/** An integer that only the configuration knows; those of the resources have `parse` functions. */
export function integer(range: IntegerRange, description: string) {
  return parsed((value) => parseInteger(value, range), { type: 'integer', ...range, description });
}

/** An integer, or a word in place of it. */
export function integerOr<const Word extends string>(word: Word, range: IntegerRange, description: string) {
  const parse = (value: unknown): Parsed<number | Word> => {
    if (value === word) return accepted(word);
    const number = parseInteger(value, range);
    return number.ok
      ? number
      : refused(`${word}, or a number from ${range.minimum} to ${range.maximum}`, value);
  };
  return parsed(parse, { type: ['integer', 'string'], ...range, description });
}

/** One line of so many characters at most. */
export function text(maxLength: number, description: string) {
  return parsed((value) => parseLine(value, maxLength), { type: 'string', maxLength, description });
}

/** Absolute, since a daemon's working directory is not the user's. */
export function absolutePath(description: string) {
  return parsed(parseAbsolutePath, { type: 'string', description });
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[], description: string) {
  return parsed((value) => parseOneOf(value, words), { type: 'string', enum: words, description });
}

/** A mapping with exactly these keys, some of them optional. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape, description: string) {
  const keys = Object.keys(shape).join(', ');
  return z
    .strictObject(shape, {
      error: ({ code, input }) =>
        code === 'unrecognized_keys' ? `unknown key, known are ${keys}` : refused('a mapping', input).text,
    })
    .describe(description);
}

/** A mapping of any keys to values of one kind. */
export function dictionary<Value extends z.ZodType>(value: Value, description: string) {
  return z
    .record(z.string(), value, { error: ({ input }) => refused('a mapping', input).text })
    .describe(description);
}

/** A list of items of one kind. */
export function list<Item extends z.ZodType>(item: Item, description: string) {
  return z.array(item, { error: ({ input }) => refused('a list', input).text }).describe(description);
}

/** Marks a key that is taken at the start: a change of it takes a new start (`start-keys.ts`). */
export function atStart<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ needsRestart: true });
}

/** True for what can be the path of a file whatever the working directory is. */
export function isAbsolutePath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    isAbsolute(value) &&
    Buffer.byteLength(value) <= MAXIMUM_PATH_BYTES &&
    isLine(value)
  );
}

/** Starts at the root, and has no control characters. */
export function parseAbsolutePath(value: unknown): Parsed<string> {
  return isAbsolutePath(value) ? accepted(value) : refused('an absolute path', value);
}
