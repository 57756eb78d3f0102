/** `traffic-mirror peek`: copies of the running daemon, live, as lines of text or as pcapng. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { CopyFilter } from '../peek/peek-order.js';
import { PEEK_VERSION, type PeekEnd, type PeekNote, peekSocketPath } from '../peek/peek-protocol.js';
import type { PeekedCopy } from '../peek/record-reader.js';
import { DIRECTIONS } from '../plan/mirror-plan.js';
import { MAXIMUM_SNAPLEN } from '../wire/pcap.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_WRONG_USAGE } from './command-error.js';
import { CopyCapture, type CopyFormat, CopyLines } from './copy-formats.js';
import { MergeCopies } from './merge-copies.js';
import { PeekClient } from './peek-client.js';
import { stateDirectory } from './running-daemon.js';
import { safeLine } from './terminal-text.js';

export interface PeekOptions {
  readonly config?: string;
  readonly session?: readonly string[];
  readonly source?: readonly string[];
  readonly direction?: string;
  readonly count?: string;
  readonly write?: string;
  readonly snapshotLength?: string;
  /** The control API that is asked; absent: the daemon of this host. */
  readonly endpointUrl?: string;
  /** Of the package. */
  readonly version: string;
}

/** Enough for every header that a line shows, and for an answer of DNS. */
const LINE_BYTES = 640;
const TICK_MS = 20;
/** Between two lines on standard error that tell of copies that were left out. */
const LEFT_OUT_INTERVAL_MS = 1000;

/** Why a peek ended that its user did not end. */
const WHY: Readonly<Record<Exclude<PeekEnd, 'done'> | 'lost', string>> = {
  stopping: 'the daemon has stopped',
  stalled: 'the daemon ended the peek, since nothing was read',
  lost: 'the connection to the daemon is lost',
};

/** @throws CommandError: no daemon answers, it refuses, or it ended before the peek did (rejects) */
export async function peek(options: PeekOptions): Promise<void> {
  const filter = filterOf(options);
  const most = parseWhole('--count', options.count, Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY;
  const asked = parseWhole('--snapshot-length', options.snapshotLength, MAXIMUM_SNAPLEN);
  const snapshotLength = asked ?? (options.write === undefined ? LINE_BYTES : MAXIMUM_SNAPLEN);
  requireNoTerminal(options.write);
  const format =
    options.write === undefined
      ? new CopyLines()
      : new CopyCapture(`traffic-mirror ${options.version}`, snapshotLength);
  if (options.endpointUrl !== undefined) {
    return peekBehind(options.endpointUrl, options, format, snapshotLength, most);
  }
  const path = peekSocketPath(await stateDirectory(options.config));
  const shown = new Shown(format, most);
  const request = { version: PEEK_VERSION, filter, snapshotLength };
  const client = await PeekClient.open(path, request, shown);
  // Nothing may pile up here while a pipe waits for its reader.
  client.pause();
  tell(`peeking at traffic-mirror ${client.welcome.daemonVersion}, pid ${client.welcome.pid}`);
  try {
    await shown.to(await openOutput(options.write), client);
  } finally {
    client.close();
  }
  tell(`${shown.copies} copies, ${shown.leftOutCount} copies left out`);
  if (shown.why !== 'done') throw new CommandError(EXIT_BAD_INPUT, WHY[shown.why]);
}

/** Peeks through a control API. @throws CommandError (rejects) */
async function peekBehind(
  url: string,
  { session, source, direction, write }: PeekOptions,
  format: CopyFormat,
  snapshotLength: number,
  most: number,
): Promise<void> {
  if (session === undefined || source !== undefined) {
    throw new CommandError(
      EXIT_WRONG_USAGE,
      'peek: a control API is asked for sessions by id: give --session, not --source',
    );
  }
  const { remotePeek } = await import('./endpoint/remote-peek.js');
  const output = await openOutput(write);
  const ending = new AbortController();
  let failure: Error | undefined;
  output.once('error', (error: Error) => {
    failure = error;
    ending.abort();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  const order = { url, sessionIds: session, direction, snapshotLength, most };
  const writeOut = async (bytes: Uint8Array | string): Promise<void> => {
    if (bytes.length === 0 || ending.signal.aborted || output.write(bytes)) return;
    await once(output, 'drain', { signal: ending.signal }).catch(() => {});
  };
  const { copies, leftOut, isDone } = await remotePeek(order, format, writeOut, ending.signal);
  if (output !== process.stdout) await closed(output, failure);
  tell(`${copies} copies, ${leftOut} copies left out`);
  if (!isDone) throw new CommandError(EXIT_BAD_INPUT, WHY.stopping);
}

/** What was shown, and what was not. */
class Shown {
  copies = 0;
  leftOutCount = 0;
  /** How the peek ended. */
  why: PeekEnd | 'lost' = 'lost';
  readonly #format: CopyFormat;
  readonly #most: number;
  readonly #merge = new MergeCopies();
  #untold = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  /** @param most copies to show. */
  constructor(format: CopyFormat, most: number) {
    this.#format = format;
    this.#most = most;
  }

  readonly copy = (copy: PeekedCopy): void => this.#merge.add(copy, performance.now());

  readonly note = (note: PeekNote): void => {
    if (note.kind === 'end') this.why = note.reason;
    else tell('an engine ended: copies that were on their way are lost');
  };

  /** Counts copies that the daemon or an engine left out. */
  readonly leftOut = (count: number): void => {
    this.leftOutCount += count;
    this.#untold += count;
  };

  /** Writes copies until there are enough, a signal comes, or the daemon ends. */
  async to(output: Writable, client: PeekClient): Promise<void> {
    const ended = endings(client);
    let isPaused = false;
    const write = (bytes: Uint8Array | string): void => {
      if (bytes.length === 0 || output.write(bytes) || isPaused) return;
      // What is not written yet is bounded by what the daemon keeps.
      isPaused = true;
      client.pause();
      output.once('drain', () => {
        isPaused = false;
        client.resume();
      });
    };
    let failure: Error | undefined;
    output.once('error', (error: Error) => {
      failure = error;
      client.close();
    });
    write(this.#format.start());
    if (!isPaused) client.resume();
    const tick = setInterval(() => {
      if (isPaused) return;
      this.#show(this.#merge.due(performance.now()), write);
      if (this.copies >= this.#most) client.close();
    }, TICK_MS);
    await ended;
    clearInterval(tick);
    this.#show(this.#merge.all(), write);
    if (this.copies >= this.#most) this.why = 'done';
    if (output !== process.stdout) await closed(output, failure);
  }

  #show(copies: readonly PeekedCopy[], write: (bytes: Uint8Array | string) => void): void {
    const wanted = copies.slice(0, this.#most - this.copies);
    for (const copy of wanted) write(this.#format.copy(copy));
    this.copies += wanted.length;
    const now = performance.now();
    if (this.#untold === 0 || now - this.#toldMs < LEFT_OUT_INTERVAL_MS) return;
    tell(`${this.#untold} copies left out`);
    this.#untold = 0;
    this.#toldMs = now;
  }
}

/** Resolves when the connection is closed. A signal asks the daemon for its last counts; a second one does not wait. */
async function endings(client: PeekClient): Promise<void> {
  let isAsked = false;
  const onSignal = (): void => {
    if (isAsked) client.close();
    else client.end();
    isAsked = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  await client.closed;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
}

/** @throws CommandError when what was written is not whole (rejects). */
async function closed(output: Writable, failure: Error | undefined): Promise<void> {
  try {
    if (failure !== undefined) throw failure;
    output.end();
    await once(output, 'close');
  } catch (error) {
    throw new CommandError(EXIT_BAD_INPUT, `the file is not whole: ${(error as Error).message}`);
  }
}

/** @throws CommandError (rejects) */
async function openOutput(file: string | undefined): Promise<Writable> {
  if (file === undefined || file === '-') return process.stdout;
  // Made for its owner alone, since it has payloads. A file that is there keeps its mode.
  const output = createWriteStream(file, { mode: 0o600 });
  await once(output, 'open').catch((error: Error) => {
    throw new CommandError(EXIT_BAD_INPUT, `-w ${file}: ${error.message}`);
  });
  return output;
}

/** @throws CommandError */
function requireNoTerminal(file: string | undefined): void {
  if (file !== '-' || !process.stdout.isTTY) return;
  const what = '-w -: a capture is not for a terminal: name a file, or a pipe such as | tshark -r -';
  throw new CommandError(EXIT_WRONG_USAGE, what);
}

/** @throws CommandError */
function filterOf({ session, source, direction }: PeekOptions): CopyFilter {
  const known = DIRECTIONS.find((name) => name === direction);
  if (direction !== undefined && known === undefined) {
    throw new CommandError(EXIT_WRONG_USAGE, `--direction ${direction}: not one of ${DIRECTIONS.join(', ')}`);
  }
  return {
    ...(session !== undefined && { sessionIds: session }),
    ...(source !== undefined && { sourceIds: source }),
    ...(known !== undefined && { direction: known }),
  };
}

/** @throws CommandError unless it is a whole number from 1 on. */
function parseWhole(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new CommandError(EXIT_WRONG_USAGE, `${option} ${text}: not a whole number from 1 to ${most}`);
}

function tell(line: string): void {
  process.stderr.write(`${safeLine(line)}\n`);
}
