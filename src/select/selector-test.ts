/** A selector compiled: which names, paths, labels and declared interfaces fit it. */
import { posix } from 'node:path';
import { Wildcard } from '../api/wildcard.js';
import type { NetworkInterface } from '../resources/network-interface.js';
import type { NetworkInterfaceSelector } from '../resources/network-interface-selector.js';
import type { ContainerSight, DeviceSight } from './world.js';

/** Where namespaces are looked for whose pattern is a name: those of ip-netns(8), and those of Docker. */
const NAMESPACE_DIRECTORIES = ['/run/netns', '/run/docker/netns'] as const;

/** `/var/run` is a link to `/run` on every distribution of today, and tools write either. */
const OLD_RUN = /^\/var\/run\//;

/** A path with `/run` in place of its older name, and without repeated slashes. */
export function plainPath(path: string): string {
  return posix.normalize(path).replace(OLD_RUN, '/run/');
}

/** The directories in which namespaces of a pattern can appear. */
export function directoriesOf(pattern: string): string[] {
  if (!pattern.startsWith('/')) return [...NAMESPACE_DIRECTORIES];
  return [posix.dirname(plainPath(pattern))];
}

export class SelectorTest {
  readonly selector: NetworkInterfaceSelector;
  /** True when it finds declared interfaces alone: nothing else has tags and a subnet. */
  readonly isOfDeclared: boolean;
  readonly #device: Wildcard | undefined;
  readonly #netns: Wildcard | undefined;
  readonly #directories: readonly string[];
  readonly #subnet: Wildcard | undefined;
  readonly #tags: readonly (readonly [key: string, value: Wildcard])[];
  readonly #label: readonly [key: string, value: Wildcard | undefined] | undefined;

  constructor(selector: NetworkInterfaceSelector) {
    const { device, netns, subnetId, tags = {}, containerLabel } = selector;
    this.selector = selector;
    this.#device = compiled(device);
    this.#netns = compiled(netns === undefined ? undefined : posix.basename(netns));
    this.#directories = netns === undefined ? [] : directoriesOf(netns);
    this.#subnet = compiled(subnetId);
    this.#tags = Object.entries(tags).map(([key, value]) => [key, new Wildcard(value)]);
    const [, key, value] = /^([^=]+)(?:=(.*))?$/s.exec(containerLabel ?? '') ?? [];
    this.#label = key === undefined ? undefined : [key, compiled(value)];
    this.isOfDeclared = subnetId !== undefined || this.#tags.length > 0;
  }

  get namesContainers(): boolean {
    return this.#label !== undefined;
  }

  get namesNamespaces(): boolean {
    return this.#netns !== undefined;
  }

  fitsDevice({ name, ethernet, loopback }: DeviceSight): boolean {
    if (!ethernet || (loopback && this.#device?.literal !== name)) return false;
    return this.fitsName(name);
  }

  fitsName(device: string): boolean {
    return this.#device?.matches(device) ?? true;
  }

  /** @param path as `plainPath` has it */
  fitsNamespace(path: string): boolean {
    if (this.#netns === undefined) return true;
    return this.#directories.includes(posix.dirname(path)) && this.#netns.matches(posix.basename(path));
  }

  fitsContainer({ labels }: ContainerSight): boolean {
    if (this.#label === undefined) return true;
    const [key, value] = this.#label;
    const given = labels.get(key);
    return given !== undefined && (value?.matches(given) ?? true);
  }

  /** Whether tags and subnet of a declared interface fit. */
  fitsPlace({ subnetId, tags = {} }: NetworkInterface): boolean {
    if (this.#subnet !== undefined && !(subnetId !== undefined && this.#subnet.matches(subnetId)))
      return false;
    return this.#tags.every(([key, value]) => Object.hasOwn(tags, key) && value.matches(tags[key]));
  }
}

function compiled(pattern: string | undefined): Wildcard | undefined {
  return pattern === undefined ? undefined : new Wildcard(pattern);
}
