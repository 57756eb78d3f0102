/** Small files that a configuration names: certificates, keys and other secrets. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';

/** Mode bits for users who are neither owner nor group. */
const OTHERS = 0o007;

export interface FileBounds {
  readonly maximumBytes: number;
  /** Nobody but its owner and group may open it. */
  readonly isSecret: boolean;
  /** What is said of a longer one. */
  readonly tooLong?: string;
}

/**
 * Reads a regular file.
 * @throws Error (rejects) with the reason alone, without the path: that may be a secret, put there by mistake
 */
export async function readBounded(path: string, bounds: FileBounds): Promise<Buffer> {
  const { maximumBytes, isSecret, tooLong = `has more than ${maximumBytes} bytes` } = bounds;
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new Error('is not a regular file');
      if (isSecret && (stats.mode & OTHERS) !== 0) {
        throw new Error('everybody may open the file; take that away with chmod o=');
      }
      const bytes = await readBeginning(file, maximumBytes + 1);
      if (bytes.length > maximumBytes) throw new Error(tooLong);
      return bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Error(reasonOf(error));
  }
}

/** Reads one byte more than there may be, so that a longer file is not cut to a valid one. */
async function readBeginning(file: FileHandle, maximum: number): Promise<Buffer> {
  const bytes = Buffer.alloc(maximum);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
  }
  return bytes.subarray(0, length);
}

/** The system's text for an error, without the path that its message names. */
function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}
