/** The network namespaces of a plan, and the devices in them. */
import { closeSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { type DeviceAddress, listAddresses } from '../linux/addresses.js';
import { type Device, tryListDevices } from '../linux/devices.js';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { NetlinkSocket } from '../linux/netlink.js';
import { NamespaceError, NetworkNamespace, openNamespace } from '../linux/network-namespace.js';
import { addressText } from '../resources/address.js';
import { type NetworkFacts, type PlaceFacts, unknownPlace } from './facts.js';
import { shellWord } from './shell-word.js';

/** Where `ip netns` keeps namespaces. */
const NAMED_NAMESPACES = '/run/netns';
const OWN_NAMESPACE = '/proc/self/ns/net';
/** That of the host, seen from a container or service that shares its processes. */
const FIRST_NAMESPACE = '/proc/1/ns/net';
/** statfs(2): NSFS_MAGIC; links of /proc lead there too. */
const NAMESPACE_FILE_SYSTEMS: readonly number[] = [0x6e73_6673];
const MOST_SEARCHED = 64;
const SEARCH_LIMIT_MS = 500;

/** A namespace by its path; undefined: this thread's own. */
export class Place {
  readonly path: string | undefined;
  readonly #libc: Libc;

  constructor(libc: Libc, path: string | undefined) {
    this.path = path;
    this.#libc = libc;
  }

  /** What runs a command there. */
  get prefix(): string {
    return this.path === undefined ? '' : `nsenter --net=${shellWord(this.path)} `;
  }

  /** @param act synchronous. @throws NamespaceError; whatever `act` throws */
  enter<T>(act: () => T): T {
    if (this.path === undefined) return act();
    requireNamespaceFile(this.path);
    const namespace = new NetworkNamespace(this.#libc, this.path, openNamespace(this.path));
    try {
      return namespace.enter(act);
    } finally {
      namespace.close();
    }
  }

  /** Looks at its devices. Never throws. @param netns what the configuration says. */
  look(netns: string | undefined): PlaceFacts {
    try {
      const { devices, problem } = this.enter(() => tryListDevices(this.#libc));
      const networks = netns === undefined ? this.#networks(devices) : [];
      return { netns, prefix: this.prefix, problem, isForbidden: false, devices, networks };
    } catch (error) {
      if (!(error instanceof NamespaceError)) throw error;
      return { ...unknownPlace(error.message), netns, prefix: this.prefix, isForbidden: isForbidden(error) };
    }
  }

  #networks(devices: readonly Device[]): NetworkFacts[] {
    const names = new Map(devices.map(({ index, name }) => [index, name]));
    try {
      return this.enter(() => addressesOf(this.#libc)).flatMap(({ interfaceIndex, bytes, prefixLength }) => {
        const device = names.get(interfaceIndex);
        return device === undefined ? [] : [{ device, address: addressText(bytes), prefixLength }];
      });
    } catch (error) {
      if (error instanceof LinuxError || error instanceof NamespaceError) return [];
      throw error;
    }
  }
}

/**
 * A path may come from the status of a daemon that is not trusted as this process is: opening some devices does something.
 * What does not exist is told by who opens it.
 */
function requireNamespaceFile(path: string): void {
  let type: number;
  try {
    ({ type } = statfsSync(path));
  } catch {
    return;
  }
  if (!NAMESPACE_FILE_SYSTEMS.includes(type)) throw new NamespaceError(`${path} is not a network namespace`);
}

/** @throws LinuxError */
function addressesOf(libc: Libc): DeviceAddress[] {
  const socket = new NetlinkSocket(libc, 0);
  try {
    return listAddresses(socket);
  } finally {
    socket.close();
  }
}

function isForbidden({ cause }: NamespaceError): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return code === 'EPERM' || code === 'EACCES' || (cause instanceof LinuxError && cause.code === 'EPERM');
}

/** Whether a process is in another network namespace than this one; undefined: this process may not know. */
export function isElsewhere(pid: number): boolean | undefined {
  try {
    return statSync(namespaceOf(pid)).ino !== statSync(OWN_NAMESPACE).ino;
  } catch {
    return undefined;
  }
}

export function namespaceOf(pid: number): string {
  return `/proc/${pid}/ns/net`;
}

/**
 * The devices of other namespaces that have a name, by the path of the namespace. Bounded: a host may have thousands of
 * containers. @returns also why some were not looked into
 */
export function searchNamespaces(libc: Libc): {
  readonly found: ReadonlyMap<string, readonly string[]>;
  readonly problem?: string;
} {
  const found = new Map<string, readonly string[]>();
  const own = inodeOf(OWN_NAMESPACE);
  const startMs = performance.now();
  const paths = [...namedNamespaces(), FIRST_NAMESPACE];
  let problem: string | undefined;
  for (const path of paths.slice(0, MOST_SEARCHED)) {
    if (inodeOf(path) === own) continue;
    if (performance.now() - startMs > SEARCH_LIMIT_MS) return { found, problem: 'it takes too long' };
    const place = new Place(libc, path).look(path);
    if (place.problem === undefined)
      found.set(
        path,
        place.devices.map(({ name }) => name),
      );
    else if (path !== FIRST_NAMESPACE) problem = place.problem;
  }
  if (paths.length > MOST_SEARCHED) problem ??= `there are more than ${MOST_SEARCHED}`;
  return { found, ...(problem !== undefined && { problem }) };
}

function namedNamespaces(): string[] {
  try {
    return readdirSync(NAMED_NAMESPACES)
      .toSorted()
      .map((name) => `${NAMED_NAMESPACES}/${name}`);
  } catch {
    return [];
  }
}

function inodeOf(path: string): number | undefined {
  try {
    const descriptor = openNamespace(path);
    closeSync(descriptor);
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}
