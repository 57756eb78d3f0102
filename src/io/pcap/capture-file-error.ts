/** Errors of capture files that are read or written. */
import { getSystemErrorMap } from 'node:util';
import { CaptureFormatError, type CaptureFormatErrorCode } from '../../wire/capture-bytes.js';
import { inputName, outputName } from './standard-stream.js';

/** CAPTURE_FILE_SYSTEM: the operating system refused; `cause` is its error. */
type CaptureFileErrorCode = 'CAPTURE_FILE_SYSTEM' | CaptureFormatErrorCode;

/** The message reads `PATH: what is wrong`, with the byte offset where one helps. */
export class CaptureFileError extends Error {
  readonly code: CaptureFileErrorCode;
  readonly op: 'open' | 'read' | 'write' | 'rename';
  readonly path: string;
  /** Where the record or block at fault begins; undefined for an error of the whole file. */
  readonly byteOffset: number | undefined;

  constructor(
    code: CaptureFileErrorCode,
    op: CaptureFileError['op'],
    path: string,
    reason: string,
    details: { byteOffset?: number; cause?: unknown } = {},
  ) {
    const place = details.byteOffset === undefined ? '' : ` (at byte ${details.byteOffset})`;
    const name = op === 'write' ? outputName(path) : inputName(path);
    super(`${name}: ${reason}${place}`, { cause: details.cause });
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

/** Adds the file to what a reader of its content throws; any other error is returned as it is. */
export function withFile(path: string, error: unknown): unknown {
  if (!(error instanceof CaptureFormatError)) return error;
  const { code, message, byteOffset } = error;
  return new CaptureFileError(code, 'read', path, message, byteOffset === undefined ? {} : { byteOffset });
}
