/**
 * Follows what selectors find. Changes are told together, a moment after the first: devices that come in numbers make
 * one plan, and those that go again at once make none.
 */
import type { Libc } from '../linux/libc.js';
import type { OpenProcess } from '../linux/process-descriptor.js';
import type { DeviceName, NamespacePath } from '../resources/device.js';
import type { NetworkInterface } from '../resources/network-interface.js';
import type { ContainerSettings, Selection } from '../resources/network-interface-selector.js';
import type { ContainerSource } from './containers.js';
import { DockerContainers } from './docker-containers.js';
import { type DeclaredSight, type Found, findMatches, matchKey } from './find-matches.js';
import { identityOf } from './namespace-identity.js';
import { NamespacePaths } from './namespace-paths.js';
import { NamespaceWatch, type WantedNamespace } from './namespace-watch.js';
import { RuncState } from './runc-state.js';
import { directoriesOf, plainPath, SelectorTest } from './selector-test.js';
import type { ContainerSight, NamespaceSight } from './world.js';

/** From a change to when it is told, so that others come with it. */
const SETTLE_MS = 60;
/** From one time to the next. Both together leave time to change the plan within a second. */
const INTERVAL_MS = 250;
/** The first look does not wait longer for runtimes and the kernel. */
const FIRST_LOOK_MS = 2000;

const NOTHING: Found = { matches: [], leftOut: new Map() };
const NO_SIGHT: NamespaceSight = { identity: '', devices: [] };

export interface SelectorWatchOptions {
  readonly libc: Libc;
  readonly openProcess: OpenProcess;
  /** What is found is different now. */
  readonly onChange: () => void;
  /** Something cannot be looked at: it is not as it should be, and goes on. */
  readonly onError: (error: Error) => void;
}

/** What is followed. */
export interface Followed {
  readonly selection: Selection;
  /** Interfaces of the file. */
  readonly declared: readonly NetworkInterface[];
  /** Matches of all selectors together. */
  readonly most: number;
}

export class SelectorWatch {
  readonly #options: SelectorWatchOptions;
  readonly #paths = new NamespacePaths(() => this.#change('places'));
  #namespaces: NamespaceWatch | undefined;
  #tests: readonly SelectorTest[] = [];
  #declared: readonly DeclaredSight['declared'][] = [];
  #sources: readonly ContainerSource[] = [];
  #most = 0;
  #settings = '{}';
  #found: Found = NOTHING;
  #keys: ReadonlySet<string> = new Set();
  #arePlacesStale = true;
  #isWhole = false;
  #timer: NodeJS.Timeout | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: SelectorWatchOptions) {
    this.#options = options;
  }

  get found(): Found {
    return this.#found;
  }

  /**
   * True when `found` is known to be all that there is: every runtime and namespace was looked at as a whole, and nothing was
   * left out. Only then is what is missing from it gone.
   */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What keeps selectors from looking everywhere, one line each. */
  get problems(): string[] {
    return [
      ...this.#sources.flatMap(({ problem }) => problem ?? []),
      ...(this.#namespaces?.problems ?? []),
      ...this.#paths.problems,
      ...(this.#paths.isCrowded ? ['a directory of namespaces has too many files'] : []),
    ];
  }

  /** Follows these selectors, and no others. Resolves when they were looked at, or that takes too long. Never rejects. */
  async follow({ selection, declared, most }: Followed): Promise<void> {
    const { selectors, containers } = selection;
    this.#tests = selectors.map((selector) => new SelectorTest(selector));
    this.#most = most;
    this.#declared = declared.flatMap((one) =>
      one.device === undefined ? [] : [{ ...one, device: one.device as DeviceName }],
    );
    const isOnlyOfDeclared = this.#tests.every(
      ({ isOfDeclared, namesContainers }) => isOfDeclared && !namesContainers,
    );
    this.#paths.setDirectories(
      selectors.flatMap(({ netns, containerLabel }) =>
        netns === undefined || containerLabel !== undefined ? [] : directoriesOf(netns),
      ),
    );
    this.#setContainers(this.#tests.some(({ namesContainers }) => namesContainers) ? containers : {});
    if (isOnlyOfDeclared) {
      await this.#namespaces?.close();
      this.#namespaces = undefined;
    } else this.#namespaces ??= this.#open();
    this.#arePlacesStale = true;
    this.#isWhole = false;
    const ready = Promise.all(this.#sources.map((source) => source.ready)).then(() => this.#look());
    await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, FIRST_LOOK_MS).unref())]);
  }

  /** Looks again soon. */
  again(): void {
    this.#change('places');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#paths.close();
    this.#setContainers({});
    await this.#namespaces?.close();
    await this.#looking;
  }

  #open(): NamespaceWatch {
    const { libc, openProcess } = this.#options;
    return new NamespaceWatch(libc, openProcess, (what) => this.#change(what));
  }

  #setContainers(settings: ContainerSettings): void {
    const { docker, runc } = settings;
    const text = JSON.stringify([docker, runc]);
    if (text === this.#settings) return;
    this.#settings = text;
    for (const source of this.#sources) source.close();
    const onChange = (): void => this.#change('places');
    this.#sources = [
      ...(docker === undefined ? [] : [new DockerContainers(docker, onChange)]),
      ...(runc === undefined ? [] : [new RuncState(runc, onChange)]),
    ];
  }

  #change(what: 'devices' | 'places'): void {
    if (what === 'places') this.#arePlacesStale = true;
    if (this.#isClosed || this.#timer !== undefined) return;
    const due = Math.max(performance.now() + SETTLE_MS, this.#lastMs + INTERVAL_MS);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, due - performance.now());
  }

  /** Looks once, after the look before. Never rejects. */
  #look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#lookNow())
      .catch((error: Error) => this.#options.onError(error));
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#arePlacesStale) {
      this.#arePlacesStale = false;
      await this.#namespaces?.sync(this.#wantedNamespaces());
    }
    this.#lastMs = performance.now();
    const { own = NO_SIGHT, namespaces = new Map<NamespacePath, NamespaceSight>() } = this.#namespaces ?? {};
    const world = { own, namespaces, containers: this.#containers };
    const declared = this.#declared.map((one) => ({
      declared: one,
      identity: one.netns === undefined ? '' : (identityOf(one.netns) ?? one.netns),
    }));
    const found = findMatches(this.#tests, world, declared, this.#keys, this.#most);
    const isSame = JSON.stringify(found.matches) === JSON.stringify(this.#found.matches);
    const hasSameRest = JSON.stringify([...found.leftOut]) === JSON.stringify([...this.#found.leftOut]);
    this.#found = found;
    this.#keys = new Set(found.matches.map(matchKey));
    const wasWhole = this.#isWhole;
    this.#isWhole = this.#canSeeAll && found.leftOut.size === 0;
    if (!(isSame && hasSameRest) || this.#isWhole !== wasWhole) this.#options.onChange();
  }

  /** At this moment: what was looked at is not being looked at again, and could be read. */
  get #canSeeAll(): boolean {
    return (
      !this.#arePlacesStale &&
      this.problems.length === 0 &&
      this.#sources.every(({ isWhole }) => isWhole) &&
      (this.#namespaces?.isWhole ?? true)
    );
  }

  get #containers(): readonly ContainerSight[] {
    return this.#sources.flatMap(({ containers }) => containers);
  }

  #wantedNamespaces(): WantedNamespace[] {
    const byPath = this.#tests.filter(
      ({ isOfDeclared, namesContainers, namesNamespaces }) =>
        !isOfDeclared && !namesContainers && namesNamespaces,
    );
    const byContainer = this.#tests.filter(({ namesContainers }) => namesContainers);
    const paths =
      byPath.length === 0 ? [] : this.#paths.find((path) => byPath.some((test) => test.fitsNamespace(path)));
    const containers = this.#containers.filter((container) =>
      byContainer.some(
        (test) => test.fitsContainer(container) && test.fitsNamespace(plainPath(container.netns)),
      ),
    );
    return [
      ...containers.map(({ netns, process }) => ({ path: netns, process })),
      ...paths.map((path) => ({ path })),
    ];
  }
}
