/** The parts of the configuration's schema: kinds of values, each with its own messages and a description for editors. */
import { isIPv4, isIPv6 } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { fitsUnixPath, type ListenAddress, MAXIMUM_UNIX_PATH_BYTES } from '../listen/listen.js';
import { type IntegerRange, parseInteger } from '../resources/numbers.js';
import { accepted, type Parsed, type Refusal, refused } from '../resources/parsed.js';
import { isLine, parseLine, parseOneOf } from '../resources/text.js';
import { ABSOLUTE_PATH, type TextForm } from './schema-patterns.js';

/** PATH_MAX (linux/limits.h) less the closing NUL. */
const MAXIMUM_PATH_BYTES = 4095;

const UNIX = 'unix:';

const MAXIMUM_PORT = 65535;

/** JSON Schema keywords of a value, for editors; `description` is what they show. */
export interface ValueDescription {
  readonly description: string;
  readonly type?: 'string' | 'integer' | 'boolean' | readonly ['integer', 'string'];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly anyOf?: readonly TextForm[];
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

/** An integer of the settings; those of the resources have `parse` functions. */
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

/** true or false. Words for them, such as yes, are text in YAML. */
export function flag(description: string) {
  const parse = (value: unknown): Parsed<boolean> =>
    typeof value === 'boolean' ? accepted(value) : refused('true or false', value);
  return parsed(parse, { type: 'boolean', description });
}

/** A value in its short form, or as a mapping. Each is judged by itself, so that its messages are those of its form. */
export function shortOr<Short extends z.ZodType, Long extends z.ZodType>(short: Short, long: Long) {
  type Either = z.output<Short> | z.output<Long>;
  return z
    .unknown()
    .transform((value, context): Either => {
      const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
      const result = (isMapping ? long : short).safeParse(value);
      if (result.success) return result.data as Either;
      for (const { path, ...issue } of result.error.issues) context.addIssue({ ...issue, path: [...path] });
      return z.NEVER;
    })
    .meta({ anyOf: [short, long].map(editorSchema) });
}

/** The JSON Schema of a part. */
function editorSchema(part: z.ZodType): object {
  const { $schema, ...schema } = z.toJSONSchema(part, { io: 'input' });
  return schema;
}

/** One line of at most `maxLength` characters. */
export function text(maxLength: number, description: string) {
  return parsed((value) => parseLine(value, maxLength), { type: 'string', maxLength, description });
}

/** An absolute path: a daemon's working directory is not the user's. */
export function absolutePath(description: string) {
  return parsed(parseAbsolutePath, { type: 'string', pattern: ABSOLUTE_PATH, description });
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

/** Marks a key that is read only at the start: a reload that changes it is refused. */
export function atStart<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ needsRestart: true });
}

/** Marks a key of which a reload can change the value, but not whether it is there. */
export function atStartWhether<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ needsRestart: 'presence' });
}

/** The absolute path of a file that holds a secret. What is put here by mistake may be the secret: it is not shown. */
export function secretFile(description: string) {
  const parse = (value: unknown): Parsed<string> =>
    isAbsolutePath(value)
      ? accepted(value)
      : unshown('the absolute path of a file that holds the secret', value);
  return parsed(parse, { type: 'string', pattern: ABSOLUTE_PATH, description });
}

/** A refusal without the value: messages are logged. */
export function unshown(expectation: string, value: unknown): Parsed<never> {
  const isMissing = value === undefined || value === null;
  return { ok: false, text: `${isMissing ? 'missing, ' : ''}expected ${expectation}` };
}

/** True for the absolute path of a file. */
function isAbsolutePath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    isAbsolute(value) &&
    Buffer.byteLength(value) <= MAXIMUM_PATH_BYTES &&
    isLine(value)
  );
}

/** A path that starts at the root, without control characters. */
export function parseAbsolutePath(value: unknown): Parsed<string> {
  return isAbsolutePath(value) ? accepted(value) : refused('an absolute path', value);
}

/** An address of this host: `host:port`, `[IPv6]:port` or `unix:PATH`. @param port for the example in messages */
export function parseListen(value: unknown, port: number): Parsed<ListenAddress> {
  const address = readListen(value);
  if (address !== undefined) return accepted(address);
  const example = `an address and port such as 127.0.0.1:${port}`;
  return tooLong(value) ?? refused(`${example}, or unix: and an absolute path`, value);
}

/** True for an address that only this host can reach. */
export function isLocal(address: ListenAddress): boolean {
  return address.kind === 'unix' || isLoopback(address.host);
}

function readListen(value: unknown): ListenAddress | undefined {
  if (typeof value !== 'string') return undefined;
  return value.startsWith(UNIX) ? parseUnix(value.slice(UNIX.length)) : parseTcp(value);
}

function parseUnix(path: string): ListenAddress | undefined {
  const fits = isAbsolute(path) && isLine(path) && fitsUnixPath(path);
  return fits ? { kind: 'unix', path } : undefined;
}

/** Names the limit, which users do not know. */
function tooLong(value: unknown): Refusal | undefined {
  if (typeof value !== 'string' || !value.startsWith(UNIX)) return undefined;
  const path = value.slice(UNIX.length);
  if (fitsUnixPath(path)) return undefined;
  const limit = `the path of a unix socket has at most ${MAXIMUM_UNIX_PATH_BYTES} bytes, this one has`;
  return refused(`a shorter path: ${limit} ${Buffer.byteLength(path)}`, value);
}

function parseTcp(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= MAXIMUM_PORT)) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { kind: 'tcp', host: bracketed, port } : undefined;
  const host = plain ?? '';
  return isIPv4(host) || host === 'localhost' ? { kind: 'tcp', host, port } : undefined;
}

/** RFC 1122 section 3.2.1.3 (g), RFC 4291 section 2.5.3, RFC 6761 section 6.3. */
function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host === 'localhost';
}
