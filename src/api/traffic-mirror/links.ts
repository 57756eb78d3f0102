/** What the service asks of the daemon, in which it runs. */
import type { Direction } from '../../plan/mirror-plan.js';
import type { Parsed } from '../../resources/parsed.js';
import type { DaemonStatus } from './daemon-status.js';
import type { ExplanationDocument, PeekedCopy, PeekResponse } from './shape.js';

/** A packet, and who asks about it. */
export interface PacketQuestion {
  /** The account that asks. */
  readonly accountId: string;
  /** The id of the source. */
  readonly sourceId: string;
  readonly direction: Direction;
  /** In words, in hexadecimal digits, or its bytes. */
  readonly packet: { readonly words: string } | { readonly hex: string } | { readonly bytes: Uint8Array };
  /** The sessions of the source that are asked, by id; the others are left out. */
  readonly isAsked: (sessionId: string) => boolean;
}

/** The answer to a question. */
export interface PacketAnswer {
  readonly explanation: ExplanationDocument;
  /** Of the plan that was asked. */
  readonly generation: number;
  /** Sessions of the source were left out. */
  readonly isPartial: boolean;
}

/** A bounded look at copies. */
export interface PollOrder {
  /** ARN of the caller. */
  readonly user: string;
  readonly accountId: string;
  readonly sessionIds: readonly string[];
  readonly direction: Direction | undefined;
  readonly snapshotLength: number;
  readonly maximumCopies: number;
  readonly waitMs: number;
  /** Ends the look at once. */
  readonly gone: AbortSignal | undefined;
}

/** What was seen. */
export interface PollResult {
  readonly copies: readonly PeekedCopy[];
  readonly leftOut: number;
  readonly endedBy: PeekResponse['EndedBy'];
}

export interface TrafficMirrorLinks {
  readonly status: () => DaemonStatus;
  /**
   * Explains a packet by the plan that runs. Refuses a packet that is none.
   * @returns undefined: the plan has no session on the source that is asked
   */
  readonly explain: (question: PacketQuestion) => Parsed<PacketAnswer> | undefined;
  /** Looks at copies, within the bounds of all who peek. Refuses when too many do. Never rejects. */
  readonly peek: (order: PollOrder) => Promise<Parsed<PollResult>>;
  /** Ends all looks, with what they have. */
  readonly endPeeks: () => void;
}
