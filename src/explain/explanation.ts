/**
 * Explains what the data path does with a frame, and why. The verdict is that of the filter, the copy is that of the
 * mirror, and the way to the verdict is that of the interpreter; that they agree is checked each time.
 */
import { decode } from '../decode/decode.js';
import { Decoded } from '../decode/decoded.js';
import type { Frame } from '../io/frame.js';
import { type FrameFilter, type Outcome, UNMATCHED, UNMIRRORED_BASE, UNPARSABLE } from '../match/verdict.js';
import type { LanePlan } from '../plan/lanes.js';
import {
  copyOptionsOf,
  type Direction,
  type MirrorPlan,
  type SessionPlan,
  UNMIRRORED_TYPES,
} from '../plan/mirror-plan.js';
import { type Copy, CopyNotes, type CopyOutcome, type TargetWays } from './copies.js';
import { type FrameFields, fieldsOf } from './frame-fields.js';
import { type Walk, walk } from './walk.js';

/** A session as an explanation names it. */
interface ExplainedSession {
  readonly sessionId: string;
  readonly sessionNumber: number;
  readonly targetId: string;
  readonly virtualNetworkId: number;
  readonly packetLength?: number;
  /** Limits of its copies, in bits per second; what is above them is not sent. */
  readonly limits?: readonly { readonly name: string; readonly bitsPerSecond: number }[];
}

/** The verdict, with what decided. */
type ExplainedVerdict =
  | {
      readonly kind: 'matched';
      readonly session: ExplainedSession;
      /** The rule, or the network service. */
      readonly by: { readonly ruleId: string } | { readonly service: string };
    }
  | { readonly kind: 'unmirrored'; readonly type: string }
  | { readonly kind: 'unmatched' | 'unparsable' };

/** All that is to be said of a frame. */
export interface Explanation {
  readonly sourceId: string;
  readonly device: string;
  readonly direction: Direction;
  /** Bytes on the wire. */
  readonly length: number;
  /** Bytes that are there. */
  readonly capturedLength: number;
  readonly fields: FrameFields;
  readonly walk: Omit<Walk, 'verdict'>;
  readonly verdict: ExplainedVerdict;
  /** The copy that is due; absent: none is, or it is skipped. */
  readonly copy?: Copy;
  /** Why a copy that is due is not sent. */
  readonly skipped?: string;
}

/** Explains frames of one source and direction. */
export class Explainer {
  readonly #lane: LanePlan;
  readonly #filter: FrameFilter;
  readonly #copies: CopyNotes;
  readonly #decoded = new Decoded();

  /**
   * @param ways to the targets, as far as they are known.
   * @param filter of the lane: the compiled one, or where none can be compiled the interpreter.
   */
  constructor(plan: MirrorPlan, lane: LanePlan, ways: TargetWays, filter: FrameFilter) {
    const sessions = plan.sources.flatMap((source) => source.sessions);
    const targets = [...new Set(sessions.flatMap(({ targetAddresses }) => targetAddresses))];
    this.#lane = lane;
    this.#filter = filter;
    this.#copies = new CopyNotes(lane, this.#filter, copyOptionsOf(plan.engine), ways, targets);
  }

  /** @throws Error when interpreter, filter and mirror disagree, which would be a defect. */
  explain(frame: Frame): Explanation {
    const { bytes, offset, capturedLength, wireLength } = frame;
    const { source, direction } = this.#lane;
    const decoded = this.#decoded;
    decode(bytes, offset, capturedLength, decoded);
    const fields = fieldsOf(bytes, offset, capturedLength, decoded);
    const { verdict: walkedVerdict, ...steps } = walk(source, direction, decoded, fields);
    const verdict = this.#filter.evaluate(decoded);
    const outcome = this.#copies.mirror(frame);
    requireAgreement(walkedVerdict, verdict, outcome);
    return {
      sourceId: source.id,
      device: source.device,
      direction,
      length: wireLength,
      capturedLength,
      fields,
      walk: steps,
      verdict: this.#verdictOf(verdict),
      ...(outcome.copy !== undefined && { copy: outcome.copy }),
      ...(outcome.skipped !== undefined && { skipped: outcome.skipped }),
    };
  }

  #verdictOf(verdict: number): ExplainedVerdict {
    if (verdict === UNMATCHED) return { kind: 'unmatched' };
    if (verdict === UNPARSABLE) return { kind: 'unparsable' };
    if (verdict < 0) return { kind: 'unmirrored', type: UNMIRRORED_TYPES[UNMIRRORED_BASE - verdict] };
    const outcome = this.#filter.outcomes[verdict];
    const session = this.#lane.source.sessions[outcome.sessionIndex];
    return { kind: 'matched', session: sessionOf(session), by: byOf(outcome) };
  }
}

function requireAgreement(walked: number, verdict: number, { matched }: CopyOutcome): void {
  if (walked === verdict && matched === (verdict >= 0 ? 1 : 0)) return;
  const verdicts = `interpreter ${walked}, filter ${verdict}, mirror ${matched}`;
  throw new Error(`explain: verdicts differ: ${verdicts}`);
}

function sessionOf({
  id,
  sessionNumber,
  targetId,
  vni,
  packetLength,
  limits,
}: SessionPlan): ExplainedSession {
  return {
    sessionId: id,
    sessionNumber,
    targetId,
    virtualNetworkId: vni,
    ...(packetLength !== undefined && { packetLength }),
    ...(limits !== undefined && { limits }),
  };
}

function byOf(outcome: Outcome): { ruleId: string } | { service: string } {
  return outcome.kind === 'rule' ? { ruleId: outcome.ruleId } : { service: outcome.service };
}
