/** The sources that selectors find: the resources with them, their status, and one warning for what is left out. */
import type { Logger } from 'pino';
import type { Configuration } from '../config/load.js';
import { chooseBackend } from '../io/backends.js';
import type { Libc } from '../linux/libc.js';
import { type OpenProcess, openProcessOpener } from '../linux/process-descriptor.js';
import type { Vni } from '../resources/numbers.js';
import type { ResourceSet } from '../resources/resource-set.js';
import {
  type LeftOutReason,
  MAXIMUM_IN_NAMESPACE,
  MAXIMUM_MATCHES,
  MAXIMUM_MATCHES_LIBPCAP,
} from '../select/find-matches.js';
import { hostKey } from '../select/host-key.js';
import { type Expanded, SelectedResources } from '../select/selected-resources.js';
import { SelectorWatch } from '../select/selector-watch.js';
import type { SelectorStatus } from '../status/status.js';
import { RateLimit } from './log.js';
import { StateDirectoryError } from './state-directory.js';

/** One line about a selector in this time, whatever comes and goes. */
const LOG_INTERVAL_MS = 10_000;
/** What could not be applied is tried again. */
const RETRY_MS = 5000;

type Wanted = Pick<Configuration, 'resources' | 'selection' | 'quotas' | 'api' | 'engine'>;

export interface SelectedSourcesOptions {
  readonly stateDirectory: string;
  /** Undefined: without koffi selectors find only what is declared. */
  readonly libc: Libc | undefined;
  readonly log: Logger;
  /** What is found is different: `expand` gives other resources. */
  readonly onChange: () => void;
}

export class SelectedSources {
  readonly #options: SelectedSourcesOptions;
  readonly #limit = new RateLimit(LOG_INTERVAL_MS);
  #watch: SelectorWatch | undefined;
  #resources: SelectedResources | undefined;
  #wanted: Wanted | undefined;
  #expanded: Expanded | undefined;
  #isWhole = false;
  #most = MAXIMUM_MATCHES;
  /** By selector: the reasons that were warned of. */
  readonly #warned = new Map<string, string>();
  #retry: NodeJS.Timeout | undefined;

  constructor(options: SelectedSourcesOptions) {
    this.#options = options;
  }

  /**
   * True when what was expanded last is known to be all that selectors find. What a look finds afterwards does not count:
   * the resources are those of the expansion.
   */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Follows the selectors of a configuration. @throws StateDirectoryError (rejects) */
  async follow(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    const { selection, resources, engine } = wanted;
    if (selection.selectors.length === 0 && this.#watch === undefined) return;
    this.#resources ??= new SelectedResources(this.#key());
    this.#watch ??= await this.#open();
    // When none works the start says so.
    const choice = await chooseBackend(engine.io).catch(() => undefined);
    this.#most = choice?.io === 'libpcap' ? MAXIMUM_MATCHES_LIBPCAP : MAXIMUM_MATCHES;
    await this.#watch?.follow({ selection, declared: resources.networkInterfaces, most: this.#most });
  }

  /** The resources of a configuration with the matches that there are now. @param isVniTaken by a session of the API */
  expand({ resources, selection, quotas, api }: Wanted, isVniTaken: (vni: Vni) => boolean): ResourceSet {
    // Without koffi nothing is looked at: selectors then find nothing, and what they found before is not gone.
    this.#isWhole = this.#watch?.isWhole ?? selection.selectors.length === 0;
    if (this.#resources === undefined) return resources;
    const { sessionsPerNetworkInterface: sessionsPerInterface } = quotas;
    const ownerId = api?.accounts[0].accountId;
    const declared = { resources, selection, sessionsPerInterface, ownerId };
    this.#expanded = this.#resources.expand(declared, this.#watch?.found.matches ?? [], isVniTaken);
    this.#warn();
    return this.#expanded.resources;
  }

  get status(): SelectorStatus[] {
    const { selection: { selectors } = { selectors: [] } } = this.#wanted ?? {};
    const { matches, leftOut } = this.#watch?.found ?? { matches: [], leftOut: new Map<string, never>() };
    const counts = new Map<string, number>();
    for (const { selectorId } of matches) counts.set(selectorId, (counts.get(selectorId) ?? 0) + 1);
    const [problem = ''] = this.#watch?.problems ?? [];
    return selectors.map(({ selectorId, maximumMatches }) => {
      const refused = (this.#expanded?.refused ?? []).filter((one) => one.selectorId === selectorId);
      const rest = leftOut.get(selectorId);
      const reason =
        rest === undefined
          ? (refused[0]?.reason ?? problem)
          : wordsFor(rest.reason, maximumMatches, this.#most);
      return {
        selectorId,
        matches: counts.get(selectorId) ?? 0,
        leftOut: refused.length + (rest?.count ?? 0),
        reason,
      };
    });
  }

  /** What was expanded last could not be applied: it is tried again. */
  refused(error: Error): void {
    if (this.#limit.allows(error.message, performance.now())) {
      this.#options.log.error({ reason: error.message }, 'sources of selectors cannot be changed now');
    }
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry);
    await this.#watch?.close();
  }

  #key(): Uint8Array {
    const { stateDirectory } = this.#options;
    try {
      return hostKey(stateDirectory);
    } catch (error) {
      const { message } = error as Error;
      throw new StateDirectoryError(`${stateDirectory}: the key of selectors cannot be kept: ${message}`);
    }
  }

  async #open(): Promise<SelectorWatch | undefined> {
    const { libc, log, onChange } = this.#options;
    const openProcess: OpenProcess | undefined = await openProcessOpener().catch(() => undefined);
    if (libc === undefined || openProcess === undefined) {
      log.error({ reason: 'the package koffi is missing' }, 'selectors find nothing');
      return undefined;
    }
    const onError = (error: Error): void => {
      if (this.#limit.allows(error.message, performance.now()))
        log.error({ err: error }, 'selectors cannot look');
    };
    return new SelectorWatch({ libc, openProcess, onChange, onError });
  }

  /** Once when it begins, and again when it is for another reason. */
  #warn(): void {
    for (const { selectorId, matches, leftOut, reason } of this.status) {
      if (reason === this.#warned.get(selectorId)) continue;
      if (reason === '') {
        this.#warned.delete(selectorId);
        continue;
      }
      if (!this.#limit.allows(`left out ${selectorId}`, performance.now())) continue;
      this.#warned.set(selectorId, reason);
      this.#options.log.warn(
        { selectorId, matches, leftOut, reason },
        'selector does not have all that it finds',
      );
    }
  }
}

function wordsFor(reason: LeftOutReason, maximumMatches: number, most: number): string {
  switch (reason) {
    case 'maximum-matches':
      return `more than its maximumMatches of ${maximumMatches}`;
    case 'all-matches':
      return `all selectors together find more than ${most}${most === MAXIMUM_MATCHES ? '' : ', the most with libpcap I/O'}`;
    case 'namespace-devices':
      return `a namespace has more than ${MAXIMUM_IN_NAMESPACE} devices that fit`;
  }
}

/** Whether two expansions of one file have the same matches: what is the same is the same object. */
export function hasSameSources(a: ResourceSet, b: ResourceSet): boolean {
  const isSame = (some: readonly unknown[], other: readonly unknown[]): boolean =>
    some.length === other.length && some.every((item, index) => item === other[index]);
  return (
    isSame(a.networkInterfaces, b.networkInterfaces) &&
    isSame(a.trafficMirrorSessions, b.trafficMirrorSessions)
  );
}
