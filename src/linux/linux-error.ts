/** What a refused system call says. */
import { getSystemErrorName } from 'node:util';

/** A system call failed. `code` is errno's name, such as ENODEV. */
export class LinuxError extends Error {
  readonly code: string;
  readonly op: string;
  /** errno(3), positive. */
  readonly errno: number;

  /** @param op the call, and on what. */
  constructor(op: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${op}: ${code}`);
    this.code = code;
    this.op = op;
    this.errno = errno;
  }
}
