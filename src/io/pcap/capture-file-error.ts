/** What is wrong with a capture file that is read or written. */
import { getSystemErrorMap } from 'node:util';

export type CaptureFileErrorCode =
  /** The operating system refused; `cause` is its error. */
  | 'CAPTURE_FILE_SYSTEM'
  /** Neither pcap nor pcapng. */
  | 'CAPTURE_FILE_NOT_A_CAPTURE'
  /** A format version that nobody has defined yet, or nobody writes any more. */
  | 'CAPTURE_FILE_VERSION'
  /** Its frames are not Ethernet frames. */
  | 'CAPTURE_FILE_LINK_TYPE'
  /** The file ends inside a record. */
  | 'CAPTURE_FILE_CUT'
  /** A record that says it is longer than any frame. */
  | 'CAPTURE_FILE_TOO_LONG'
  /** Anything else that the format does not allow. */
  | 'CAPTURE_FILE_MALFORMED';

/** The message reads `PATH: what is wrong`, with the byte offset where one helps. */
export class CaptureFileError extends Error {
  readonly code: CaptureFileErrorCode;
  readonly op: 'open' | 'read' | 'write' | 'rename';
  readonly path: string;
  /** Of the record or block at fault; absent for an error of the whole file. */
  readonly byteOffset: number | undefined;

  constructor(
    code: CaptureFileErrorCode,
    op: CaptureFileError['op'],
    path: string,
    reason: string,
    details: { byteOffset?: number; cause?: unknown } = {},
  ) {
    const place = details.byteOffset === undefined ? '' : ` (at byte ${details.byteOffset})`;
    super(`${path}: ${reason}${place}`, { cause: details.cause });
    this.code = code;
    this.op = op;
    this.path = path;
    this.byteOffset = details.byteOffset;
  }
}

/** Wraps what node:fs throws. */
export function systemFileError(op: CaptureFileError['op'], path: string, cause: unknown): CaptureFileError {
  const { errno, message } = cause as NodeJS.ErrnoException;
  const text = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return new CaptureFileError('CAPTURE_FILE_SYSTEM', op, path, `cannot ${op}: ${text ?? message}`, { cause });
}
