/**
 * Network namespaces and the devices in them, followed by events: of links in each namespace (rtnetlink(7)), of mounts
 * (proc(5), mountinfo), which make and end the paths of namespaces, and of processes that end (pidfd_open(2)). One poll(2)
 * off the main thread waits for all of them.
 */
import { closeSync, fstatSync } from 'node:fs';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { NamespaceError, NetworkNamespace, openNamespace } from '../linux/network-namespace.js';
import { PollSet, WakeUp } from '../linux/poll.js';
import type { OpenProcess } from '../linux/process-descriptor.js';
import type { NamespacePath } from '../resources/device.js';
import { DeviceList } from './device-list.js';
import { identityOf, isGone, openIfThere, sameProcess, startOf } from './namespace-identity.js';
import { type Look, sightOf, timeoutOf } from './namespace-look.js';
import type { NamespaceSight, ProcessName } from './world.js';

/** Devices of a namespace that is not the daemon's. */
const MAXIMUM_DEVICES = 1024;
/** Of the daemon's own: who may make devices there is root of the host. */
const MAXIMUM_OWN_DEVICES = 65536;
/** Namespaces that are looked into at one time. */
const MAXIMUM_NAMESPACES = 4096;
/** Events of a namespace are read no more often. */
const READ_INTERVAL_MS = 50;
/** Changes of devices in a foreign namespace that are told at once; then one in this time. */
const BURST = 20;
const CHANGE_INTERVAL_MS = 1000;
/** A namespace that cannot be opened is tried again. */
const RETRY_MS = 5000;

/** A path to look into. */
export interface WantedNamespace {
  readonly path: NamespacePath;
  /** The process whose namespace it must be. */
  readonly process?: ProcessName | undefined;
}

interface Place {
  readonly wanted: WantedNamespace;
  identity: string | undefined;
  /** Of the process. */
  descriptor: number | undefined;
}

export class NamespaceWatch {
  readonly #libc: Libc;
  readonly #openProcess: OpenProcess;
  readonly #onChange: (what: 'devices' | 'places') => void;
  readonly #wake: WakeUp;
  readonly #mounts: number | undefined;
  readonly #own: Look;
  readonly #looks = new Map<string, Look>();
  readonly #places = new Map<NamespacePath, Place>();
  readonly #crowded = new Set<string>();
  /** By path: why what is there could not be opened. */
  readonly #failed = new Map<string, string>();
  #retry: NodeJS.Timeout | undefined;
  #wanted: readonly WantedNamespace[] | undefined;
  #isClosed = false;
  #lists: Promise<void> = Promise.resolve();
  #synced: (() => void)[] = [];
  readonly #ended: Promise<void>;

  /** @param onChange places: paths may name other namespaces. @throws LinuxError of the daemon's own namespace */
  constructor(libc: Libc, openProcess: OpenProcess, onChange: (what: 'devices' | 'places') => void) {
    this.#libc = libc;
    this.#openProcess = openProcess;
    this.#onChange = onChange;
    this.#wake = new WakeUp(libc);
    this.#mounts = openIfThere('/proc/self/mountinfo');
    this.#own = this.#look(identityOf('/proc/thread-self/ns/net') ?? 'own', MAXIMUM_OWN_DEVICES);
    this.#ended = this.#run();
  }

  get own(): NamespaceSight {
    return sightOf(this.#own);
  }

  /** What is under the paths; those that name no namespace are missing. */
  get namespaces(): ReadonlyMap<NamespacePath, NamespaceSight> {
    const found = new Map<NamespacePath, NamespaceSight>();
    for (const [path, { identity }] of this.#places) {
      const look = identity === this.#own.identity ? this.#own : this.#looks.get(identity ?? '');
      if (look !== undefined && !look.list.isCrowded) found.set(path, sightOf(look));
    }
    return found;
  }
  /** True when the devices of all namespaces that are looked into are known. */
  get isWhole(): boolean {
    const looks = [this.#own, ...this.#looks.values()];
    return this.#wanted === undefined && this.#failed.size === 0 && looks.every(({ list }) => list.isWhole);
  }

  /** Why namespaces that are there cannot be looked into, one line each. */
  get problems(): string[] {
    const [crowded, failed] = [this.#crowded.size, [...this.#failed.values()]];
    const others = failed.length > 1 ? `, and ${failed.length - 1} others` : '';
    return [
      ...(crowded > 0 ? [`${crowded} namespaces have more than ${MAXIMUM_DEVICES} devices`] : []),
      ...failed.slice(0, 1).map((reason) => `${reason}${others}`),
    ];
  }

  /** Looks into the namespaces under these paths, and no others. Resolves when their devices are known. */
  sync(wanted: readonly WantedNamespace[]): Promise<void> {
    this.#wanted = wanted.slice(0, MAXIMUM_NAMESPACES);
    this.#wake.signal();
    return new Promise((resolve) => this.#synced.push(resolve));
  }

  /** Closes all. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#wake.signal();
    await this.#ended;
    await this.#lists;
    for (const path of [...this.#places.keys()]) this.#drop(path);
    for (const { list } of [this.#own, ...this.#looks.values()]) list.close();
    if (this.#mounts !== undefined) closeSync(this.#mounts);
    this.#wake.close();
    for (const resolve of this.#synced) resolve();
  }

  /** Descriptors are opened and closed between two waits only: a number must not become another file's during one. */
  async #run(): Promise<void> {
    const set = new PollSet();
    const mounts = this.#mounts === undefined ? [] : [this.#mounts];
    while (!this.#isClosed) {
      this.#apply();
      const now = performance.now();
      const all = [this.#own, ...this.#looks.values()];
      const looks = all.filter((look) => look.readAfterMs <= now);
      const processes = [...this.#places.values()].filter(({ descriptor }) => descriptor !== undefined);
      const fixed = [this.#wake.descriptor, ...mounts];
      const descriptors = [
        ...fixed,
        ...processes.map(({ descriptor }) => descriptor ?? -1),
        ...looks.map(({ list }) => list.descriptor),
      ];
      set.replace(descriptors, mounts);
      await set.wait(this.#libc, timeoutOf(all, now));
      this.#wake.clear();
      if (mounts.length > 0 && set.isReady(1)) this.#onChange('places');
      for (const [index, place] of processes.entries()) {
        if (!set.isReady(fixed.length + index)) continue;
        this.#drop(place.wanted.path);
        this.#onChange('devices');
      }
      for (const [index, look] of looks.entries()) {
        if (this.#isOpen(look) && set.isReady(fixed.length + processes.length + index)) this.#read(look);
      }
      this.#listDue();
    }
  }

  #read(look: Look): void {
    const now = performance.now();
    look.readAfterMs = now + READ_INTERVAL_MS;
    const wasCrowded = look.list.isCrowded;
    if (!look.list.readEvents()) return;
    if (look.list.isCrowded && !wasCrowded) this.#crowded.add(look.identity);
    if (look !== this.#own) {
      const earned = (now - look.countedMs) / CHANGE_INTERVAL_MS;
      look.allowance = Math.min(BURST, look.allowance + earned) - 1;
      look.countedMs = now;
      // Who makes and removes devices without end must not have a plan made for each.
      if (look.allowance < 1) look.readAfterMs = now + CHANGE_INTERVAL_MS;
    }
    this.#onChange('devices');
    // The last device of a namespace goes with it, and its path may do so unseen.
    if (look !== this.#own && look.list.devices.every(({ loopback }) => loopback)) this.#onChange('places');
  }

  /** One after the other: each may wait for a lock of the kernel, in a thread that others need too. */
  #listDue(): void {
    for (const look of [this.#own, ...this.#looks.values()]) {
      const { listingDueMs } = look.list;
      if (listingDueMs === undefined || listingDueMs > performance.now() || look.isQueued) continue;
      look.isQueued = true;
      this.#lists = this.#lists.then(() => this.#list(look));
    }
  }

  async #list(look: Look): Promise<void> {
    look.isQueued = false;
    if (!this.#isClosed && this.#isOpen(look)) {
      await look.list.list();
      if (look.list.isCrowded) this.#crowded.add(look.identity);
      this.#wake.signal();
      if (!this.#isClosed) this.#onChange('devices');
    }
  }

  #isOpen(look: Look): boolean {
    return look === this.#own || this.#looks.get(look.identity) === look;
  }

  #apply(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    this.#wanted = undefined;
    const kept = new Map(wanted.map((one) => [one.path, one]));
    for (const [path, { wanted: before, identity }] of this.#places) {
      const after = kept.get(path);
      const isSame = after !== undefined && sameProcess(before.process, after.process);
      if (!isSame || identityOf(path) !== identity) this.#drop(path);
    }
    this.#failed.clear();
    for (const one of kept.values()) if (!this.#places.has(one.path)) this.#open(one);
    this.#planRetry();
    this.#closeUnused();
    const resolvers = this.#synced;
    this.#synced = [];
    this.#listDue();
    void this.#lists.then(() => {
      for (const resolve of resolvers) resolve();
    });
  }

  /** Opens what is there. The process first: what is open while it runs is its own. */
  #open(wanted: WantedNamespace): void {
    const { path, process: name } = wanted;
    let descriptor: number | undefined;
    let opened: number | undefined;
    try {
      if (name !== undefined) {
        descriptor = this.#openProcess(name.id);
        if (startOf(name.id) !== name.startTicks) throw new NamespaceError(`${path} is of another process`);
      }
      opened = openNamespace(path);
      const { dev, ino } = fstatSync(opened);
      const identity = `${dev} ${ino}`;
      if (descriptor !== undefined && new PollSet([descriptor]).waitHere(this.#libc, 0) > 0) {
        throw new NamespaceError(`the process of ${path} has ended`);
      }
      if (identity !== this.#own.identity && !this.#looks.has(identity)) {
        const namespace = new NetworkNamespace(this.#libc, path, opened);
        this.#looks.set(
          identity,
          namespace.enter(() => this.#look(identity, MAXIMUM_DEVICES)),
        );
      }
      this.#places.set(path, { wanted, identity, descriptor });
    } catch (error) {
      if (descriptor !== undefined) this.#libc.close(descriptor);
      if (!(error instanceof NamespaceError || error instanceof LinuxError)) throw error;
      if (!isGone(path, name)) this.#failed.set(path, `${path} cannot be looked into: ${error.message}`);
    } finally {
      if (opened !== undefined) closeSync(opened);
    }
  }

  /** What could not be opened, for want of descriptors or rights, may be another time: no event tells of it. */
  #planRetry(): void {
    clearTimeout(this.#retry);
    if (this.#failed.size === 0) return;
    this.#retry = setTimeout(() => this.#onChange('places'), RETRY_MS).unref();
  }

  #look(identity: string, maximum: number): Look {
    const list = new DeviceList(this.#libc, maximum);
    return {
      identity,
      list,
      readAfterMs: 0,
      allowance: BURST,
      countedMs: performance.now(),
      isQueued: false,
    };
  }

  #drop(path: NamespacePath): void {
    const { descriptor } = this.#places.get(path) ?? {};
    if (descriptor !== undefined) this.#libc.close(descriptor);
    this.#places.delete(path);
    this.#closeUnused();
  }

  /** A socket keeps its namespace alive, so none is kept for a path that is gone. */
  #closeUnused(): void {
    const used = new Set([...this.#places.values()].map(({ identity }) => identity));
    for (const [identity, { list }] of this.#looks) {
      if (used.has(identity)) continue;
      list.close();
      this.#looks.delete(identity);
      this.#crowded.delete(identity);
    }
  }
}
