/**
 * Containers of Docker, by its socket. Its list and its events name them; what is inspected has the path of the namespace.
 * While Docker does not answer, the containers are those of before: they go on without it, and their paths tell when not.
 */
import { parseNamespacePath } from '../resources/device.js';
import { type ContainerSource, MAXIMUM_CONTAINERS } from './containers.js';
import { dockerEvents, dockerGet } from './docker-client.js';
import type { ContainerSight } from './world.js';

/** A container has a namespace from the first of these events to the second. */
const START = 'start';
const END = 'die';
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** Containers that are asked about at one time. */
const INSPECTIONS = 4;
const CONTAINER_ID = /^[0-9a-f]{64}$/;

/** The parts of Docker's answers that are read; each is checked. */
interface Inspected {
  readonly Id?: unknown;
  readonly State?: { readonly Running?: unknown };
  readonly Config?: { readonly Labels?: unknown };
  readonly HostConfig?: { readonly NetworkMode?: unknown };
  readonly NetworkSettings?: { readonly SandboxKey?: unknown };
}

export class DockerContainers implements ContainerSource {
  readonly ready: Promise<void>;
  readonly #socketPath: string;
  readonly #onChange: () => void;
  #isReady = (): void => {};
  #containers = new Map<string, ContainerSight>();
  #problem: string | undefined = 'not asked yet';
  /** Ids that are to be asked about. */
  readonly #asked = new Set<string>();
  /** Of those that are asked about now, the ones that ended meanwhile: the answer may be of before. */
  readonly #ended = new Set<string>();
  readonly #inspecting = new Set<string>();
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #stop = (): void => {};
  #isClosed = false;

  constructor(socketPath: string, onChange: () => void) {
    this.#socketPath = socketPath;
    this.#onChange = onChange;
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#connect();
  }

  get containers(): readonly ContainerSight[] {
    return [...this.#containers.values()];
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get isWhole(): boolean {
    return this.#problem === undefined && this.#asked.size === 0 && this.#inspecting.size === 0;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#stop();
    this.#isReady();
  }

  /** Events first, then the list: what happens in between is heard. */
  #connect(): void {
    this.#stop = dockerEvents(this.#socketPath, [START, END], {
      open: () => void this.#list(),
      event: (event) =>
        this.#hear(event as { Action?: unknown; status?: unknown; id?: unknown; Actor?: { ID?: unknown } }),
      end: (reason) => this.#fail(reason),
    });
  }

  async #list(): Promise<void> {
    try {
      const list = await dockerGet(this.#socketPath, `/containers/json?limit=${MAXIMUM_CONTAINERS + 1}`);
      if (this.#isClosed) return;
      // An answer without a list says nothing about containers.
      if (!Array.isArray(list))
        throw new Error(`${this.#socketPath}: an answer that is no list of containers`);
      const ids = list.flatMap(({ Id }: Inspected) => idOf(Id) ?? []);
      const running = new Set(ids.slice(0, MAXIMUM_CONTAINERS));
      const before = this.#containers.size;
      for (const id of this.#containers.keys()) if (!running.has(id)) this.#containers.delete(id);
      if (this.#containers.size !== before) this.#onChange();
      // Those that are known too: one may have been started again meanwhile, in another namespace.
      for (const id of running) this.#asked.add(id);
      this.#problem =
        ids.length > MAXIMUM_CONTAINERS ? `more than ${MAXIMUM_CONTAINERS} containers` : undefined;
      this.#retryMs = FIRST_RETRY_MS;
      this.#inspect();
    } catch (error) {
      this.#stop();
      this.#fail((error as Error).message);
    }
  }

  #hear(event: { Action?: unknown; status?: unknown; id?: unknown; Actor?: { ID?: unknown } } | null): void {
    const id = idOf(event?.Actor?.ID ?? event?.id);
    const action = event?.Action ?? event?.status;
    if (id === undefined) return;
    if (action === START && this.#asked.size < MAXIMUM_CONTAINERS) this.#asked.add(id);
    if (action === END) {
      this.#asked.delete(id);
      if (this.#inspecting.has(id)) this.#ended.add(id);
      if (this.#containers.delete(id)) this.#onChange();
    }
    this.#inspect();
  }

  /** Asks about the next ones. */
  #inspect(): void {
    for (const id of this.#asked) {
      if (this.#inspecting.size === INSPECTIONS || this.#isClosed) break;
      if (this.#inspecting.has(id)) continue;
      this.#asked.delete(id);
      this.#inspecting.add(id);
      void this.#inspectOne(id).finally(() => {
        this.#inspecting.delete(id);
        this.#ended.delete(id);
        this.#inspect();
      });
    }
    if (this.#inspecting.size > 0 || this.#asked.size > 0) return;
    this.#isReady();
    // They may be the same, and yet are known to be all only now.
    if (!this.#isClosed) this.#onChange();
  }

  async #inspectOne(id: string): Promise<void> {
    const answer = await dockerGet(this.#socketPath, `/containers/${id}/json`).catch((error: Error) => {
      this.#problem = error.message;
      // The list tells of it again.
      this.#stop();
      this.#fail(error.message);
    });
    if (this.#isClosed || answer === undefined) return;
    const container = this.#ended.has(id) ? undefined : readInspected(answer);
    const isNew = container !== undefined && this.#containers.size < MAXIMUM_CONTAINERS;
    if (isNew) this.#containers.set(id, container);
    else if (!this.#containers.delete(id)) return;
    this.#onChange();
  }

  #fail(reason: string): void {
    if (this.#isClosed) return;
    this.#problem = reason;
    this.#isReady();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs).unref();
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
  }
}

/** @returns undefined for one that does not run, or has no network of its own */
export function readInspected(answer: unknown): ContainerSight | undefined {
  const { Id, State, Config, HostConfig, NetworkSettings } = (answer ?? {}) as Inspected;
  const id = idOf(Id);
  const mode = HostConfig?.NetworkMode;
  const isForeign = mode === 'host' || (typeof mode === 'string' && /^(container|ns):/.test(mode));
  if (id === undefined || State?.Running !== true || isForeign) return undefined;
  const netns = parseNamespacePath(NetworkSettings?.SandboxKey);
  if (!netns.ok) return undefined;
  const labels = new Map<string, string>();
  const given = Config?.Labels;
  for (const [key, value] of Object.entries(typeof given === 'object' && given !== null ? given : {})) {
    if (typeof value === 'string') labels.set(key, value);
  }
  return { id: `docker/${id}`, labels, netns: netns.value };
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && CONTAINER_ID.test(value) ? value : undefined;
}
