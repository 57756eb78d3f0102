/**
 * Which engine does what. Rings share one engine. On libpcap I/O every lane has an engine of its own: npm cap keeps a process busy with
 * one handle for as long as that handle has frames, so in a shared process a busy direction would blind the
 * others; and it takes its process down with its device.
 */
import type { EnginePlan } from '../engine/messages.js';
import { lanesOf } from '../mirror/lane.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';

export function enginePlansOf(plan: MirrorPlan, io: EnginePlan['io']): EnginePlan[] {
  const { ringMegabytes, oversize, emit } = plan;
  const sessions = plan.sources.flatMap((source) => source.sessions);
  const targetAddresses = [...new Set(sessions.flatMap((session) => session.targetAddresses))];
  const lanes = lanesOf(plan);
  const groups = io === 'ring' ? [lanes].filter(({ length }) => length > 0) : lanes.map((lane) => [lane]);
  return groups.map((group) => ({ io, lanes: group, targetAddresses, ringMegabytes, oversize, emit }));
}
