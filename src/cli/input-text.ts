/** Text that a command reads: from a file, a pipe, or standard input. */
import { createReadStream, statSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';

/** The name of standard input. */
const STANDARD_INPUT = '-';

/**
 * Reads a text in UTF-8, without a byte order mark.
 * @param file `-` is standard input. @param tooLong what is said of more bytes than that.
 * @throws CommandError with one line (rejects)
 */
export async function readInputText(file: string, maximumBytes: number, tooLong: string): Promise<string> {
  const fail = (why: string): CommandError => new CommandError(EXIT_BAD_INPUT, `${file}: ${why}`);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    if (file !== STANDARD_INPUT && statSync(file).isDirectory()) throw fail('is a directory');
    const stream = file === STANDARD_INPUT ? process.stdin : createReadStream(file);
    for await (const part of stream) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes > maximumBytes) throw fail(tooLong);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw fail(`cannot be read: ${systemErrorText(error)}`);
  }
  return decode(Buffer.concat(parts), fail);
}

/** @param fail makes an error of a reason. */
function decode(bytes: Buffer, fail: (why: string) => CommandError): string {
  // PowerShell writes UTF-16 when output is redirected.
  const isUtf16 = bytes.length >= 2 && [0xfeff, 0xfffe].includes(bytes.readUInt16BE(0));
  if (isUtf16) throw fail('is UTF-16: save it as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fail('is not valid UTF-8');
  }
}

/** libuv's words, such as `no such file or directory`. */
function systemErrorText(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}
