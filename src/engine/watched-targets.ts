/** What of a plan matters for its targets: where the copies of each source go. */
import { outerSource } from '../encapsulate/build-outer-header.js';
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import type { Emit, EncapsulationPlan, SessionPlan, SourcePlan } from '../plan/mirror-plan.js';
import type { PlanChange } from '../plan/plan-change.js';
import type { MirroredSources } from '../targets/direct-watch.js';

/** What of a source matters for its targets. */
export interface PlannedTargets extends Pick<SourcePlan, 'device' | 'netns' | 'address'> {
  readonly sessions: readonly Pick<SessionPlan, 'encapsulation' | 'targetAddresses'>[];
}

/** The sources of a plan, as the target thread needs them. */
export interface Watched {
  /** By id. */
  readonly planned: ReadonlyMap<string, PlannedTargets>;
  readonly emit: Emit;
  /** Engines that share the copies. */
  readonly workers: number;
}

/** What is to be watched after a change. */
export function watchedAfter(
  { planned: before }: Watched,
  { put, removed, engine, worker }: PlanChange,
): Watched {
  const planned = new Map(before);
  for (const id of removed) planned.delete(id);
  for (const { source } of put) planned.set(source.id, source);
  return { planned, emit: engine.emit, workers: worker?.of ?? 1 };
}

/** What `emit: auto` needs to know of them. Those of other namespaces are no devices by which copies leave. */
export function mirroredSources(sources: readonly PlannedTargets[]): MirroredSources {
  const devices = sources.filter(({ netns }) => netns === undefined).map(({ device }) => device);
  const addresses = new Map<string, Set<string>>();
  for (const { address, sessions } of sources) {
    for (const target of sessions.flatMap(({ targetAddresses }) => targetAddresses)) {
      const source = outerSource(address, target);
      if (source === undefined) continue;
      addresses.set(target, (addresses.get(target) ?? new Set()).add(source));
    }
  }
  return { devices: new Set(devices), addresses };
}

/** The encapsulation of the copies to each address; of several the one that leaves a frame the least room. */
export function longestEncapsulations(
  sessions: PlannedTargets['sessions'],
): ReadonlyMap<string, EncapsulationPlan | undefined> {
  const longest = new Map<
    string,
    { readonly plan: EncapsulationPlan | undefined; readonly overhead: number }
  >();
  for (const { encapsulation: plan, targetAddresses } of sessions) {
    const { overhead } = encapsulationOf(plan);
    for (const address of targetAddresses) {
      if (overhead > (longest.get(address)?.overhead ?? 0)) longest.set(address, { plan, overhead });
    }
  }
  return new Map([...longest].map(([address, { plan }]) => [address, plan]));
}
