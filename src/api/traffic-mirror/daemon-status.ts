/** What the service reads of the daemon. The daemon's own types have more; folders of the daemon come after this one. */
import type { LaneCounts } from '../../counters/snapshot.js';
import type { EncapsulationPlan } from '../../plan/mirror-plan.js';
import type { InactiveCause } from '../../plan/session-activity.js';
import type {
  StatusAddress,
  StatusDaemon,
  StatusHealth,
  StatusLoadBalancer,
  StatusMetrics,
} from './shape.js';

/** A source of the running plan. */
export interface DaemonSource extends StatusMetrics {
  readonly sourceId: string;
  readonly device: string;
  readonly ringDropped: number;
  readonly ringBytes: number;
  readonly ringWantedBytes: number;
  readonly troubles: readonly ('ring-drops' | 'cuts' | 'behind')[];
}

/** A direction of a source that is captured. */
export interface DaemonLane extends LaneCounts {
  readonly netns?: string;
  readonly selectorId?: string;
  readonly state: 'waiting' | 'capturing';
  readonly reason: string;
  readonly since: string;
  readonly blindSeconds: number;
  readonly timesLost: number;
  readonly carrier: boolean;
  readonly ringFill: number;
  readonly behindSeconds: number;
}

/** What a session does. */
export interface DaemonSession {
  readonly sessionId: string;
  readonly sourceId: string;
  readonly targetAddresses?: readonly string[];
  readonly encapsulation?: EncapsulationPlan;
  readonly active?: boolean;
  readonly since?: string;
  readonly cause?: InactiveCause | '';
  readonly reason?: string;
}

/** How an address is reached. */
export interface DaemonTarget extends StatusAddress {
  readonly device: string;
  readonly maximumInnerLength: number;
  readonly emission: string;
  readonly emissionReason: string;
}

/** The status of the daemon. */
export interface DaemonStatus extends StatusDaemon {
  readonly startedAt: string;
  readonly generation: number;
  readonly health: StatusHealth;
  readonly sources: readonly DaemonSource[];
  readonly lanes: readonly DaemonLane[];
  readonly sessions: readonly DaemonSession[];
  readonly targets: readonly DaemonTarget[];
  readonly loadBalancers?: readonly StatusLoadBalancer[];
}
