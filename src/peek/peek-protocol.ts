/**
 * What is said on `peek.sock`. The command sends one line, a PeekRequest as JSON, and later closes its end to end the peek.
 * The daemon answers with one line, a PeekAnswer as JSON. When that has no `error`, records follow (`copy-records.ts`):
 * origins, copies, counts of what was left out, and notes, of which `end` is the last.
 */
import { join } from 'node:path';
import { type CopyFilter, parseCopyFilter } from './peek-order.js';

/** A daemon refuses a request of another version. New members may come to either side without a new version. */
export const PEEK_VERSION = 1;
/** Characters of a request. */
export const MAXIMUM_REQUEST = 32768;

export interface PeekRequest {
  readonly version: number;
  readonly filter: CopyFilter;
  /** Most bytes of a copy that are wanted. */
  readonly snapshotLength: number;
}

/** Why a request is refused. */
export type PeekRefusal =
  | 'InvalidRequest'
  | 'UnsupportedVersion'
  | 'UnknownSession'
  | 'UnknownSource'
  | 'TooManyPeekers';

export type PeekAnswer =
  | { readonly version: number; readonly pid: number; readonly daemonVersion: string }
  | {
      readonly version: number;
      readonly error: { readonly code: PeekRefusal; readonly message: string };
    };

export type PeekNote =
  /** Copies that were on their way out of an engine are lost. They are not counted. */
  | { readonly kind: 'engine-ended' }
  /** The last record. `copies` and `leftOut` are those since the start. */
  | {
      readonly kind: 'end';
      readonly copies: number;
      readonly leftOut: number;
      readonly reason: PeekEnd;
    };

/** Why a peek ended: its user ended it, the daemon stopped, or nobody read what was sent. */
export type PeekEnd = 'done' | 'stopping' | 'stalled';

/** The socket, beside that of the status. */
export function peekSocketPath(stateDirectory: string): string {
  return join(stateDirectory, 'peek.sock');
}

/** Reads a request. @returns undefined when it is none of any version. */
export function parsePeekRequest(line: string): PeekRequest | undefined {
  const value = parseObject(line);
  if (value === undefined || typeof value.version !== 'number') return undefined;
  const { version, snapshotLength } = value;
  if (version !== PEEK_VERSION) return { version, filter: {}, snapshotLength: 0 };
  const filter = parseCopyFilter(value.filter);
  const isLength = Number.isSafeInteger(snapshotLength) && (snapshotLength as number) >= 0;
  return filter === undefined || !isLength
    ? undefined
    : { version, filter, snapshotLength: snapshotLength as number };
}

/** Reads a JSON object. @returns undefined for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
