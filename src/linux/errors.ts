/** Errors of the kernel boundary: a system call failed, or a native package is missing. */
import { getSystemErrorName } from 'node:util';

/** A system call failed. `code` is errno's name, such as ENODEV. */
export class LinuxError extends Error {
  readonly code: string;
  readonly op: string;
  /** errno(3), positive. */
  readonly errno: number;

  /** @param op the call, and its subject */
  constructor(op: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${op}: ${code}`);
    this.code = code;
    this.op = op;
    this.errno = errno;
  }
}

/** A native package that the chosen I/O needs is missing. It is optional: it is not built without a compiler. */
export class MissingPackageError extends Error {
  readonly code = 'missing-package';

  constructor(name: string, cause: unknown) {
    super(
      `npm package ${name} is not built: install libpcap-dev, make, g++ and python3, then run npm rebuild ${name}`,
      { cause },
    );
  }
}

/** Imports an optional package. @throws MissingPackageError when it is not installed or not built (rejects) */
export async function importOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new MissingPackageError(name, error);
  }
}
