/**
 * Which engine does what. On libpcap I/O every lane has an engine of its own: npm cap keeps a process busy with
 * one handle for as long as that handle has frames, so in a shared process a busy direction would blind the
 * others; and it takes its process down with its device.
 */
import type { EnginePlan } from '../engine/messages.js';
import { lanesOf } from '../mirror/lane.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';

export function enginePlansOf(plan: MirrorPlan): EnginePlan[] {
  const { ringMegabytes, oversize } = plan;
  const sessions = plan.sources.flatMap((source) => source.sessions);
  const targetAddresses = [...new Set(sessions.flatMap((session) => session.targetAddresses))];
  return lanesOf(plan).map((lane) => ({ lanes: [lane], targetAddresses, ringMegabytes, oversize }));
}
