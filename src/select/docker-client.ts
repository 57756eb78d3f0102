/** Docker's API over its socket: bounded requests, and the stream of events (Docker Engine API v1.24 and later). */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** Bytes of an answer: Docker lists some KiB for each container. */
const MAXIMUM_ANSWER_BYTES = 32 * 2 ** 20;
/** Bytes of one event. */
const MAXIMUM_EVENT_BYTES = 2 ** 18;
const REQUEST_TIMEOUT_MS = 5000;

/** Docker does not answer, or not as it should. */
class DockerError extends Error {
  readonly code = 'docker';
}

/**
 * Gets a JSON document.
 * @returns undefined when there is no such object
 * @throws DockerError (rejects)
 */
export function dockerGet(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new DockerError(`${socketPath}: ${why}`));
    const asked = request({ socketPath, path, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length;
        pieces.push(piece);
        if (bytes <= MAXIMUM_ANSWER_BYTES) return;
        fail(`an answer of more than ${MAXIMUM_ANSWER_BYTES >> 20} MiB`);
        asked.destroy();
      });
      answer.on('error', (error) => fail(error.message));
      answer.on('end', () => {
        if (answer.statusCode === 404) return resolve(undefined);
        if (answer.statusCode !== 200) return fail(`status ${answer.statusCode}`);
        try {
          resolve(JSON.parse(Buffer.concat(pieces).toString('utf8')));
        } catch {
          fail('an answer that is not JSON');
        }
      });
    });
    // Of the whole, not only between two pieces of it.
    const timer = setTimeout(() => {
      fail(`no answer within ${REQUEST_TIMEOUT_MS} ms`);
      asked.destroy();
    }, REQUEST_TIMEOUT_MS);
    asked.on('error', (error) => fail(error.message));
    asked.on('close', () => {
      clearTimeout(timer);
      fail('closed');
    });
    asked.end();
  });
}

/** What is heard of the events. */
export interface EventListener {
  /** From here on events are told. */
  readonly open: () => void;
  readonly event: (event: unknown) => void;
  /** The last call. */
  readonly end: (reason: string) => void;
}

/** Follows the events of containers. @returns a function that ends it, after which nothing is heard */
export function dockerEvents(
  socketPath: string,
  actions: readonly string[],
  listener: EventListener,
): () => void {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: actions }));
  let isOver = false;
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    asked.destroy();
    listener.end(reason);
  };
  const asked: ClientRequest = request(
    { socketPath, path: `/events?filters=${filters}`, agent: false },
    (answer: IncomingMessage) => {
      clearTimeout(timer);
      if (answer.statusCode !== 200) return end(`status ${answer.statusCode}`);
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAXIMUM_EVENT_BYTES) return end('an event without end');
        for (const line of lines) if (line.trim() !== '' && !isOver) tell(line);
      });
      answer.on('error', (error) => end(error.message));
      answer.on('end', () => end('closed'));
      if (!isOver) listener.open();
    },
  );
  const tell = (line: string): void => {
    try {
      listener.event(JSON.parse(line));
    } catch {
      end('an event that is not JSON');
    }
  };
  // Docker sends the head at once; events may be rare.
  const timer = setTimeout(() => end(`no answer within ${REQUEST_TIMEOUT_MS} ms`), REQUEST_TIMEOUT_MS);
  asked.on('error', (error) => end(error.message));
  asked.on('close', () => {
    clearTimeout(timer);
    end('closed');
  });
  asked.end();
  return () => {
    isOver = true;
    clearTimeout(timer);
    asked.destroy();
  };
}
