/**
 * The plan of the data path: plain data, complete and checked, so that it can be sent to another process and replaced
 * as a whole. Built from resources by `resources/build-plan.ts`.
 */

import type { InactiveCause } from './session-activity.js';

/** ingress = received by the source interface, egress = sent by it. */
export type Direction = 'ingress' | 'egress';

export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** Traffic that is never mirrored, in the order it is tested. */
export const UNMIRRORED_TYPES = [
  'arp',
  'dhcp',
  'instance-metadata',
  'ntp',
  'amazon-time-sync',
  'windows-activation',
] as const;

export type UnmirroredType = (typeof UNMIRRORED_TYPES)[number];

/**
 * routed: the kernel routes the copies. direct: copies go straight to the device of the next hop (ring I/O only). auto: direct
 * to a target while nothing of the host's is passed by (`targets/direct-rules.ts`), else routed.
 */
export type Emit = 'routed' | 'direct' | 'auto';

/**
 * The ways to capture and send (`io/backends.ts`), in the order in which `auto` tries them, with the engines that each
 * needs. With npm cap it is one per lane: the package keeps a process busy with one handle for as long as that handle
 * has frames, so a busy lane would starve the others. It also ends its process when the device disappears.
 */
export const BACKENDS = {
  ring: { engines: 'workers' },
  libpcap: { engines: 'one-per-lane' },
} as const satisfies Record<string, { readonly engines: 'workers' | 'one-per-lane' }>;

export type BackendName = keyof typeof BACKENDS;

export const BACKEND_NAMES = Object.keys(BACKENDS) as BackendName[];

/** What to do with an outer packet above the path MTU. */
export type Oversize = 'truncate' | 'fragment';

/** The headers in which a copy travels: a file of src/encapsulate each. */
export const ENCAPSULATION_NAMES = ['vxlan', 'geneve'] as const;

export type EncapsulationName = (typeof ENCAPSULATION_NAMES)[number];

/** What GENEVE may tell of a copy beside its frame, in the order of the options' types. */
export const ENCAPSULATION_OPTIONS = [
  'captureTime',
  'direction',
  'originalLength',
  'sessionNumber',
  'networkInterface',
] as const;

export type EncapsulationOption = (typeof ENCAPSULATION_OPTIONS)[number];

/** An encapsulation, and what its headers hold: all that decides how long they are. */
export interface EncapsulationPlan {
  readonly name: EncapsulationName;
  /** Each once; absent: none. Of GENEVE only. */
  readonly options?: readonly EncapsulationOption[];
  /** The source's id, for the option `networkInterface`; absent without it. */
  readonly networkInterface?: string;
}

/** An IP address as big-endian 32-bit words: one for IPv4, four for IPv6. Words are unsigned. */
export interface AddressPlan {
  readonly family: 4 | 6;
  readonly words: readonly number[];
}

/** A CIDR block; the host bits of `words` are zero. */
export interface PrefixPlan extends AddressPlan {
  /** 0–32 or 0–128 bits. */
  readonly length: number;
}

/** Ports, both ends included, 0–65535. */
export interface PortRangePlan {
  readonly from: number;
  readonly to: number;
}

export interface RulePlan {
  /** Names the rule in `explain` and in counters: the rule's API id where it has one. */
  readonly id: string;
  readonly ruleNumber: number;
  readonly action: 'accept' | 'reject';
  /** IP protocol number 0–255; absent: every protocol. */
  readonly protocol?: number;
  readonly source: PrefixPlan;
  readonly destination: PrefixPlan;
  /** Only with protocol 6 or 17. */
  readonly sourcePorts?: PortRangePlan;
  readonly destinationPorts?: PortRangePlan;
}

/** A limit of the rate of copies, which all that name it share. */
export interface RateLimitPlan {
  readonly name: string;
  /** Of outer IP packets. */
  readonly bitsPerSecond: number;
}

/** Attributes of a session that go from the resource to the data path as they are. */
export interface SessionOptions {
  /** Bytes of the frame to keep; absent: the whole frame. */
  readonly packetLength?: number;
}

/** All of them, in the order in which a plan has them: the same session must give the same text. */
export const SESSION_OPTIONS = ['packetLength'] as const satisfies readonly (keyof SessionOptions)[];

export interface SessionPlan extends SessionOptions {
  readonly id: string;
  /** 1–32766, unique in the source. */
  readonly sessionNumber: number;
  /** Absent: vxlan. */
  readonly encapsulation?: EncapsulationPlan;
  /** Virtual network identifier, 0–16777215. */
  readonly vni: number;
  /** The filter lists the amazon-dns network service. */
  readonly amazonDns: boolean;
  /** Ascending ruleNumber. */
  readonly rules: Readonly<Record<Direction, readonly RulePlan[]>>;
  readonly targetId: string;
  /**
   * One address, or those of a load balancer: the flow hash picks one. Dotted quads or canonical IPv6, behind a
   * link-local one its device: fe80::1%eth0.
   */
  readonly targetAddresses: readonly string[];
  /** Of the target and of its receiver; absent: none. */
  readonly limits?: readonly RateLimitPlan[];
}

export interface SourcePlan {
  /** The network interface's id. */
  readonly id: string;
  readonly device: string;
  /** Path of the network namespace that the device lives in; absent: the engine's own. */
  readonly netns?: string;
  /** Device and inode of that namespace; absent: whichever the path names. */
  readonly netnsIdentity?: string;
  /** The selector that found it: the source comes and goes, and leaves no counts. Absent: it was asked for. */
  readonly selectorId?: string;
  /** The directions are those of the device at the other end of the pair; absent: the device's own. */
  readonly perspective?: 'peer';
  /** Outer source address of the copies to targets of its family; absent: the kernel's choice by route. */
  readonly address?: string;
  /** Of all copies of the source; absent: no limit. */
  readonly maximumBitsPerSecond?: number;
  readonly unmirrored: readonly UnmirroredType[];
  readonly amazonDnsAddresses: readonly AddressPlan[];
  /** Ascending sessionNumber. */
  readonly sessions: readonly SessionPlan[];
}

/** A session that the data path is not told of. */
export interface InactiveSessionPlan
  extends Pick<SessionPlan, 'id' | 'sessionNumber' | 'vni' | 'targetId' | 'packetLength' | 'encapsulation'> {
  readonly sourceId: string;
  /** The selector that found the source; absent: the source is declared. */
  readonly selectorId?: string;
  readonly cause: InactiveCause;
  /** In words. */
  readonly reason: string;
}

/** A load balancer that is the receiver of targets of sessions. */
export interface LoadBalancerPlan {
  readonly networkLoadBalancerArn: string;
  readonly crossZone: boolean;
  readonly zones: readonly {
    /** Absent: the zone that has no name. */
    readonly availabilityZone?: string;
    readonly addresses: readonly string[];
  }[];
  readonly targets: readonly {
    readonly targetId: string;
    /** Why it takes no copies; empty: it takes them. */
    readonly obstacle: string;
  }[];
}

/** The health check of one address behind a load balancer. */
export interface HealthCheckPlan {
  readonly address: string;
  readonly protocol: 'TCP' | 'HTTP';
  readonly port: number;
  /** Used with HTTP only. */
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThresholdCount: number;
  readonly unhealthyThresholdCount: number;
}

/** What `ringMegabytes: auto` is where a ring cannot grow: its default. */
export const FIXED_RING_MEGABYTES = 32;

/** Settings of the data path that hold for every source: keys of the section `engine` of a configuration. */
export interface EngineOptions {
  /** auto: the first that works on this machine. */
  readonly io: 'auto' | BackendName;
  /** Engines that share each source, where the backend can: at least 1. */
  readonly workers: number;
  /** The processor of each worker; empty: the kernel's choice. */
  readonly workerCpus: readonly number[];
  /** Capture buffer: of a source and worker on ring I/O, of a source and direction on libpcap I/O. */
  readonly ringMegabytes: number | 'auto';
  /** Most that all rings have together; auto: for the daemon to say, and no bound where it does not. */
  readonly ringMemoryMegabytes: number | 'auto';
  readonly oversize: Oversize;
  /** Differentiated services code point of the copies, 0–63. */
  readonly dscp: number;
  readonly emit: Emit;
  /** Memory of rings that AF_XDP may lock to send from; 0: it is not used. */
  readonly xdpMegabytes: number;
  /** Of all copies; absent: no limit. */
  readonly maximumBitsPerSecond?: number;
}

/** The options that decide the outer headers of copies. */
export type CopyOptions = Pick<EngineOptions, 'oversize' | 'dscp'>;

/** Picks the options of copies. Equal ones have the same JSON. */
export function copyOptionsOf({ oversize, dscp }: EngineOptions): CopyOptions {
  return { oversize, dscp };
}

/** Ids of the sources that selectors found. */
export function passingSources(plans: readonly MirrorPlan[]): ReadonlySet<string> {
  return new Set(
    plans.flatMap(({ sources }) =>
      sources.flatMap(({ id, selectorId }) => (selectorId === undefined ? [] : [id])),
    ),
  );
}

export interface MirrorPlan {
  readonly sources: readonly SourcePlan[];
  readonly engine: EngineOptions;
  /** The daemon makes these, not the engine. */
  readonly healthChecks: readonly HealthCheckPlan[];
  /** For the status: these sessions mirror nothing. Absent: none. */
  readonly inactiveSessions?: readonly InactiveSessionPlan[];
  /** For the status, as they were declared. Absent: none. */
  readonly loadBalancers?: readonly LoadBalancerPlan[];
}
