/** The tab Live of a session: what passes, once a second. */
import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { StatusDocument } from '../../../../src/api/traffic-mirror/shape.js';
import { getStatus } from '../../aws/status.js';
import { rateText } from '../../model/amounts.js';
import { type FunnelRow, funnelOf, sessionIn } from '../../model/funnel.js';
import { HISTORY_POINTS, type HistoryPoint, lineOf, SILENCE_MS, withPoint } from '../../model/history.js';
import type { Session } from '../../model/session.js';
import { ErrorAlert } from '../../parts/refusal.js';
import { TimeChart } from '../../parts/time-chart.js';
import { useRead } from '../../parts/use-read.js';
import { useStatusPair } from '../../parts/use-status-pair.js';
import { Funnel } from './funnel.js';
import { StateIndicator } from './session-state.js';

/** What the funnel is made of. */
const PARTS = ['sources', 'sessions', 'targets'] as const;
const EVERY_MS = 1000;

/** The lines of the chart. */
const LINES = ['Matched', 'Sent', 'Skipped'] as const;

/** The funnel and its chart. */
export function SessionLive({ session }: { readonly session: Session }) {
  const id = session.trafficMirrorSessionId;
  const { data, error } = useRead(
    (client, signal) => getStatus(client, signal, { SessionIds: [id], Include: PARTS }),
    id,
    { everyMs: EVERY_MS },
  );
  const { before, after } = useStatusPair(data, id);
  const history = useHistory(id, after, before);
  const state = after && sessionIn(after, id);
  if (error !== undefined && after === undefined) return <ErrorAlert error={error} />;
  if (after === undefined) return <StatusIndicator type="loading">Loading</StatusIndicator>;
  if (state === undefined)
    return <StatusIndicator type="pending">The engine has no such session</StatusIndicator>;
  return (
    <SpaceBetween size="l">
      {error !== undefined && <Alert type="warning">These are the last figures: {error.message}</Alert>}
      <StateIndicator state={state} />
      <Funnel session={session} status={after} rows={funnelOf(id, after, before) ?? []} />
      {state.counts !== undefined && (
        <TimeChart
          ariaLabel="Packets per second"
          lines={LINES.map((title) => ({ title, points: lineOf(history, title) }))}
          periodMs={SILENCE_MS}
          yTitle="Packets per second"
          valueText={rateText}
          range={windowOf(after)}
          withSeconds
          empty="The chart begins in a second."
        />
      )}
    </SpaceBetween>
  );
}

/** The time that the chart shows: two minutes up to the latest counters. */
function windowOf({ countersAt }: StatusDocument): readonly [Date, Date] {
  const endMs = Date.parse(countersAt);
  return [new Date(endMs - HISTORY_POINTS * EVERY_MS), new Date(endMs)];
}

/** The history of the rates since the tab was opened. */
function useHistory(id: string, after: StatusDocument | undefined, before: StatusDocument | undefined) {
  const [kept, setKept] = useState<{ after?: StatusDocument; history: readonly HistoryPoint[] }>({
    history: [],
  });
  if (after === undefined || after === kept.after) return kept.history;
  const values = before && valuesOf(funnelOf(id, after, before) ?? []);
  const point = values && { atMs: Date.parse(after.countersAt), values };
  const history = point === undefined ? kept.history : withPoint(kept.history, point);
  setKept({ after, history });
  return history;
}

/** Packets per second by line; undefined while they are not known. */
function valuesOf(rows: readonly FunnelRow[]): HistoryPoint['values'] | undefined {
  const rateAt = (step: FunnelRow['step']) => rows.find((row) => row.step === step)?.rate?.packets;
  const [matched, sent] = [rateAt('matched'), rateAt('sent')];
  if (matched === undefined || sent === undefined) return undefined;
  const skipped = rows.filter(({ step }) => step === 'skipped');
  const Skipped = skipped.reduce((sum, row) => sum + (row.rate?.packets ?? 0), 0);
  return { Matched: matched, Sent: sent, Skipped };
}
