/** Active resources: those of the configuration file and of the API that the engine mirrors. */
import type { InactiveSession } from '../../resources/build-plan.js';
import { mayMirror } from '../../resources/network-interface.js';
import type { ResourceSet } from '../../resources/resource-set.js';
import { brokenSessionRules, checkSourceIsNoTarget, checkTargetIsNoSource } from '../../resources/rules.js';
import type { TrafficMirrorFilter } from '../../resources/traffic-mirror-filter.js';
import type { TrafficMirrorSession } from '../../resources/traffic-mirror-session.js';
import type { TrafficMirrorTarget } from '../../resources/traffic-mirror-target.js';
import type { TargetShares } from '../service.js';
import type { Store } from '../state/store.js';
import type { Catalog } from './catalog.js';
import {
  CLIENT_TOKENS,
  type Entry,
  isDeclared,
  type Kind,
  type ResourceKinds,
  resourceArn,
  typeName,
} from './kinds.js';

export interface ActiveResources {
  /** Passes `checkResources`. Targets and filters that no session uses are left out. */
  readonly resources: ResourceSet;
  readonly inactive: readonly InactiveSession[];
}

export interface ActivityContext {
  readonly catalog: Catalog;
  readonly shares: TargetShares;
  readonly region: string;
  /** Ids of the accounts in the configuration file. */
  readonly accountIds: ReadonlySet<string>;
}

interface Parts {
  readonly target: TrafficMirrorTarget;
  readonly filter: TrafficMirrorFilter;
}

/** Everything that there is, whether or not it is used. */
export interface AllResources {
  readonly resources: ResourceSet;
  readonly inactive: readonly { readonly sessionId: string; readonly reason: string }[];
  /** The account of each target, filter and session, by its id. */
  readonly owners: Readonly<Record<string, string>>;
}

/** Lists the resources of file and API: those of the file first, then those of the API by age. */
export function findAllResources(context: ActivityContext): AllResources {
  const { catalog } = context;
  const targets = [...catalog.all('targets')];
  const filters = [...catalog.all('filters')];
  const sessions = [...catalog.all('sessions')];
  return {
    resources: {
      ...catalog.declared,
      trafficMirrorTargets: targets.map(({ resource }) => resource),
      trafficMirrorFilters: filters.map(({ resource }) => resource),
      trafficMirrorSessions: sessions.map(({ resource }) => resource),
    },
    inactive: findActiveResources(context).inactive.map(({ session, reason }) => ({
      sessionId: session.trafficMirrorSessionId,
      reason,
    })),
    owners: Object.fromEntries([
      ...targets.map(({ ownerId, resource }) => [resource.trafficMirrorTargetId, ownerId]),
      ...filters.map(({ ownerId, resource }) => [resource.trafficMirrorFilterId, ownerId]),
      ...sessions.map(({ ownerId, resource }) => [resource.trafficMirrorSessionId, ownerId]),
    ]),
  };
}

/**
 * Finds the sessions that can mirror. Others depend on something that is gone: a share, or a part of the configuration
 * file.
 */
export function findActiveResources(context: ActivityContext): ActiveResources {
  const { catalog } = context;
  const targets = new Set<TrafficMirrorTarget>();
  const filters = new Set<TrafficMirrorFilter>();
  const sessions: TrafficMirrorSession[] = [];
  const inactive: InactiveSession[] = [];
  for (const entry of catalog.all('sessions')) {
    const parts = partsOf(context, entry);
    if (typeof parts === 'string') {
      inactive.push({ session: entry.resource, reason: parts });
      continue;
    }
    targets.add(parts.target);
    filters.add(parts.filter);
    sessions.push(entry.resource);
  }
  const resources = {
    ...catalog.declared,
    trafficMirrorTargets: [...targets],
    trafficMirrorFilters: [...filters],
    trafficMirrorSessions: sessions,
  };
  return { resources, inactive };
}

/**
 * Ids of the sessions whose source was taken out of the inventory.
 * A session may name its source by id or by device.
 * @param isWhole false: matches of selectors may be missing from it, and so may a device's: no session is an orphan
 */
export function findOrphans(catalog: Catalog, isWhole = true): string[] {
  if (!isWhole) return [];
  const orphans: string[] = [];
  for (const { hasDeclaredSource, resource } of catalog.allCreated('sessions')) {
    if (hasDeclaredSource !== true) continue;
    const source = catalog.findInterface(resource.networkInterfaceId);
    if (source === undefined || !catalog.isDeclaredInterface(source))
      orphans.push(resource.trafficMirrorSessionId);
  }
  return orphans;
}

/** @returns target and filter, or the reason why the session is inactive */
function partsOf(context: ActivityContext, entry: Entry<TrafficMirrorSession>): Parts | string {
  const { catalog } = context;
  const { resource } = entry;
  const target = catalog.find('targets', resource.trafficMirrorTargetId);
  const filter = catalog.find('filters', resource.trafficMirrorFilterId);
  if (target === undefined) return `target ${resource.trafficMirrorTargetId} is gone`;
  if (filter === undefined) return `filter ${resource.trafficMirrorFilterId} is gone`;
  const parts = { target: target.resource, filter: filter.resource };
  if (isDeclared(entry)) return parts;
  return obstacle(context, entry, target) ?? parts;
}

/** The reason why a session of the API is inactive; undefined: it is active. */
function obstacle(
  context: ActivityContext,
  { ownerId, resource, hasDeclaredSource }: Entry<TrafficMirrorSession>,
  target: Entry<TrafficMirrorTarget>,
): string | undefined {
  const { catalog, accountIds } = context;
  const { networkInterfaceId, sessionNumber } = resource;
  if (!accountIds.has(ownerId)) return `account ${ownerId} is not configured`;
  const source = catalog.findInterface(networkInterfaceId);
  const isGone = hasDeclaredSource === true && (source === undefined || !catalog.isDeclaredInterface(source));
  if (source?.device === undefined || isGone) return `source ${networkInterfaceId} is gone`;
  if (!mayMirror(source, ownerId)) {
    return `source ${networkInterfaceId} belongs to account ${source.ownerId}`;
  }
  if (!mayUse(context, target, ownerId))
    return `target ${target.resource.trafficMirrorTargetId} is not shared`;
  const [broken] = brokenSessionRules({
    view: catalog,
    // Numbers come last, where a session of the configuration file takes precedence.
    session: { ...resource, sessionNumber: undefined },
    receiver: target.resource,
    self: resource.trafficMirrorSessionId,
    nameOf: (id) => id,
  });
  if (broken !== undefined) return `${wordsOf(broken.field)} ${broken.text}`;
  if (catalog.receiverAddresses(target.resource).length === 0) return `the receiver of the target is gone`;
  const user = checkSourceIsNoTarget(catalog, source)?.other;
  if (user !== undefined) return `source ${networkInterfaceId} is in use by target ${user}`;
  const mirrored = checkTargetIsNoSource(catalog, target.resource)?.other;
  if (mirrored !== undefined) return `the receiver of the target is in use by session ${mirrored}`;
  // A session of the configuration file takes precedence.
  const declared = catalog.declaredSessionWithNumber(networkInterfaceId, sessionNumber);
  return declared === undefined ? undefined : `session number ${sessionNumber} is in use by ${declared}`;
}

/** The name of an attribute in a sentence. */
function wordsOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function mayUse(
  { shares, region }: ActivityContext,
  target: Entry<TrafficMirrorTarget>,
  accountId: string,
): boolean {
  if (target.ownerId === accountId) return true;
  const id = target.resource.trafficMirrorTargetId;
  return shares.isSharedWith(resourceArn(typeName('targets'), id, region, target.ownerId), accountId);
}

/** Watches the state for changes that can change what is mirrored. */
export class PlanWatch {
  readonly #catalog: Catalog;
  #isStale = false;

  constructor(store: Store, catalog: Catalog) {
    this.#catalog = catalog;
    store.watch((table, key, before, after) => {
      if (this.#matters(table, key, before, after)) this.#isStale = true;
    });
  }

  /** True when there was such a change since the last call. */
  wasChanged(): boolean {
    const isStale = this.#isStale;
    this.#isStale = false;
    return isStale;
  }

  /** Targets and filters matter while a session uses them. Unknown tables may matter. */
  #matters(table: string, key: string, before: unknown, after: unknown): boolean {
    if (table === CLIENT_TOKENS) return false;
    if (table === 'targets') return this.#catalog.sessionsOfTarget(key).length > 0 && !isAlike(before, after);
    if (table === 'filters') return this.#catalog.sessionsOfFilter(key).length > 0 && !isAlike(before, after);
    return table !== 'sessions' || !isAlike(before, after);
  }
}

/** True when two entries differ in nothing but descriptions and tags. */
function isAlike(before: unknown, after: unknown): boolean {
  return before !== undefined && after !== undefined && essence(before) === essence(after);
}

function essence(value: unknown): string {
  const { resource } = value as Entry<ResourceKinds[Kind]>;
  return JSON.stringify({ ...resource, description: undefined, tags: undefined });
}
