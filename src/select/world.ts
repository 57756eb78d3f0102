/** What selectors look at: devices by namespace, and containers. Plain data, made anew with each change. */
import type { NamespacePath } from '../resources/device.js';

/** A device as the kernel names it. Who made it chose the name. */
export interface DeviceSight {
  readonly name: string;
  /** True when its frames begin with an Ethernet header: others cannot be mirrored. */
  readonly ethernet: boolean;
  readonly loopback: boolean;
}

/** A network namespace that can be looked into. */
export interface NamespaceSight {
  /** Device and inode: the same for all paths of one namespace. */
  readonly identity: string;
  readonly devices: readonly DeviceSight[];
}

/** A running container. */
export interface ContainerSight {
  /** Unique, of the runtime's making: its own names can be used again, and by others. */
  readonly id: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly netns: NamespacePath;
  /** The process that must have the namespace under `netns`; absent: the path names nothing else. */
  readonly process?: ProcessName;
}

/** A process by number and start, which no later process with the number has. */
export interface ProcessName {
  readonly id: number;
  /** In ticks since the start of the machine: proc(5), stat. */
  readonly startTicks: string;
}

/** All of it at one moment. */
export interface World {
  readonly own: NamespaceSight;
  /** Others by path; several paths may name one. */
  readonly namespaces: ReadonlyMap<NamespacePath, NamespaceSight>;
  readonly containers: readonly ContainerSight[];
}
