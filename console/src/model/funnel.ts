/**
 * The funnel of a session: what passed its source's device, what of it was read, matched, skipped and sent. Each step is
 * a count since the daemon started, and a rate between two statuses.
 */
import type { StatusDocument, StatusSession, StatusSource } from '../../../src/api/traffic-mirror/shape.js';
import { type Amount, rateOf, secondsBetween, sumOf } from './rates.js';
import { sumsOf } from './session-status.js';

/** The steps in their order. */
export const FUNNEL_STEPS = {
  passed: 'Passed the device',
  read: 'Read',
  matched: 'Matched',
  skipped: 'Skipped',
  sent: 'Sent',
} as const;

/** A step. */
type FunnelStep = keyof typeof FUNNEL_STEPS;

/** A row of the funnel. */
export interface FunnelRow {
  readonly step: FunnelStep;
  /** Of a skip. */
  readonly reason?: string | undefined;
  /** Since the daemon started; undefined where the caller may not see it. */
  readonly total: Amount | undefined;
  /** Per second; undefined before the second status. */
  readonly rate?: { readonly packets?: number | undefined; readonly bytes?: number | undefined } | undefined;
}

/**
 * The rows of a session's funnel: passed, read, matched, skipped by reason, sent.
 * @param before an earlier status, for the rates
 * @returns undefined when the status does not have the session
 */
export function funnelOf(
  sessionId: string,
  after: StatusDocument,
  before?: StatusDocument,
): readonly FunnelRow[] | undefined {
  const rows = rowsOf(sessionId, after);
  const seconds = before && secondsBetween({ before, after });
  if (rows === undefined || before === undefined || seconds === undefined) return rows;
  const old = new Map(rowsOf(sessionId, before)?.map((row) => [keyOf(row), row.total]));
  return rows.map((row) => ({ ...row, rate: rateOfRow(row, old, seconds) }));
}

/** A key of a row: a step, with the reason of a skip. */
export function keyOf({ step, reason }: Pick<FunnelRow, 'step' | 'reason'>): string {
  return reason === undefined ? step : `${step} ${reason}`;
}

/** The session in a status. */
export function sessionIn({ sessions }: StatusDocument, sessionId: string): StatusSession | undefined {
  return sessions?.find((one) => one.sessionId === sessionId);
}

/** The source of a session in a status. */
export function sourceIn({ sources }: StatusDocument, sourceId: string): StatusSource | undefined {
  return sources?.find((one) => one.sourceId === sourceId);
}

function rowsOf(sessionId: string, status: StatusDocument): FunnelRow[] | undefined {
  const session = sessionIn(status, sessionId);
  if (session === undefined) return undefined;
  const sums = sumsOf(session);
  const source = sourceIn(status, session.sourceId);
  const { passed, read } = deviceAmounts(session, source);
  return [
    { step: 'passed', total: passed },
    { step: 'read', total: read },
    { step: 'matched', total: sums?.matched },
    ...(sums?.skippedBy ?? []).map(([reason, total]) => ({ step: 'skipped', reason, total }) as const),
    { step: 'sent', total: sums?.mirrored },
  ];
}

/** What the device passed, and what was read of it, in the directions of the session. */
function deviceAmounts({ counts }: StatusSession, source: StatusSource | undefined) {
  const lanes = (source?.lanes ?? []).filter(({ direction }) => counts?.[direction] !== undefined);
  const laneCounts = lanes.map((lane) => lane.counts).filter((one) => one !== undefined);
  if (laneCounts.length === 0) return {};
  const read = sumOf(laneCounts.map((one) => one.read));
  const dropped = laneCounts.reduce((sum, one) => sum + one.ringDropped, 0);
  // Nobody knows how long the frames were that a full ring lost.
  const passed: Amount = dropped === 0 ? read : { packets: read.packets + dropped };
  return { passed, read };
}

function rateOfRow(
  { step, reason, total }: FunnelRow,
  old: Map<string, Amount | undefined>,
  seconds: number,
) {
  if (total === undefined) return undefined;
  const before = old.get(keyOf({ step, reason }));
  return {
    packets: rateOf(before?.packets, total.packets, seconds),
    bytes: total.bytes === undefined ? undefined : rateOf(before?.bytes, total.bytes, seconds),
  };
}
