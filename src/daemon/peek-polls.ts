/**
 * Looks at copies for the control API: each gathers a bounded number of them in memory, and ends. They take places of the
 * peek socket, but not all: whoever is on the host can always peek.
 */
import type { PollOrder, PollResult } from '../api/traffic-mirror/links.js';
import { type PeekedCopy, RecordReader } from '../peek/record-reader.js';
import { accepted, type Parsed } from '../resources/parsed.js';
import { MAXIMUM_PEEKERS, type PeekHub } from './peek-hub.js';
import { Peeker, type PeekSink } from './peeker.js';
import { StartRate } from './start-rate.js';

/** Looks at the same time: of all users, of those of one account, which cannot have all places, and of one user. */
export const MAXIMUM_POLLS = 4;
export const POLLS_PER_ACCOUNT = 3;
export const POLLS_PER_USER = 2;
/** Bytes of frames in a response. */
export const MAXIMUM_POLL_BYTES = 2 ** 20;

export class PeekPolls {
  readonly #hub: PeekHub;
  readonly #polls = new Set<Poll>();
  readonly #starts = new StartRate();
  #isClosed = false;

  constructor(hub: PeekHub) {
    this.#hub = hub;
  }

  /** Looks until there is enough, the time is over, or the caller is gone. Never rejects. */
  async look(order: PollOrder): Promise<Parsed<PollResult>> {
    const problem = this.#refusal(order);
    if (problem !== undefined) return { ok: false, text: problem };
    const poll = new Poll(order);
    this.#polls.add(poll);
    this.#hub.add(poll.peeker);
    try {
      return accepted(await poll.ended);
    } finally {
      this.#hub.remove(poll.peeker);
      this.#polls.delete(poll);
    }
  }

  /** Ends all looks, with what they have; no more begin. */
  close(): void {
    this.#isClosed = true;
    for (const poll of this.#polls) poll.end('stopping');
  }

  #refusal({ user, accountId }: PollOrder): string | undefined {
    if (this.#isClosed) return 'the daemon is stopping';
    const own = [...this.#polls].filter((poll) => poll.user === user).length;
    if (own >= POLLS_PER_USER) return `a user can wait for copies ${POLLS_PER_USER} times at once`;
    const ofAccount = [...this.#polls].filter((poll) => poll.accountId === accountId).length;
    if (ofAccount >= POLLS_PER_ACCOUNT) {
      return `users of an account can wait for copies ${POLLS_PER_ACCOUNT} times at once`;
    }
    if (this.#polls.size >= MAXIMUM_POLLS) return `${MAXIMUM_POLLS} wait for copies, and no more can`;
    if (this.#hub.peekers.size >= MAXIMUM_PEEKERS) {
      return `${MAXIMUM_PEEKERS} are peeking, and no more can`;
    }
    return this.#starts.refusal(user);
  }
}

/** One look. */
class Poll implements PeekSink {
  readonly user: string;
  readonly accountId: string;
  readonly peeker: Peeker;
  readonly ended: Promise<PollResult>;
  /** Nothing more is taken. */
  destroyed = false;
  readonly #most: number;
  readonly #copies: PollResult['copies'][number][] = [];
  readonly #reader = new RecordReader({
    copy: (copy) => this.#take(copy),
    leftOut: () => {},
    note: () => {},
  });
  readonly #timer: NodeJS.Timeout;
  readonly #gone: AbortSignal | undefined;
  readonly #onGone = (): void => this.end('time');
  #bytes = 0;
  /** Copies that came behind the last one. */
  #surplus = 0;
  #resolve: (result: PollResult) => void = () => {};

  constructor(order: PollOrder) {
    const { user, accountId, sessionIds, direction, snapshotLength, maximumCopies, waitMs, gone } = order;
    this.user = user;
    this.accountId = accountId;
    this.#most = maximumCopies;
    this.#gone = gone;
    this.peeker = new Peeker(this, {
      filter: { sessionIds, ...(direction !== undefined && { direction }) },
      snapshotLength,
    });
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.end('time'), waitMs);
    gone?.addEventListener('abort', this.#onGone);
    if (gone?.aborted) this.end('time');
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#reader.push(bytes);
    done();
  }

  end(why: PollResult['endedBy'] = 'stopping'): void {
    if (this.destroyed) return;
    this.destroyed = true;
    clearTimeout(this.#timer);
    this.#gone?.removeEventListener('abort', this.#onGone);
    // Copies that come in the same piece are still counted.
    setImmediate(() =>
      this.#resolve({
        copies: this.#copies,
        leftOut: this.peeker.leftOut + this.#surplus,
        endedBy: why,
      }),
    );
  }

  #take({ origin, seconds, nanoseconds, wireLength, copyLength, bytes }: PeekedCopy): void {
    const isFull = this.destroyed || this.#bytes + bytes.length > MAXIMUM_POLL_BYTES;
    if (isFull) {
      this.#surplus += 1;
      this.end('bytes');
      return;
    }
    this.#bytes += bytes.length;
    this.#copies.push({
      Seconds: seconds,
      Nanoseconds: nanoseconds,
      SessionId: origin.sessionId,
      SourceId: origin.sourceId,
      Device: origin.device,
      Direction: origin.direction,
      Rule: origin.rule,
      WireLength: wireLength,
      CopyLength: copyLength,
      Frame: Buffer.from(bytes).toString('base64'),
    });
    if (this.#copies.length >= this.#most) this.end('copies');
  }
}
