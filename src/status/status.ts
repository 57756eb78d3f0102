/** The status that `status` shows: a plain object, also served as JSON; and rates from two of them. */
import { type NetworkMetrics, PACKET_METRICS } from '../counters/network-metrics.js';
import type { LaneCounts } from '../counters/snapshot.js';
import type { LaneCondition } from '../io/lane-condition.js';
import type { BackendName, EncapsulationPlan } from '../plan/mirror-plan.js';
import type { InactiveCause } from '../plan/session-activity.js';
import type { Emission, TargetState } from '../targets/target-states.js';
import type { Health } from './health.js';
import type { Trouble } from './source-troubles.js';

/** The state of a lane and its history since the daemon started, over all engines. */
export interface LaneHistory extends LaneCondition {
  /** When it began to capture, or to wait: ISO 8601. */
  readonly since: string;
  /** Seconds in all, since the daemon started, in which it did not capture. */
  readonly blindSeconds: number;
  /** How often it captured and then lost its source. */
  readonly timesLost: number;
}

export interface LaneStatus extends LaneCounts, LaneHistory {
  readonly device: string;
  /** Path of the device's network namespace; absent: the daemon's own. */
  readonly netns?: string;
  /** The selector that found the source; absent: the source is declared. */
  readonly selectorId?: string;
  /** Largest share of the kernel ring that waited to be read in the last one or two seconds, 0–1. */
  readonly ringFill: number;
  /** The largest latency of a block in the last one or two seconds, in seconds. */
  readonly behindSeconds: number;
}

/** A source, with its counts under the cloud's names. */
export interface SourceStatus extends NetworkMetrics {
  readonly sourceId: string;
  readonly device: string;
  /** Frames that the kernel had no room for, in both directions: exact, where a lane has a share. */
  readonly ringDropped: number;
  /** Bytes of its capture ring, which both directions share; 0 without one, and on libpcap I/O. */
  readonly ringBytes: number;
  /** What the ring would have, were it not for engine.ringMemoryMegabytes. */
  readonly ringWantedBytes: number;
  /** What makes it degraded now. */
  readonly troubles: readonly Trouble[];
}

export interface SessionStatus {
  readonly sessionId: string;
  readonly sourceId: string;
  readonly sessionNumber: number;
  readonly virtualNetworkId: number;
  readonly targetId: string;
  /** Where its copies go: one address, or those of a load balancer. A daemon of an older version does not tell. */
  readonly targetAddresses?: readonly string[];
  /** Bytes of a frame that are kept; absent: all. */
  readonly packetLength?: number;
  /** Absent: VXLAN. */
  readonly encapsulation?: EncapsulationPlan;
  /** Whether it mirrors. A daemon of an older version tells of none of these, and only of sessions that have lanes. */
  readonly active?: boolean;
  /** Since when it has been active, or not: ISO 8601, in the life of the daemon. */
  readonly since?: string;
  /** Why it is not active; empty: it is. */
  readonly cause?: InactiveCause | '';
  readonly reason?: string;
}

/** A load balancer with targets that sessions use. */
export interface LoadBalancerStatus {
  readonly networkLoadBalancerArn: string;
  readonly crossZone: boolean;
  readonly zones: readonly {
    /** null: the zone that has no name. */
    readonly availabilityZone: string | null;
    readonly addresses: number;
    /** Of the addresses those that are not known to be dead. */
    readonly healthy: number;
  }[];
  readonly targets: readonly {
    readonly targetId: string;
    readonly active: boolean;
    /** Why it takes no copies of any source; empty: it takes them. */
    readonly reason: string;
  }[];
}

interface TargetStatus {
  readonly address: string;
  readonly state: TargetState;
  /** Egress device; empty without a route. */
  readonly device: string;
  /** MTU of that device; 0 without a route. A daemon of an older version does not tell. */
  readonly mtu?: number;
  /** Most bytes of a frame that fit into one outer packet, in the longest encapsulation that goes there. */
  readonly maximumInnerLength: number;
  /** Why it is not `reachable`; else empty. */
  readonly reason: string;
  /** How copies leave. */
  readonly emission: Emission['emission'];
  /** Why not by a way that is preferred; empty when they leave as they are to. */
  readonly emissionReason: string;
}

/** An unexpected end of an engine. */
export interface EngineExit {
  readonly at: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The engine's own reason, or the daemon's for killing it; empty: unknown. */
  readonly reason: string;
}

export interface EngineStatus {
  /** Which of the workers that share each source it is, from 1. */
  readonly worker: number;
  /** Frames that it read, of all its lanes, since the daemon started. */
  readonly readPackets: number;
  /** Frames that its rings had no room for. */
  readonly ringDropped: number;
  /** null: none runs now. */
  readonly pid: number | null;
  /** How often an engine ended unexpectedly. */
  readonly restarts: number;
  readonly lastExit: EngineExit | null;
  /** When the next one starts; null while one runs. */
  readonly nextTryAt: string | null;
  /** Time since the last beat of the frame loop. */
  readonly beatAgeMs: number;
  /** Age of the counters that the engine told last; null before its first ones. */
  readonly countersAgeMs: number | null;
  /** 99th percentile of the event loop delay of the engine's main thread, over the last ten full seconds. */
  readonly loopDelayMs: number;
  /** Descriptors of AF_XDP that the kernel threw away, whose copies count as mirrored: 0 unless this program has a defect. */
  readonly xdpInvalidDescriptors: number;
}

/** How engines are confined. */
interface EngineConfinement {
  /** `abi N`, the version of Landlock's interface; `unavailable: REASON`; `off`. */
  readonly landlock: string;
}

/** The reloads of the configuration file since the start. */
export interface ReloadStatus {
  readonly succeeded: number;
  readonly failed: number;
  /** The result of the last one; `none` before the first. */
  readonly lastResult: 'none' | 'applied' | 'failed';
  readonly lastAt: string | null;
  /** Why the last one failed: FILE:LINE: text. */
  readonly problems: readonly string[];
}

/** What a selector finds now. */
export interface SelectorStatus {
  readonly selectorId: string;
  readonly matches: number;
  /** What fits, and is no source or lacks a session. */
  readonly leftOut: number;
  /** Why; of several reasons the first. Or why it cannot look everywhere. Empty: it has all. */
  readonly reason: string;
}

export interface Status {
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly configurationFile: string;
  /** Generation of the running plan: 1 at the start, one more with each plan that is applied. */
  readonly generation: number;
  readonly reload: ReloadStatus;
  /** In the order of the file. */
  readonly selectors: readonly SelectorStatus[];
  readonly io: BackendName;
  /** 99th percentile of the daemon's event loop delay, over the last ten full seconds. */
  readonly loopDelayMs: number;
  readonly engineConfinement: EngineConfinement;
  readonly health: Health;
  readonly engines: readonly EngineStatus[];
  readonly sources: readonly SourceStatus[];
  readonly lanes: readonly LaneStatus[];
  /** Lanes that read frames and are in the plan no more: those that were removed last. */
  readonly removedLanes: readonly LaneCounts[];
  readonly sessions: readonly SessionStatus[];
  readonly targets: readonly TargetStatus[];
  /** A daemon of an older version does not tell of them. */
  readonly loadBalancers?: readonly LoadBalancerStatus[];
}

/** The parts of the status that rates are computed from. */
type RateInput = Pick<Status, 'uptimeSeconds' | 'sources'>;

/** Packets per second over all sources. */
interface PacketRates {
  readonly mirrored: number;
  readonly skipped: number;
}

/** @param before an earlier status; undefined: the rates since the daemon started. */
export function packetRates(now: RateInput, before: RateInput | undefined): PacketRates {
  const seconds = now.uptimeSeconds - (before?.uptimeSeconds ?? 0);
  const perSecond = (metrics: readonly (keyof NetworkMetrics)[]): number =>
    seconds > 0 ? (sum(now, metrics) - sum(before, metrics)) / seconds : 0;
  return {
    mirrored: perSecond(PACKET_METRICS.filter((name) => !name.includes('Skip'))),
    skipped: perSecond(PACKET_METRICS.filter((name) => name.includes('Skip'))),
  };
}

function sum(status: RateInput | undefined, metrics: readonly (keyof NetworkMetrics)[]): number {
  const sources = status?.sources ?? [];
  return sources.reduce((total, source) => metrics.reduce((part, name) => part + source[name], total), 0);
}
