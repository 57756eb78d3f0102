/**
 * What is known of the host before anything is judged: plain data. The gatherer asks the kernel and the running daemon;
 * the checks are pure functions of it.
 */

import type { Device } from '../linux/devices.js';
import type { Capability } from '../linux/process-limits.js';
import type { NeighbourState } from '../linux/routes.js';
import type { BackendName, Direction, MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { Status } from '../status/status.js';
import type { NftRuleset } from './nft-ruleset.js';

/** The process that mirrors, or would. */
export interface ProcessFacts {
  /** The number of the running daemon; undefined: this process, in whose place `run` would be. */
  readonly daemon: number | undefined;
  /** Undefined: they cannot be read. */
  readonly capabilities: readonly Capability[] | undefined;
  /** Bytes; undefined: it cannot be read. */
  readonly lockableBytes: number | undefined;
}

/** An address of a device, and the network that it is in. */
export interface NetworkFacts {
  readonly device: string;
  readonly address: string;
  readonly prefixLength: number;
}

/** A network namespace, and the devices in it. */
export interface PlaceFacts {
  /** Of the configuration; undefined: that of the daemon. */
  readonly netns: string | undefined;
  /** What has commands run in it, such as `nsenter --net=/run/netns/web `; empty: nothing is needed. */
  readonly prefix: string;
  /** Why it cannot be looked into; undefined: it can. */
  readonly problem: string | undefined;
  /** That is a matter of rights. */
  readonly isForbidden: boolean;
  readonly devices: readonly Device[];
  /** Empty where they cannot be read, and of namespaces that copies do not leave from. */
  readonly networks: readonly NetworkFacts[];
}

/** Where a source is captured. */
export interface SourceFacts {
  readonly place: PlaceFacts;
  /** Undefined: there is none of its name. */
  readonly device: Device | undefined;
  /** Paths of other namespaces in which there is a device of its name, '' for the daemon's own. Looked for only where it is missing. */
  readonly elsewhere: readonly string[];
  /** Names of offloads that are on; undefined: not known, or not asked for. */
  readonly offloads: readonly string[] | undefined;
}

/** What came of an empty datagram to a target's port. */
export type ProbeOutcome = 'sent' | 'refused' | 'no-route' | 'permission' | 'other';

/** How copies get to a target address. */
export interface WayFacts {
  /** The device by which they leave; undefined: there is no route. */
  readonly device: Device | undefined;
  /** To whom they go on it: the gateway, or the address itself. */
  readonly nextHop: string;
  /** Undefined: the kernel has not asked for it, or need not. */
  readonly neighbour: NeighbourState | undefined;
  /** The source address that the kernel chooses; empty: unknown. */
  readonly sourceAddress: string;
  /** Of the path, in bytes; 0 without a route. */
  readonly mtu: number;
  /** There is a route for packets without the engine's mark, and none with it. */
  readonly isLostByMark: boolean;
  /** Outer source addresses of the configuration that no packet can have. */
  readonly badSources: readonly string[];
  /** Undefined: none was sent. */
  readonly probe: ProbeOutcome | undefined;
}

/** Connections that the kernel follows (conntrack), where copies are routed. */
export interface ConntrackFacts {
  readonly count: number;
  readonly maximum: number;
}

/** A file with a secret that the configuration names. */
export interface SecretFile {
  /** The key, such as `api.tls.keyFile`. */
  readonly key: string;
  /** Absolute. Not shown: it may be the secret itself, put there by mistake. */
  readonly path: string;
  /** What the daemon refuses to start with: others may open it. */
  readonly isRefusedWhenOpen: boolean;
}

export interface SecretFileFacts extends SecretFile {
  /** Why it cannot be read: `ENOENT`, `EACCES` or another code; undefined: it can. */
  readonly problem: string | undefined;
  /** The last three digits of its mode; 0 when unknown. */
  readonly mode: number;
  /** By its mode the daemon that runs may not read it: a user id, and the group that it has. */
  readonly hiddenFrom: { readonly userId: number; readonly groupId: number } | undefined;
}

export interface ClockFacts {
  /** Milliseconds since 1970, by this host's clock. */
  readonly nowMs: number;
  /** Undefined: the kernel does not tell. */
  readonly isSynchronized: boolean | undefined;
  /** When the configuration and the program were written, in ms; undefined: unknown. */
  readonly configurationMs: number | undefined;
  readonly programMs: number | undefined;
}

/** Frames of a device in one direction, and what became of them, between two looks. */
export interface LaneTraffic {
  readonly sourceId: string;
  /** Of the source. */
  readonly direction: Direction;
  /** What the device counted; undefined: not known. */
  readonly passed: number | undefined;
  readonly read: number;
  readonly matched: number;
  readonly ringDropped: number;
}

/** The daemon that runs. */
export interface DaemonFacts {
  readonly status: Status;
  /** A second before; undefined: only one look. */
  readonly before: Status | undefined;
  readonly seconds: number;
  readonly traffic: readonly LaneTraffic[];
  /** It is in another network namespace than this process; undefined: not known. */
  readonly isElsewhere: boolean | undefined;
  /** The file that it reads is the one that is judged. */
  readonly isSameFile: boolean;
}

/** What is known of the daemon: it runs, or why it does not answer. */
export type DaemonAnswer =
  | { readonly kind: 'runs'; readonly facts: DaemonFacts }
  /** @param isForbidden this process may not ask. */
  | {
      readonly kind: 'silent';
      readonly socket: string;
      readonly reason: string;
      readonly isForbidden: boolean;
    }
  /** Something answers, and its status is none that can be used. @param member that is not as it has to be. */
  | { readonly kind: 'odd'; readonly socket: string; readonly member: string }
  /** Nobody asked: the environment is judged for a start. */
  | { readonly kind: 'not-asked' };

export interface Facts {
  /** Undefined: none was given, and no daemon names one. */
  readonly configurationFile: string | undefined;
  readonly plan: MirrorPlan;
  /** Its sources whose filters are known: not those that only the status tells of. */
  readonly ruledSources: readonly SourcePlan[];
  /** Of the configuration; undefined where only the plan is known. */
  readonly resources: ResourceSet | undefined;
  /** Clients make sessions too. */
  readonly hasApi: boolean;
  /** How frames are captured; undefined: neither way works, or it is not known. */
  readonly io: BackendName | undefined;
  readonly process: ProcessFacts;
  /** The namespace that copies leave from. */
  readonly home: PlaceFacts;
  /** By source id. */
  readonly sources: ReadonlyMap<string, SourceFacts>;
  /** By target address. */
  readonly ways: ReadonlyMap<string, WayFacts>;
  /** Undefined: it cannot be read. */
  readonly firewall: NftRuleset | undefined;
  /** Undefined: connections are not followed, or it cannot be read. */
  readonly conntrack: ConntrackFacts | undefined;
  readonly secrets: readonly SecretFileFacts[];
  readonly clock: ClockFacts;
  readonly daemon: DaemonAnswer;
}

/** The daemon's facts, if it runs. */
export function runningDaemon({ daemon }: Facts): DaemonFacts | undefined {
  return daemon.kind === 'runs' ? daemon.facts : undefined;
}

/** An empty place, for facts that were not gathered. */
export function unknownPlace(problem: string): PlaceFacts {
  return { netns: undefined, prefix: '', problem, isForbidden: false, devices: [], networks: [] };
}
