/**
 * The state file of version 0.1, format 1, which is read and no more written: lines without number and chain.
 *
 *     3f1c…(16 hex digits) {"changes":[…]}
 *
 * The digits are the first half of the SHA-256 of the rest.
 */
import { createHash } from 'node:crypto';
import type { StateChange } from '../service.js';
import { parseChanges } from './record.js';

const DIGEST_CHARACTERS = 16;
const LINE_FEED = 0x0a;
/** How such a file begins, as far as it goes: no file of a later format does, also when a bit of it is changed. */
const BEGINNING = /^(?:[0-9a-f]{0,16}|[0-9a-f]{16} \{?)$/;

export const OLD_BEGINNING_BYTES = 18;

/** @param bytes OLD_BEGINNING_BYTES of a file, or all of it. */
export function isOldFormat(bytes: Buffer): boolean {
  return BEGINNING.test(bytes.toString('latin1', 0, OLD_BEGINNING_BYTES));
}

/**
 * @param line with its line feed, if it has one
 * @returns 'torn' when it lacks its end; 'damaged' when it is whole, and not what was written
 */
export function parseOldRecord(line: Buffer): StateChange[] | 'torn' | 'damaged' {
  const hasEnd = line[line.length - 1] === LINE_FEED;
  if (hasEnd && isWhole(line)) return parseChanges(line.toString('utf8', DIGEST_CHARACTERS + 1));
  // Whole but for its last byte: that was a line feed.
  return hasEnd || isWhole(line) ? 'damaged' : 'torn';
}

/** @param line without its last byte it is a record. */
function isWhole(line: Buffer): boolean {
  const text = line.subarray(DIGEST_CHARACTERS + 1, -1);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS);
  return line.toString('latin1', 0, DIGEST_CHARACTERS + 1) === `${digest} `;
}
