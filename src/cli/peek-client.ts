/** The command's end of `peek.sock`. */
import { connect, type Socket } from 'node:net';
import { type PeekAnswer, type PeekRequest, parseObject } from '../peek/peek-protocol.js';
import { type PeekListener, RecordReader } from '../peek/record-reader.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_NOT_PERMITTED } from './command-error.js';

/** Characters of an answer: an unknown session is answered with a few ids. */
const MAXIMUM_ANSWER = 1 << 16;
const ANSWER_LIMIT_MS = 5000;
/** For the last counts, once they are asked for. */
const END_LIMIT_MS = 2000;
const LINE_END = 0x0a;

/** What the daemon said of itself. */
type PeekWelcome = Exclude<PeekAnswer, { readonly error: object }>;

export class PeekClient {
  readonly welcome: PeekWelcome;
  /** Resolves when nothing more comes. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;

  private constructor(socket: Socket, welcome: PeekWelcome) {
    this.#socket = socket;
    this.welcome = welcome;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects and asks. @throws CommandError when the daemon does not answer, or refuses (rejects). */
  static async open(path: string, request: PeekRequest, listener: PeekListener): Promise<PeekClient> {
    const socket = await connected(path);
    const records = new RecordReader(listener);
    const { answer, rest } = await asked(socket, request);
    if ('error' in answer) {
      socket.destroy();
      throw new CommandError(EXIT_BAD_INPUT, answer.error.message);
    }
    const client = new PeekClient(socket, answer);
    socket.on('data', (bytes) => {
      try {
        records.push(bytes);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    records.push(rest);
    return client;
  }

  /** Has the daemon keep what comes, as far as it does, and count the rest. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Asks for the last counts; `closed` resolves when they are here. */
  end(): void {
    this.#socket.resume();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), END_LIMIT_MS).unref();
  }

  close(): void {
    this.#socket.destroy();
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true }, () => resolve(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EACCES' || error.code === 'EPERM'
          ? new CommandError(
              EXIT_NOT_PERMITTED,
              `not permitted: ${path} is for the user of the daemon; state.peekGroup names a group that may peek too`,
            )
          : new CommandError(
              EXIT_BAD_INPUT,
              `no daemon that can be peeked at answers on ${path}: ${error.message}`,
            ),
      );
    });
    // The daemon has said all.
    socket.on('end', () => socket.end());
  });
}

interface Asked {
  readonly answer: PeekAnswer;
  /** What came behind it. */
  readonly rest: Uint8Array;
}

async function asked(socket: Socket, request: PeekRequest): Promise<Asked> {
  let received = Buffer.alloc(0);
  const limit = setTimeout(() => socket.destroy(new Error('it does not answer')), ANSWER_LIMIT_MS);
  try {
    return await new Promise<Asked>((resolve, reject) => {
      const fail = (reason: string): void =>
        reject(new CommandError(EXIT_BAD_INPUT, `the daemon: ${reason}`));
      const onData = (bytes: Buffer): void => {
        received = Buffer.concat([received, bytes]);
        const end = received.indexOf(LINE_END);
        if (end < 0 && received.length <= MAXIMUM_ANSWER) return;
        socket.off('data', onData);
        const answer = parseObject(received.subarray(0, Math.max(0, end)).toString('utf8'));
        if (answer === undefined) fail('its answer is not understood');
        else resolve({ answer: answer as unknown as PeekAnswer, rest: received.subarray(end + 1) });
      };
      socket.on('data', onData);
      socket.once('error', ({ message }: Error) => fail(message));
      socket.once('close', () => fail('it closed the connection: too many wait for it'));
      socket.write(`${JSON.stringify(request)}\n`);
    });
  } finally {
    clearTimeout(limit);
  }
}
