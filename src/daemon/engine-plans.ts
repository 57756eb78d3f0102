/**
 * Which engine does what. Rings share one engine, which is there without lanes too: the first lane need not wait for
 * a process. On libpcap I/O every lane has an engine of its own: npm cap keeps a process busy with
 * one handle for as long as that handle has frames, so in a shared process a busy direction would blind the
 * others; and it takes its process down with its device.
 */
import type { EnginePlan } from '../engine/messages.js';
import { laneKey, lanesOf } from '../mirror/lane.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';

/** The plans by engine; a key that was there before stands for the same engine. */
export function enginePlansOf(plan: MirrorPlan, io: EnginePlan['io']): Map<string, EnginePlan> {
  const { ringMegabytes, oversize, emit } = plan;
  const sessions = plan.sources.flatMap((source) => source.sessions);
  const targetAddresses = [...new Set(sessions.flatMap((session) => session.targetAddresses))];
  const lanes = lanesOf(plan);
  const shared = { io, targetAddresses, ringMegabytes, oversize, emit };
  return new Map(
    io === 'ring'
      ? [['ring', { ...shared, lanes }]]
      : lanes.map((lane) => [laneKey(lane), { ...shared, lanes: [lane] }]),
  );
}
