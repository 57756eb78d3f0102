/** A capture into a pipe. Its reader may be slow, or stop to read: nothing here waits on a thread for it. */
import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type CaptureOutput, OutputError } from './capture-output.js';

const openPath = promisify(open);
/** How often it is tried to open a pipe that has no reader yet. */
const RETRY_MS = 100;

export class CapturePipe implements CaptureOutput {
  readonly name: string;
  readonly files = 0;
  readonly #stream: Socket;
  #failure: Error | undefined;

  /** @param descriptor of a pipe or socket; no other stream of this process may have it */
  constructor(name: string, descriptor: number) {
    this.name = name;
    this.#stream = new Socket({ fd: descriptor, readable: false, writable: true });
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(new OutputError(this.name, 'write', this.#failure));
        return;
      }
      this.#stream.write(bytes, (error) => {
        if (error) reject(new OutputError(this.name, 'write', error));
        else resolve();
      });
    });
  }

  async endFile(): Promise<void> {
    this.#stream.destroy();
  }

  abandon(): void {
    this.#stream.destroy();
  }
}

/**
 * Opens a named pipe once it has a reader. open(2) itself would wait on a thread, which the end of the process would wait
 * for.
 * @throws OutputError (rejects); what `signal` is aborted with
 */
export async function openNamedPipe(path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return await openPath(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw new OutputError(path, 'open', error);
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}
