/** Messages between the page and the worker that tests packets. */
import type { Explanation } from '../../../../src/explain/explanation.js';
import type { DirectionRule, PacketRow, TestProgress, TestSetup } from '../../model/packet/capture-test.js';
import type { OutcomeCount } from '../../model/packet/outcomes.js';

/** What is tested: a capture file, or one packet that was typed. */
export type TestInput =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'packet'; readonly frame: Uint8Array; readonly words: string };

/** The first message: begins the test. There is one test for each worker. */
export interface OpenMessage {
  readonly kind: 'open';
  readonly input: TestInput;
  readonly setup: TestSetup;
  readonly direction: DirectionRule;
}

/** Asks for packets of the list. */
export interface RowsQuestion {
  readonly start: number;
  readonly count: number;
  /** Indexes of outcomes; absent: all packets. */
  readonly only?: readonly number[];
}

export interface RowsAnswer {
  readonly rows: readonly PacketRow[];
  readonly total: number;
}

/** A packet with everything that is to be said of it. */
export interface PacketAnswer {
  readonly explanation: Explanation;
  /** The explanation in the words of the command. */
  readonly lines: readonly string[];
  /** What the target sees; absent: nothing. */
  readonly copy?: {
    readonly outer: string;
    readonly inner: string;
    /** A hex dump of the outer packet. */
    readonly hex: readonly string[];
  };
}

export type QuestionMessage =
  | { readonly kind: 'rows'; readonly id: number; readonly question: RowsQuestion }
  | { readonly kind: 'packet'; readonly id: number; readonly number: number };

/** How far the test is. */
export interface TestState extends TestProgress {
  readonly counts: readonly OutcomeCount[];
}

export type WorkerMessage =
  | { readonly kind: 'state'; readonly state: TestState }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: RowsAnswer | PacketAnswer }
  | { readonly kind: 'failed'; readonly text: string };
