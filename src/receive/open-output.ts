/** Opens what a capture is to be written to, by what kind of file it is. */
import { fstatSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CaptureFile, openForWriting } from './capture-file.js';
import { type CaptureOutput, OutputError } from './capture-output.js';
import { CapturePipe, openNamedPipe } from './capture-pipe.js';
import { RotatingFiles } from './rotating-files.js';

export const STANDARD_OUTPUT = '-';
const STANDARD_OUTPUT_DESCRIPTOR = 1;

export interface OutputOptions {
  /** A path, or `-` for standard output. */
  readonly path: string;
  /** Numbered files, of which so many stay; undefined: one file. */
  readonly keep?: number;
  /** Another descriptor of the same open file. */
  readonly duplicate: (descriptor: number) => number;
  /** Locks an open file until it is closed. @returns false when another open file has the lock */
  readonly lock: (descriptor: number) => boolean;
  /** Ends the wait for the reader of a named pipe. */
  readonly signal: AbortSignal;
}

/** @throws OutputError (rejects); what `signal` is aborted with */
export async function openOutput(options: OutputOptions): Promise<CaptureOutput> {
  const { path, keep, duplicate, lock, signal } = options;
  if (path === STANDARD_OUTPUT) return standardOutput(duplicate);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new OutputError(path, 'open', error);
  });
  const isRegular = found === undefined || found.isFile();
  if (keep !== undefined) {
    if (isRegular) return RotatingFiles.open(path, keep, lock);
    throw new OutputError(path, 'rotate', new Error('it is not a regular file'));
  }
  if (found?.isFIFO()) return new CapturePipe(path, await openNamedPipe(path, signal));
  return new CaptureFile(path, await openForWriting(path, 'w'), { canCut: isRegular });
}

/** A second descriptor, since Node's own stream of standard output has the first. */
function standardOutput(duplicate: OutputOptions['duplicate']): CaptureOutput {
  const name = 'standard output';
  const found = fstatSync(STANDARD_OUTPUT_DESCRIPTOR);
  const descriptor = duplicate(STANDARD_OUTPUT_DESCRIPTOR);
  if (isPipe(found)) return new CapturePipe(name, descriptor);
  return new CaptureFile(name, descriptor, { canCut: found.isFile(), start: found.size });
}

function isPipe(found: Stats): boolean {
  return found.isFIFO() || found.isSocket();
}
