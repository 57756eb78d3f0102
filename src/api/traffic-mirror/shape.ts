/**
 * Requests and responses of the service `traffic-mirror`: AWS JSON 1.0, target `TrafficMirror_20261101.ACTION`. What the
 * service adds has names in capitals. `Status` and `Explanation` are documents with the members that `status --json` and
 * `explain --json` print. Later versions may add members. Plain data: clients and the console import these types.
 */

type Direction = 'ingress' | 'egress';

/** The lists of a status. `health`, and the times of the counters, are in every one. */
export const STATUS_PARTS = [
  'daemon',
  'sources',
  'sessions',
  'targets',
  'filters',
  'loadBalancers',
  'endpoints',
] as const;

export type StatusPart = (typeof STATUS_PARTS)[number];

export interface GetStatusRequest {
  /** The lists that are wanted; absent: all. */
  readonly Include?: readonly StatusPart[];
  /**
   * Only these sessions, 1–100, with the sources, targets and filters that they use. One that the caller does not see is
   * left out. Not with MaxResults and NextToken: all are in one page.
   */
  readonly SessionIds?: readonly string[];
  /** Only these targets, 1–100, and as above; with SessionIds, what either names. */
  readonly TargetIds?: readonly string[];
  /** Items of sources, sessions, targets and filters together, 1–1000; absent: 1000. */
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

export interface GetStatusResponse {
  readonly Status: StatusDocument;
  /** There is more. A page has whole lists of daemon, loadBalancers and endpoints only when it is the first. */
  readonly NextToken?: string;
}

/** What the caller's account may see of the status. Lists that were not asked for are absent. */
export interface StatusDocument {
  /** When the daemon started: ISO 8601. Counts begin at 0 then. */
  readonly startedAt: string;
  /** When the counters were read: ISO 8601. */
  readonly countersAt: string;
  /**
   * The same in seconds since the daemon started, of a clock that nobody sets. Rate of a count: its difference in two
   * statuses by the difference of this. The same number: the same counters.
   */
  readonly countersSeconds: number;
  /** Generation of the running plan: one more with each that is applied. */
  readonly generation: number;
  /** For the account of the configuration file: of the daemon. For others: of what they have. */
  readonly health: StatusHealth;
  /** Only for the account of the configuration file. */
  readonly daemon?: StatusDaemon;
  /** By id, as the lists below. The account of the configuration file has all, others those of their sessions. */
  readonly sources?: readonly StatusSource[];
  /** Those that DescribeTrafficMirrorSessions shows. */
  readonly sessions?: readonly StatusSession[];
  /** Those that DescribeTrafficMirrorTargets shows. */
  readonly targets?: readonly StatusTarget[];
  /** Those that DescribeTrafficMirrorFilters shows. */
  readonly filters?: readonly StatusFilter[];
  /**
   * Those behind targets in the list above, and for the account of the configuration file all that sessions use; with
   * SessionIds or TargetIds those behind the targets of the answer.
   */
  readonly loadBalancers?: readonly StatusLoadBalancer[];
  /** The Gateway Load Balancer endpoints that targets may name; with SessionIds or TargetIds those of the answer's targets. */
  readonly endpoints?: readonly StatusEndpoint[];
}

export interface StatusHealth {
  readonly state: 'ok' | 'degraded' | 'failing';
  /** One per problem. */
  readonly reasons: readonly string[];
  /** What is worth knowing, and does not change the state. */
  readonly notes: readonly string[];
}

export interface StatusDaemon {
  readonly pid: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly configurationFile: string;
  readonly io: string;
  readonly loopDelayMs: number;
  readonly engineConfinement: { readonly landlock: string };
  readonly reload: {
    readonly succeeded: number;
    readonly failed: number;
    readonly lastResult: 'none' | 'applied' | 'failed';
    readonly lastAt: string | null;
    readonly problems: readonly string[];
  };
  readonly selectors: readonly {
    readonly selectorId: string;
    readonly matches: number;
    readonly leftOut: number;
    readonly reason: string;
  }[];
  readonly engines: readonly StatusEngine[];
}

interface StatusEngine {
  readonly worker: number;
  readonly readPackets: number;
  readonly ringDropped: number;
  readonly pid: number | null;
  readonly restarts: number;
  readonly lastExit: {
    readonly at: string;
    readonly code: number | null;
    readonly signal: string | null;
    readonly reason: string;
  } | null;
  readonly nextTryAt: string | null;
  readonly beatAgeMs: number;
  readonly countersAgeMs: number | null;
  readonly loopDelayMs: number;
  readonly xdpInvalidDescriptors: number;
}

/** Packets and bytes; bytes are those of the frames on the wire. */
export interface StatusAmount {
  readonly packets: number;
  readonly bytes: number;
}

/** The eight metrics, as totals since the daemon started. */
export interface StatusMetrics {
  readonly NetworkMirrorIn: number;
  readonly NetworkMirrorOut: number;
  readonly NetworkSkipMirrorIn: number;
  readonly NetworkSkipMirrorOut: number;
  readonly NetworkPacketsMirrorIn: number;
  readonly NetworkPacketsMirrorOut: number;
  readonly NetworkPacketsSkipMirrorIn: number;
  readonly NetworkPacketsSkipMirrorOut: number;
}

/** The metrics are of all sessions for the account of the configuration file, and of the caller's own for others. */
export interface StatusSource extends StatusMetrics {
  readonly sourceId: string;
  readonly device: string;
  /** The selector that found it; absent: it is declared. */
  readonly selectorId?: string;
  /** One per direction that is captured. */
  readonly lanes: readonly StatusLane[];
  // The rest only for the account of the configuration file.
  /** Path of the device's network namespace; absent: the daemon's own. */
  readonly netns?: string;
  readonly ringDropped?: number;
  readonly ringBytes?: number;
  readonly ringWantedBytes?: number;
  readonly troubles?: readonly ('ring-drops' | 'cuts' | 'behind')[];
}

export interface StatusLane {
  readonly direction: Direction;
  readonly state: 'waiting' | 'capturing';
  /** Why it waits; empty: it captures. In general words but for the account of the configuration file. */
  readonly reason: string;
  /** Since when: ISO 8601. */
  readonly since: string;
  /** Seconds in all, since the daemon started, in which it did not capture. */
  readonly blindSeconds: number;
  readonly timesLost: number;
  readonly carrier: boolean;
  /** Counts of all frames of the device: only for the account of the configuration file. */
  readonly counts?: StatusLaneCounts;
}

/** read = matched of all sessions + unmatched + unparsable + unmirrored; what the device passed is read + ringDropped. */
export interface StatusLaneCounts {
  readonly read: StatusAmount;
  readonly ringDropped: number;
  readonly unmatched: number;
  readonly unparsable: number;
  /** By type of traffic that is never mirrored; those that occurred. */
  readonly unmirrored: Readonly<Record<string, number>>;
  readonly latency: {
    readonly microseconds: number;
    readonly blocks: Readonly<Record<string, number>>;
  };
  /** Largest share of the kernel ring that waited to be read in the last second or two, 0–1. */
  readonly ringFill: number;
  readonly behindSeconds: number;
}

/** Why a session is not active, as `state-reason-code` of DescribeTrafficMirrorSessions, or is degraded: source, target. */
export type StatusCause = 'starting' | 'source' | 'filter' | 'listener' | 'zone' | 'target' | 'resource';

export interface StatusSession {
  readonly sessionId: string;
  readonly ownerId: string;
  /** It is of the configuration file: the API cannot change it. */
  readonly declared: boolean;
  readonly sourceId: string;
  readonly sessionNumber: number;
  readonly virtualNetworkId: number;
  readonly targetId: string;
  readonly filterId: string;
  /** Bytes of a frame that are kept; absent: all. */
  readonly packetLength?: number;
  /** Absent: vxlan. The options are those of GENEVE; absent: none. */
  readonly encapsulation?: { readonly name: string; readonly options?: readonly string[] };
  /** degraded: it mirrors, but its source in part, or not to every address of its target. */
  readonly state: 'active' | 'degraded' | 'inactive';
  readonly active: boolean;
  /** Since when it has been active, or not: ISO 8601. Absent: no plan with it is applied yet. */
  readonly since?: string;
  /** Why it is not `active`; empty: it is. */
  readonly cause: StatusCause | '';
  /** The same in words; in general ones where what stands in the way is not the caller's. */
  readonly reason: string;
  /** Where copies go; only for the owner of the target. */
  readonly targetAddresses?: readonly string[];
  /** By direction; only for the owner of the session. A direction that no plan has is absent. */
  readonly counts?: { readonly ingress?: StatusSessionCounts; readonly egress?: StatusSessionCounts };
}

/** matched - segmented + segments = mirrored + all of skipped. */
export interface StatusSessionCounts {
  readonly matched: StatusAmount;
  readonly mirrored: StatusAmount;
  /** By reason; those that occurred. */
  readonly skipped: Readonly<Record<string, StatusAmount>>;
  readonly segmented: number;
  readonly segments: number;
  readonly unsegmented: number;
  readonly truncated: number;
  readonly cut: number;
  readonly fragmented: number;
  /** Frames by accept rule that decided. */
  readonly rules: readonly { readonly ruleId: string; readonly packets: number }[];
  /** The answer is of named sessions and has become long: `rules` is empty. Ask for fewer of them. */
  readonly areRulesLeftOut?: true;
  /** Frames by network service; those that occurred. */
  readonly services: Readonly<Record<string, number>>;
}

/** unknown: no session of a running plan sends to it. */
export type StatusTargetState = 'reachable' | 'suspect' | 'unreachable' | 'unknown';

export interface StatusTarget {
  readonly targetId: string;
  readonly ownerId: string;
  readonly declared: boolean;
  readonly type: 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';
  /** The best of its addresses. */
  readonly state: StatusTargetState;
  /** Why it is not `reachable`; else empty. */
  readonly reason: string;
  /** Only for the owner. */
  readonly addresses?: readonly StatusAddress[];
}

/** A receiver behind a target. */
export interface StatusAddress {
  readonly address: string;
  /** Of a load balancer's; absent: the zone that has no name. */
  readonly availabilityZone?: string;
  readonly state: StatusTargetState;
  readonly reason: string;
  // The way there, once it is known: only for the account of the configuration file.
  /** Egress device; empty without a route. */
  readonly device?: string;
  readonly mtu?: number;
  /** Most bytes of a frame that fit into one outer packet. */
  readonly maximumInnerLength?: number;
  readonly emission?: string;
  readonly emissionReason?: string;
}

export interface StatusFilter {
  readonly filterId: string;
  readonly ownerId: string;
  readonly declared: boolean;
}

export interface StatusLoadBalancer {
  readonly networkLoadBalancerArn: string;
  readonly crossZone: boolean;
  readonly zones: readonly {
    /** null: the zone that has no name. */
    readonly availabilityZone: string | null;
    readonly addresses: number;
    readonly healthy: number;
  }[];
  /** Those that the caller sees. */
  readonly targets: readonly {
    readonly targetId: string;
    readonly active: boolean;
    readonly reason: string;
  }[];
}

export interface StatusEndpoint {
  readonly gatewayLoadBalancerEndpointId: string;
  /** Only for the account of the configuration file. */
  readonly address?: string;
}

export interface ExplainPacketRequest {
  /** A network interface of sessions of the caller. */
  readonly SourceId: string;
  /** Absent: ingress. */
  readonly Direction?: Direction;
  // Exactly one of these three.
  /** In words, as `explain --packet` takes them: `tcp 10.1.0.2:40000 > 10.1.0.1:80 vlan 7 length 1500`. */
  readonly Packet?: string;
  /** A frame in hexadecimal digits, as `explain --frame` takes it: at most 65,535 bytes. */
  readonly FrameHex?: string;
  /** A frame in base64: at most 65,535 bytes. */
  readonly Frame?: string;
}

export interface ExplainPacketResponse {
  /** What `explain --json` prints, without `origin`. */
  readonly Explanation: ExplanationDocument;
  /** Generation of the plan that was asked. */
  readonly Generation: number;
  /** Other accounts have sessions on the source, which are not in the explanation and may take the packet first. */
  readonly IsPartial: boolean;
}

export interface ExplanationDocument {
  readonly sourceId: string;
  readonly device: string;
  readonly direction: Direction;
  readonly length: number;
  readonly capturedLength: number;
  readonly fields: {
    readonly kind: 'ipv4' | 'ipv6' | 'arp' | 'unparsable' | 'other';
    readonly vlans: readonly number[];
    readonly etherType?: number;
    readonly ip?: {
      readonly protocol: number;
      readonly source: { readonly address: string; readonly port?: number };
      readonly destination: { readonly address: string; readonly port?: number };
      readonly fragment?: 'first' | 'later';
      readonly echoIdentifier?: number;
      readonly hasExtensionHeaders: boolean;
    };
  };
  readonly walk: {
    readonly types: readonly { readonly type: string; readonly matches: boolean }[];
    readonly service?: {
      readonly service: string;
      readonly addresses: readonly string[];
      readonly matches: boolean;
      readonly sessionId?: string;
    };
    readonly sessions: readonly {
      readonly sessionId: string;
      readonly sessionNumber: number;
      readonly rules: readonly {
        readonly ruleNumber: number;
        readonly ruleId: string;
        readonly action: 'accept' | 'reject';
        readonly matches: boolean;
        readonly why?: string;
      }[];
      readonly result: 'accept' | 'reject' | 'no-match';
    }[];
    readonly sessionsNotAsked: readonly string[];
  };
  readonly verdict:
    | {
        readonly kind: 'matched';
        readonly session: {
          readonly sessionId: string;
          readonly sessionNumber: number;
          readonly targetId: string;
          readonly virtualNetworkId: number;
          readonly packetLength?: number;
          readonly limits?: readonly { readonly name: string; readonly bitsPerSecond: number }[];
        };
        readonly by: { readonly ruleId: string } | { readonly service: string };
      }
    | { readonly kind: 'unmirrored'; readonly type: string }
    | { readonly kind: 'unmatched' | 'unparsable' };
  readonly copy?: ExplainedCopy;
  readonly skipped?: string;
}

interface ExplainedCopy {
  // Both only for the owner of the target.
  readonly address?: string;
  readonly addresses?: readonly string[];
  readonly encapsulation: string;
  readonly port?: number;
  readonly sourcePort: number;
  readonly frameLength: number;
  readonly packetLength: number;
  readonly isTruncated: boolean;
  readonly isCut: boolean;
  readonly isFragmented: boolean;
  /** Only for the account of the configuration file. */
  readonly way?: {
    readonly maximumInnerLength: number;
    readonly mtu?: number;
    readonly device: string;
    readonly state: string;
    readonly reason: string;
  };
}

export interface PeekResponse {
  readonly Copies: readonly PeekedCopy[];
  /** Copies that were due to the caller and are not here. Those between two calls are not counted. */
  readonly LeftOut: number;
  /** Why it came: enough copies, enough bytes, the time, or the daemon stops. */
  readonly EndedBy: 'copies' | 'bytes' | 'time' | 'stopping';
}

export interface PeekedCopy {
  /** When the kernel saw the frame: seconds since 1970, and nanoseconds of the second. */
  readonly Seconds: number;
  readonly Nanoseconds: number;
  readonly SessionId: string;
  readonly SourceId: string;
  readonly Device: string;
  readonly Direction: Direction;
  /** The rule, or the network service, that decided. */
  readonly Rule: string;
  /** Bytes that the frame had. */
  readonly WireLength: number;
  /** Bytes of it that the target gets. */
  readonly CopyLength: number;
  /** The first bytes of it, in base64: at most SnapshotLength. */
  readonly Frame: string;
}
