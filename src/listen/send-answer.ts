/** Sends an answer, and waits until it is with the kernel: what a client does not read stays within a bound. */
import type { ServerResponse } from 'node:http';
import type { HeldBytes } from './held-bytes.js';

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text goes out as UTF-8. Bytes are not copied: answers may share them. */
  readonly body: string | Uint8Array;
}

/**
 * Resolves when the answer is sent or its connection is closed, which happens when it takes longer than it may.
 * Never rejects.
 */
export function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  memory: HeldBytes,
  timeoutMs: number,
): Promise<void> {
  const { req } = response;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new Promise((resolve) => {
    const giveUp = (): void => void req.socket.destroy();
    const holding = memory.hold(giveUp);
    holding.addAnyway(bytes.length);
    const deadline = setTimeout(giveUp, timeoutMs);
    response.once('close', () => {
      clearTimeout(deadline);
      holding.release();
      resolve();
    });
    // A body that was not read to its end leaves nothing behind it that could be understood.
    const close = req.complete ? {} : { connection: 'close' };
    response.writeHead(status, { ...headers, 'content-length': bytes.length, ...close });
    response.end(bytes);
  });
}
