/**
 * A record of the state file, which is a line:
 *
 *     +000000000002 0000002a 5f0e…(16) {"changes":[["targets","tmt-0…",{…}],["filters","tmf-1…"]]} 91ab…(32)
 *     │└ number     └ length └ header digest                                                      └ record digest
 *     └ `+`: the group goes on with the next record; `.`: it ends here
 *
 * Numbers and length of the body, in bytes, are hexadecimal. Both digests are the first part of a SHA-256 which begins
 * with the digest of the record before, so that a record stands in its place of its file only. The header has one of
 * its own: a length that can be relied on tells a record that lacks its end, which was being written, from one that is
 * whole and was changed since.
 *
 * The first record, `{"format":2,"id":"…"}`, tells the version of the format. Its layout is the same in all versions.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { StateChange } from '../service.js';

export const FORMAT = 2;

/** Flag, 12 digits, 8 digits, 16 digits, a blank after each number. */
export const HEADER_BYTES = 40;
/** A blank, 32 digits, a line feed. */
export const TRAILER_BYTES = 34;
/** No body is longer: it has to fit into a string of V8, with room to spare. */
const MAXIMUM_BODY_BYTES = 2 ** 28;
/** A group is cut into records of about this many characters, so that no long work keeps other work waiting. */
const BODY_CHARACTERS = 2 ** 18;

const HEADER = /^([+.])([0-9a-f]{12}) ([0-9a-f]{8}) ([0-9a-f]{16}) $/;
const NUMBER_DIGITS = 12;
const LENGTH_DIGITS = 8;
const HEADER_DIGITS = 16;
const RECORD_DIGITS = 32;
const ID_BYTES = 16;

/** The record that the next one follows. */
export interface Link {
  /** 0: there is none. */
  readonly number: number;
  readonly digest: string;
}

/** What the first record of a file follows. */
export const START: Link = { number: 0, digest: '0'.repeat(RECORD_DIGITS) };

export interface Header {
  /** The group ends with this record. */
  readonly isLast: boolean;
  readonly bodyBytes: number;
  readonly bytes: Buffer;
}

export interface Record {
  readonly bytes: Buffer;
  readonly link: Link;
}

/** One record, with its line feed. */
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
 * The header of the record that follows another.
 * @param bytes HEADER_BYTES of them
 * @returns why it is none, in words
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

/** True when bytes can be the beginning of the header that follows a record: the rest was never written. */
export function isHeaderStart(before: Link, bytes: Buffer): boolean {
  const number = hex(before.number + 1, NUMBER_DIGITS);
  const whole = `.${number} ${'0'.repeat(LENGTH_DIGITS)} ${'0'.repeat(HEADER_DIGITS)} `;
  const filled = bytes.toString('latin1') + whole.slice(bytes.length);
  return HEADER.exec(filled)?.[2] === number;
}

/**
 * Holds a record against its digest.
 * @param rest body and trailer
 * @returns why it is not what was written, in words
 */
export function parseRecord(before: Link, header: Header, rest: Buffer): Link | string {
  const body = rest.subarray(0, header.bodyBytes);
  const digest = recordDigest(before, header.bytes, body);
  if (rest.toString('latin1', header.bodyBytes) !== ` ${digest}\n`)
    return 'its digest is not that of its bytes';
  return { number: before.number + 1, digest };
}

/** The body of a file's first record: files differ in it, and with it in every digest. */
export function formatBody(): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, id: randomBytes(ID_BYTES).toString('hex') }));
}

/** The version that the first record tells. */
export function parseFormat(body: Buffer): unknown {
  return (JSON.parse(body.toString()) as { format?: unknown }).format;
}

/** The bodies of a group's records, at least one. A change without a value takes the key away. */
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

export function parseChanges(text: string): StateChange[] {
  const { changes } = JSON.parse(text) as { changes: [table: string, key: string, value?: unknown][] };
  return changes.map(([table, key, value]) => ({ table, key, value }));
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
