/** Reads a file as text, or says what is wrong with it. */
import { readFile, stat } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import type { LineProblem } from './problem.js';

/** A configuration of 10,000 sessions has about two; a file above this was not meant. */
const MAXIMUM_MEBIBYTES = 16;

/** Group and others. */
const OTHERS_MAY_READ = 0o044;

const LINE_FEED = 0x0a;

/** The text of a regular file in UTF-8, or the one problem that keeps it from being read. */
export type TextFile =
  | {
      readonly ok: true;
      readonly text: string;
      /** Nobody but its owner may read it. */
      readonly isPrivate: boolean;
    }
  | { readonly ok: false; readonly problem: LineProblem };

/** Never rejects. Devices and pipes are refused, as reading them may never end. */
export async function readTextFile(file: string): Promise<TextFile> {
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) return failure(1, 'is a directory');
    if (!stats.isFile()) return failure(1, 'is not a regular file');
    if (stats.size > MAXIMUM_MEBIBYTES * 2 ** 20)
      return failure(1, `is larger than ${MAXIMUM_MEBIBYTES} MiB`);
    return decodeText(await readFile(file), (stats.mode & OTHERS_MAY_READ) === 0);
  } catch (error) {
    return failure(1, `cannot be read: ${systemErrorText(error)}`);
  }
}

/** Strict: a replacement character in the middle of a name would be a different name. */
function decodeText(bytes: Uint8Array, isPrivate: boolean): TextFile {
  const text = decodeStrictly(bytes);
  if (text !== undefined) return { ok: true, text, isPrivate };
  let line = 1;
  for (let start = 0, end = 0; start < bytes.length; start = end + 1, line++) {
    end = bytes.indexOf(LINE_FEED, start);
    if (end < 0) end = bytes.length;
    if (decodeStrictly(bytes.subarray(start, end)) === undefined) break;
  }
  return failure(line, 'is not valid UTF-8');
}

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function failure(line: number, text: string): TextFile {
  return { ok: false, problem: { line, text } };
}

/** libuv's words, such as `no such file or directory`. */
function systemErrorText(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}
