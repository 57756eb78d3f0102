/** The text of a configuration, from a regular file or from standard input: UTF-8, of bounded length. */
import { readFile, stat } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import type { PlacedProblem } from './problem.js';

/** A configuration of 10,000 sessions has about 2 MiB; a larger file than this is a mistake. */
const MAXIMUM_MEBIBYTES = 16;
const MAXIMUM_BYTES = MAXIMUM_MEBIBYTES * 2 ** 20;
const TOO_LARGE = `is larger than ${MAXIMUM_MEBIBYTES} MiB`;

/** Mode bits: group and others may read. */
const OTHERS_MAY_READ = 0o044;

const LINE_FEED = 0x0a;

/** The text, or the one problem that keeps it from being read. */
export type TextFile =
  | {
      readonly ok: true;
      readonly text: string;
      /** Nobody but its owner may read it. */
      readonly isPrivate: boolean;
    }
  | { readonly ok: false; readonly problem: PlacedProblem };

/** Never rejects. Devices and pipes are refused: to read them may never end. */
export async function readTextFile(file: string): Promise<TextFile> {
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) return unreadable(1, 'is a directory');
    if (!stats.isFile()) return unreadable(1, 'is not a regular file');
    if (stats.size > MAXIMUM_BYTES) return unreadable(1, TOO_LARGE);
    return decodeText(await readFile(file), (stats.mode & OTHERS_MAY_READ) === 0);
  } catch (error) {
    return unreadable(1, `cannot be read: ${systemErrorText(error)}`);
  }
}

/** Reads to the end, which the user waits for. Never rejects. */
export async function readTextFrom(input: AsyncIterable<Uint8Array>): Promise<TextFile> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of input) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAXIMUM_BYTES) return unreadable(1, TOO_LARGE);
    }
  } catch (error) {
    return unreadable(1, `cannot be read: ${systemErrorText(error)}`);
  }
  return decodeText(Buffer.concat(chunks), true);
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
  return unreadable(line, 'is not valid UTF-8');
}

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(line: number, text: string): TextFile {
  return { ok: false, problem: { line, column: 1, text } };
}

/** libuv's words, such as `no such file or directory`. */
function systemErrorText(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}
