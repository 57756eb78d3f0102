/**
 * A record of the state file, which is a line:
 *
 *     +000000000002 0000002a 5f0e…(16) {"changes":[["targets","tmt-0…",{…}],["filters","tmf-1…"]]} 91ab…(32)
 *     │└ number     └ length └ header digest                                                      └ record digest
 *     └ `+`: the group goes on with the next record; `.`: it ends here
 *
 * The number of the record and the length of its body, in bytes, are hexadecimal. Both digests are the first part of a
 * SHA-256 that starts with the digest of the record before, so that a record is valid only at its place in its file.
 * The header has a digest of its own because its length must be reliable: it distinguishes a record without its end,
 * which was being written, from a complete one that was changed later.
 *
 * The first record, `{"format":2,"id":"…"}`, has the version of the format. Its layout is the same in all versions.
 *
 * Version 0.1 wrote format 1, which is read and no longer written. Its lines have no number and no chain. The digits
 * are the first half of the SHA-256 of the rest:
 *
 *     3f1c…(16 hex digits) {"changes":[…]}
 */
import { createHash, randomBytes } from 'node:crypto';
import type { StateChange } from '../service.js';

export const FORMAT = 2;

/** Flag, 12 digits, 8 digits, 16 digits, a blank after each number. */
export const HEADER_BYTES = 40;
/** A blank, 32 digits, a line feed. */
export const TRAILER_BYTES = 34;
/** The longest body: it has to fit into a string of V8, with room to spare. */
const MAXIMUM_BODY_BYTES = 2 ** 28;
/** Groups are split into records of about this many characters, so that none blocks other work for long. */
const BODY_CHARACTERS = 2 ** 18;

const HEADER = /^([+.])([0-9a-f]{12}) ([0-9a-f]{8}) ([0-9a-f]{16}) $/;
const NUMBER_DIGITS = 12;
const LENGTH_DIGITS = 8;
const HEADER_DIGITS = 16;
const RECORD_DIGITS = 32;
const ID_BYTES = 16;

/** So many bytes at the start of a file decide whether it has format 1. */
export const OLD_BEGINNING_BYTES = 18;

const OLD_DIGEST_CHARACTERS = 16;
const LINE_FEED = 0x0a;
/** The start of a file of format 1, or of a part of it. No file of a later format matches, even with a changed bit. */
const OLD_BEGINNING = /^(?:[0-9a-f]{0,16}|[0-9a-f]{16} \{?)$/;

/** A record, as the next one refers to it. */
export interface Link {
  /** 0: there is none. */
  readonly number: number;
  readonly digest: string;
}

/** The link before the first record of a file. */
export const START: Link = { number: 0, digest: '0'.repeat(RECORD_DIGITS) };

export interface Header {
  /** True when the group ends with this record. */
  readonly isLast: boolean;
  readonly bodyBytes: number;
  readonly bytes: Buffer;
}

export interface Record {
  readonly bytes: Buffer;
  readonly link: Link;
}

/** Encodes a record, with its line feed. */
export function encodeRecord(before: Link, isLast: boolean, body: Buffer): Record {
  const number = before.number + 1;
  const counted = `${isLast ? '.' : '+'}${hex(number, NUMBER_DIGITS)} ${hex(body.length, LENGTH_DIGITS)} `;
  const header = Buffer.from(`${counted}${headerDigest(before, Buffer.from(counted))} `);
  const digest = recordDigest(before, header, body);
  return {
    bytes: Buffer.concat([header, body, Buffer.from(` ${digest}\n`)]),
    link: { number, digest },
  };
}

/**
 * Parses the header of the record that follows another.
 * @param bytes HEADER_BYTES of them
 * @returns the header, or why it is not valid, in words
 */
export function parseHeader(before: Link, bytes: Buffer): Header | string {
  const [, flag, number = '', length = '', digest] = HEADER.exec(bytes.toString('latin1')) ?? [];
  const bodyBytes = Number.parseInt(length, 16);
  if (digest === undefined) return 'its header is damaged';
  const counted = bytes.subarray(0, HEADER_BYTES - HEADER_DIGITS - 1);
  if (digest === headerDigest(before, counted) && bodyBytes <= MAXIMUM_BODY_BYTES) {
    return { isLast: flag === '.', bodyBytes, bytes };
  }
  const found = Number.parseInt(number, 16);
  if (found === before.number + 1) return 'its header is damaged, or it is of another file';
  return `there is record ${found} in its place: records are missing, repeated or out of order`;
}

/** True when bytes can be the start of the header that follows a record, whose rest was never written. */
export function isHeaderStart(before: Link, bytes: Buffer): boolean {
  const number = hex(before.number + 1, NUMBER_DIGITS);
  const whole = `.${number} ${'0'.repeat(LENGTH_DIGITS)} ${'0'.repeat(HEADER_DIGITS)} `;
  const filled = bytes.toString('latin1') + whole.slice(bytes.length);
  return HEADER.exec(filled)?.[2] === number;
}

/**
 * Checks the digest of a record.
 * @param rest body and trailer
 * @returns the record's link, or why it is not what was written, in words
 */
export function parseRecord(before: Link, header: Header, rest: Buffer): Link | string {
  const body = rest.subarray(0, header.bodyBytes);
  const digest = recordDigest(before, header.bytes, body);
  if (rest.toString('latin1', header.bodyBytes) !== ` ${digest}\n`)
    return 'its digest is not that of its bytes';
  return { number: before.number + 1, digest };
}

/** Makes the body of a first record. It differs between files, and so does every digest after it. */
export function formatBody(): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, id: randomBytes(ID_BYTES).toString('hex') }));
}

/** The version of the format, in the body of a first record. */
export function parseFormat(body: Buffer): unknown {
  return (JSON.parse(body.toString()) as { format?: unknown }).format;
}

/** Encodes a group as bodies of records, at least one. A change without a value deletes the key. */
export function* changeBodies(
  changes: readonly StateChange[],
): Generator<{ readonly body: Buffer; readonly isLast: boolean }> {
  let parts: string[] = [];
  let characters = 0;
  for (const [index, { table, key, value }] of changes.entries()) {
    const part = JSON.stringify(value === undefined ? [table, key] : [table, key, value]);
    parts.push(part);
    characters += part.length;
    if (characters < BODY_CHARACTERS || index === changes.length - 1) continue;
    yield { body: bodyOf(parts), isLast: false };
    parts = [];
    characters = 0;
  }
  yield { body: bodyOf(parts), isLast: true };
}

/** Parses the body of a record of either format. */
export function parseChanges(text: string): StateChange[] {
  const { changes } = JSON.parse(text) as { changes: [table: string, key: string, value?: unknown][] };
  return changes.map(([table, key, value]) => ({ table, key, value }));
}

/** True for a file of format 1. @param bytes OLD_BEGINNING_BYTES of it, or the whole file */
export function isOldFormat(bytes: Buffer): boolean {
  return OLD_BEGINNING.test(bytes.toString('latin1', 0, OLD_BEGINNING_BYTES));
}

/**
 * Parses a record of format 1.
 * @param line with its line feed, if it has one
 * @returns 'torn' when it lacks its end; 'damaged' when it is complete, and not what was written
 */
export function parseOldRecord(line: Buffer): StateChange[] | 'torn' | 'damaged' {
  const hasEnd = line[line.length - 1] === LINE_FEED;
  if (hasEnd && isWhole(line)) return parseChanges(line.toString('utf8', OLD_DIGEST_CHARACTERS + 1));
  // Complete except for its last byte, which was a line feed.
  return hasEnd || isWhole(line) ? 'damaged' : 'torn';
}

/** @throws RangeError when a change is too long for a record */
function bodyOf(parts: readonly string[]): Buffer {
  const body = Buffer.from(`{"changes":[${parts.join(',')}]}`);
  if (body.length <= MAXIMUM_BODY_BYTES) return body;
  throw new RangeError(`a change of ${body.length} bytes is longer than a record`);
}

function headerDigest(before: Link, counted: Buffer): string {
  return createHash('sha256').update(before.digest).update(counted).digest('hex').slice(0, HEADER_DIGITS);
}

function recordDigest(before: Link, header: Buffer, body: Buffer): string {
  const hash = createHash('sha256').update(before.digest).update(header).update(body);
  return hash.digest('hex').slice(0, RECORD_DIGITS);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** True when the line without its last byte is a record. */
function isWhole(line: Buffer): boolean {
  const text = line.subarray(OLD_DIGEST_CHARACTERS + 1, -1);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, OLD_DIGEST_CHARACTERS);
  return line.toString('latin1', 0, OLD_DIGEST_CHARACTERS + 1) === `${digest} `;
}
