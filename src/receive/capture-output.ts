/** Where a capture goes: a file, numbered files, or a pipe. Each gets whole blocks, one piece after the other. */
import { getSystemErrorMap } from 'node:util';

/** One piece at a time: who writes waits for the end of the write before. */
export interface CaptureOutput {
  /** What messages call it. */
  readonly name: string;
  /** How many files were ended; 0 or 1 without rotation. */
  readonly files: number;
  /** Writes all of the bytes. @throws OutputError (rejects) */
  write(bytes: Uint8Array): Promise<void>;
  /** What was written is a whole capture; what follows begins another. @throws OutputError (rejects) */
  endFile(): Promise<void>;
  /** Lets go of what is open, whatever state it is in. */
  abandon(): void;
}

/** An output takes no more. The message reads `NAME: what is wrong`. */
export class OutputError extends Error {
  readonly code = 'output-failed';
  /** The reader of a pipe has gone: that is no trouble. */
  readonly isEndOfReader: boolean;
  /** Name of the error, such as EEXIST; undefined: it is none of the system's. */
  readonly reason: string | undefined;
  /** Bytes of the failed write that are in the file: whole blocks. */
  readonly keptBytes: number;

  constructor(name: string, op: string, cause: unknown, keptBytes = 0) {
    super(`${name}: cannot ${op}: ${reasonOf(cause)}`, { cause });
    this.reason = (cause as NodeJS.ErrnoException).code;
    this.isEndOfReader = this.reason === 'EPIPE';
    this.keptBytes = keptBytes;
  }
}

/** The kernel's own words for an error of node:fs. */
function reasonOf(cause: unknown): string {
  const { errno, message } = cause as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}
