/** Sources and their lanes, as an account sees them. */
import { networkMetrics } from '../../counters/network-metrics.js';
import { ACTIVITY_MESSAGES } from '../ec2/session-activity.js';
import type { AccountView } from './account-view.js';
import type { DaemonLane } from './daemon-status.js';
import type { StatusLane, StatusLaneCounts, StatusSource } from './shape.js';

/** @returns undefined: the running plan has no such source */
export function sourceItem(view: AccountView, sourceId: string): StatusSource | undefined {
  const source = view.reading.source(sourceId);
  if (source === undefined) return undefined;
  const { device, ringDropped, ringBytes, ringWantedBytes, troubles, sourceId: _, ...metrics } = source;
  const lanes = view.reading.lanesOf(sourceId);
  const { selectorId, netns } = lanes[0] ?? {};
  return {
    sourceId,
    device,
    ...(selectorId !== undefined && { selectorId }),
    ...(view.isHost ? metrics : ownMetrics(view, lanes)),
    lanes: lanes.map((lane) => laneItem(view, lane)),
    ...(view.isHost && {
      ...(netns !== undefined && { netns }),
      ringDropped,
      ringBytes,
      ringWantedBytes,
      troubles,
    }),
  };
}

/** Of the sessions of the account alone. Frames that the ring dropped are nobody's. */
function ownMetrics(view: AccountView, lanes: readonly DaemonLane[]): ReturnType<typeof networkMetrics> {
  return networkMetrics(
    lanes.map((lane) => ({
      ...lane,
      ringDropped: 0,
      sessions: lane.sessions.filter(({ sessionId }) => view.ownsSession(sessionId)),
    })),
  );
}

function laneItem(view: AccountView, lane: DaemonLane): StatusLane {
  const { direction, state, reason, since, blindSeconds, timesLost, carrier } = lane;
  const general = state === 'capturing' ? '' : ACTIVITY_MESSAGES.source;
  return {
    direction,
    state,
    reason: view.isHost ? reason : general,
    since,
    blindSeconds,
    timesLost,
    carrier,
    ...(view.isHost && { counts: laneCounts(lane) }),
  };
}

function laneCounts(lane: DaemonLane): StatusLaneCounts {
  const { read, ringDropped, unmatched, unparsable, unmirrored, latency, ringFill, behindSeconds } = lane;
  const blocks = latency.blocks as Readonly<Record<string, number>>;
  return {
    read,
    ringDropped,
    unmatched,
    unparsable,
    unmirrored,
    latency: { microseconds: latency.microseconds, blocks },
    ringFill,
    behindSeconds,
  };
}
