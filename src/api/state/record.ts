/**
 * A line of the state file:
 *
 *     3f1c…(16 hex digits) {"changes":[["targets","tmt-0…",{…}],["targets","tmt-1…"]]}
 *
 * The digits are the first half of the SHA-256 of the rest, so that a line that was written in part, or
 * changed since, is told from a whole one. A change without a value takes the key away.
 */
import { createHash } from 'node:crypto';
import type { StateChange } from '../service.js';

const DIGEST_CHARACTERS = 16;

interface RecordBody {
  readonly changes: readonly (readonly [table: string, key: string, value?: unknown])[];
}

/** One line, with its line feed, that holds all of the changes or none. */
export function formatRecord(changes: readonly StateChange[]): string {
  const body: RecordBody = {
    changes: changes.map(({ table, key, value }) =>
      value === undefined ? [table, key] : [table, key, value],
    ),
  };
  const text = JSON.stringify(body);
  return `${digestOf(text)} ${text}\n`;
}

/** @param line without its line feed. @returns undefined when it is not what `formatRecord` made. */
export function parseRecord(line: string): StateChange[] | undefined {
  const text = line.slice(DIGEST_CHARACTERS + 1);
  if (line[DIGEST_CHARACTERS] !== ' ' || line.slice(0, DIGEST_CHARACTERS) !== digestOf(text))
    return undefined;
  const { changes } = JSON.parse(text) as RecordBody;
  return changes.map(([table, key, value]) => ({ table, key, value }));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS);
}
