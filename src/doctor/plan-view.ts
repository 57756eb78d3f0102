/** Questions to a plan that several checks have: which session sends what to which address. */
import type {
  EncapsulationPlan,
  InactiveSessionPlan,
  MirrorPlan,
  SessionPlan,
  SourcePlan,
} from '../plan/mirror-plan.js';
import type { Status } from '../status/status.js';

/** Copies of one session to one address. */
export interface Delivery {
  readonly source: SourcePlan;
  readonly session: SessionPlan;
  readonly targetId: string;
  readonly address: string;
  readonly encapsulation: EncapsulationPlan | undefined;
}

/** All of them, in the order of the plan. */
export function deliveriesOf({ sources }: Pick<MirrorPlan, 'sources'>): Delivery[] {
  return sources.flatMap((source) =>
    source.sessions.flatMap((session) =>
      session.targetAddresses.map((address) => ({
        source,
        session,
        targetId: session.targetId,
        address,
        encapsulation: session.encapsulation,
      })),
    ),
  );
}

/** The target that an address belongs to: of several the first. */
export function targetsByAddress(plan: Pick<MirrorPlan, 'sources'>): ReadonlyMap<string, Delivery> {
  const first = new Map<string, Delivery>();
  for (const delivery of deliveriesOf(plan)) {
    if (!first.has(delivery.address)) first.set(delivery.address, delivery);
  }
  return first;
}

/**
 * The plan with what clients of the control API made besides, as far as the status tells of it. Their filters are not
 * known: sessions have no rules.
 */
export function withSessionsOf(plan: MirrorPlan, { lanes, sessions }: Status): MirrorPlan {
  const unplanned = plan.inactiveSessions ?? [];
  const known = new Set([
    ...deliveriesOf(plan).map(({ session }) => session.id),
    ...unplanned.map(({ id }) => id),
  ]);
  const lanesBySource = new Map(lanes.map((lane) => [lane.sourceId, lane]));
  const others = new Map<string, SourcePlan & { readonly sessions: SessionPlan[] }>();
  const inactive: InactiveSessionPlan[] = [];
  for (const { sessionId, sourceId, sessionNumber, virtualNetworkId, targetId, ...rest } of sessions) {
    if (known.has(sessionId)) continue;
    const { cause, reason = '' } = rest;
    if (cause === 'resource' || cause === 'listener' || cause === 'zone') {
      const vni = virtualNetworkId;
      inactive.push({ id: sessionId, sourceId, sessionNumber, vni, targetId, cause, reason });
      continue;
    }
    const lane = lanesBySource.get(sourceId);
    if (lane === undefined) continue;
    const source = others.get(sourceId) ?? {
      id: sourceId,
      device: lane.device,
      ...(lane.netns !== undefined && { netns: lane.netns }),
      unmirrored: [],
      amazonDnsAddresses: [],
      sessions: [],
    };
    others.set(sourceId, source);
    source.sessions.push({
      id: sessionId,
      sessionNumber,
      vni: virtualNetworkId,
      amazonDns: true,
      rules: { ingress: [], egress: [] },
      targetId,
      targetAddresses: rest.targetAddresses ?? [],
      ...(rest.packetLength !== undefined && { packetLength: rest.packetLength }),
      ...(rest.encapsulation && { encapsulation: rest.encapsulation }),
    });
  }
  return {
    ...plan,
    sources: [...plan.sources, ...others.values()],
    inactiveSessions: [...unplanned, ...inactive],
  };
}
