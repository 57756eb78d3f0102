/**
 * Containers by the state files of runc, which containerd, Docker and others run containers with. `DIRECTORY/NAMESPACE/ID/`
 * has one while the container is there. They need no socket that is as good as root; only root may read them.
 */
import { type FSWatcher, watch } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseNamespacePath } from '../resources/device.js';
import { type ContainerSource, MAXIMUM_CONTAINERS } from './containers.js';
import type { ContainerSight } from './world.js';

const STATE_FILE = 'state.json';
/** Of containerd in one directory; Kubernetes and Docker have one each. */
const MAXIMUM_NAMESPACES = 64;
/** Bytes of a state file: 7 KiB are usual, and annotations add to it. */
const MAXIMUM_BYTES = 2 ** 20;
const MAXIMUM_LABELS = 1000;
/** The annotation by which containerd tells the containers of a pod apart. */
const CONTAINER_TYPE = 'io.kubernetes.cri.container-type';
/** What changes again within this time is looked at once. */
const SETTLE_MS = 20;
/** A directory that cannot be watched or read is tried again. */
const RETRY_MS = 5000;

/** The part of a state file that is read: libcontainer, State. */
interface StateFile {
  readonly init_process_pid?: unknown;
  readonly init_process_start?: unknown;
  readonly config?: { readonly labels?: unknown; readonly namespaces?: unknown };
}

/** A container, and the version of its directory in which it was read: its id may be used again. */
interface Known {
  readonly version: string;
  readonly container: ContainerSight;
}

export class RuncState implements ContainerSource {
  readonly ready: Promise<void>;
  readonly #directory: string;
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  /** By the directory of the container. */
  #containers = new Map<string, Known>();
  #problem: string | undefined = 'not looked yet';
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isStale = false;
  #isClosed = false;

  constructor(directory: string, onChange: () => void) {
    this.#directory = directory;
    this.#onChange = onChange;
    this.ready = this.#look();
  }

  get containers(): readonly ContainerSight[] {
    const all = [...this.#containers.values()].map(({ container }) => container);
    // Of the containers of a pod, which share a namespace, the one that stays for as long as the pod does.
    const isSandbox = ({ labels }: ContainerSight): boolean => labels.get(CONTAINER_TYPE) === 'sandbox';
    return [...all.filter(isSandbox), ...all.filter((container) => !isSandbox(container))];
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get isWhole(): boolean {
    return this.#problem === undefined && !this.#isLooking;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  /** Reads what is new. */
  async #look(): Promise<void> {
    if (this.#isLooking) {
      this.#isStale = true;
      return;
    }
    this.#isLooking = true;
    let isOther = false;
    do {
      this.#isStale = false;
      const before = this.#containers;
      const problem = this.#problem;
      try {
        this.#containers = await this.#read(before);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // Any other failure says nothing about containers: those that are known stay.
        if (code === 'ENOENT') this.#containers = new Map();
        this.#fail(this.#directory, error);
      }
      isOther ||= problem !== this.#problem || !hasSame(before, this.#containers);
    } while (this.#isStale && !this.#isClosed);
    this.#isLooking = false;
    if (isOther && !this.#isClosed) this.#onChange();
  }

  /** Says what could not be read, and tries again later. */
  #fail(path: string, error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    this.#problem = `${path} cannot be read: ${code ?? message}`;
    this.#plan(RETRY_MS);
  }

  async #read(before: ReadonlyMap<string, Known>): Promise<Map<string, Known>> {
    // Watched before they are read: what comes later is an event.
    const watched = new Set([this.#directory]);
    this.#watch(this.#directory);
    const all = await directoriesIn(this.#directory);
    const namespaces = all.slice(0, MAXIMUM_NAMESPACES);
    const found = new Map<string, Known>();
    let isCrowded = false;
    this.#problem =
      all.length > MAXIMUM_NAMESPACES
        ? `${this.#directory} has more than ${MAXIMUM_NAMESPACES} namespaces`
        : undefined;
    for (const namespace of namespaces) {
      const directory = join(this.#directory, namespace);
      watched.add(directory);
      this.#watch(directory);
      const ids = await directoriesIn(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        this.#fail(directory, error);
        // What is known of it stays.
        return [...before.keys()]
          .filter((place) => dirname(place) === directory)
          .map((place) => basename(place));
      });
      for (const id of ids) {
        const place = join(directory, id);
        if (found.size === MAXIMUM_CONTAINERS) {
          isCrowded = true;
          break;
        }
        const known = await readContainer(place, `runc/${namespace}/${id}`, before.get(place)).catch(
          (error) => {
            this.#fail(place, error);
            return before.get(place);
          },
        );
        if (known !== undefined) {
          found.set(place, known);
          continue;
        }
        // Its file is still to come.
        watched.add(place);
        this.#watch(place);
      }
    }
    for (const [directory, watcher] of this.#watchers) {
      if (watched.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    if (isCrowded) this.#problem = `${this.#directory} has more than ${MAXIMUM_CONTAINERS} containers`;
    return found;
  }

  /** @throws Error of the system, for the directory of all */
  #watch(directory: string): void {
    if (this.#watchers.has(directory) || this.#isClosed) return;
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#plan(SETTLE_MS));
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(directory);
        this.#plan(RETRY_MS);
      });
      this.#watchers.set(directory, watcher);
    } catch (error) {
      if (directory === this.#directory) throw error;
    }
  }
}

/** By name, so that the order is the same each time. */
async function directoriesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/**
 * @returns undefined for one that has no network of its own, does not run yet, or whose file is not one
 * @throws Error of the system when that cannot be told (rejects)
 */
async function readContainer(
  place: string,
  id: string,
  before: Known | undefined,
): Promise<Known | undefined> {
  const found = await stat(place).catch(unlessMissing);
  if (found === undefined) return undefined;
  const version = `${found.ino} ${found.mtimeMs}`;
  if (before?.version === version) return before;
  const text = await readBounded(join(place, STATE_FILE));
  const container = text === undefined ? undefined : parseState(text, id);
  if (container === undefined) return undefined;
  const isSame =
    before !== undefined && JSON.stringify(plain(before.container)) === JSON.stringify(plain(container));
  return { version, container: isSame ? before.container : container };
}

function plain({ labels, ...rest }: ContainerSight): unknown {
  return { ...rest, labels: [...labels] };
}

/**
 * Reads the text of a state file.
 * @returns undefined for a container without a network of its own, or for another text
 */
export function parseState(text: string, id: string): ContainerSight | undefined {
  let state: StateFile | null;
  try {
    state = JSON.parse(text) as StateFile | null;
  } catch {
    return undefined;
  }
  const { init_process_pid: processId, init_process_start: start, config } = state ?? {};
  const { labels, namespaces } = config ?? {};
  if (!Array.isArray(namespaces) || !isCount(processId) || !isCount(start)) return undefined;
  const network = (namespaces as readonly { type?: unknown; path?: unknown }[]).find(
    (namespace) => namespace?.type === 'NEWNET',
  );
  // Without one it has that of the host.
  if (network === undefined) return undefined;
  // A path that names a process may name another one's later: that of the container's own says the same.
  const isGiven =
    typeof network.path === 'string' && network.path !== '' && !network.path.startsWith('/proc/');
  const netns = parseNamespacePath(isGiven ? network.path : `/proc/${processId}/ns/net`);
  if (!netns.ok) return undefined;
  return {
    id,
    labels: labelsOf(labels),
    netns: netns.value,
    ...(!isGiven && { process: { id: processId, startTicks: String(start) } }),
  };
}

/** runc writes annotations as `key=value`, and among them its own, the bundle. */
function labelsOf(labels: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const label of Array.isArray(labels) ? labels.slice(0, MAXIMUM_LABELS) : []) {
    const [, key, value] = typeof label === 'string' ? (/^([^=]*)=(.*)$/s.exec(label) ?? []) : [];
    if (key !== undefined && value !== undefined && key !== 'bundle') found.set(key, value);
  }
  return found;
}

/** @throws Error of the system but that there is no such file (rejects) */
async function readBounded(path: string): Promise<string | undefined> {
  const file = await open(path, 'r').catch(unlessMissing);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size === 0 || size > MAXIMUM_BYTES) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function hasSame(a: ReadonlyMap<string, Known>, b: ReadonlyMap<string, Known>): boolean {
  return a.size === b.size && [...a].every(([key, { container }]) => b.get(key)?.container === container);
}
