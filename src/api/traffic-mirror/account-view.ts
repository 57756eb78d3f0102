/** What an account may see of one status: whose resources there are, and the lists of them by id. */
import type { NetworkLoadBalancer } from '../../resources/traffic-mirror-target.js';
import type { Catalog } from '../ec2/catalog.js';
import type { Entry, Kind, ResourceKinds } from '../ec2/kinds.js';
import { seesEntry } from '../ec2/visibility.js';
import type { TargetShares } from '../service.js';
import type { StatusReading } from './status-readings.js';

/** What the lists are made of. */
export interface ViewContext {
  readonly catalog: Catalog;
  readonly shares: TargetShares;
  readonly region: string;
  /** The account of the configuration file, whose host it is: it sees what is the host's. */
  readonly hostAccountId: string;
}

type Session = Entry<ResourceKinds['sessions']>;
type Target = Entry<ResourceKinds['targets']>;
type Filter = Entry<ResourceKinds['filters']>;

/** The resources of a list. */
export interface ViewedLists {
  /** Ids. */
  readonly sources: readonly string[];
  readonly sessions: readonly Session[];
  readonly targets: readonly Target[];
  readonly filters: readonly Filter[];
}

export class AccountView {
  readonly accountId: string;
  readonly reading: StatusReading;
  readonly #context: ViewContext;

  constructor(context: ViewContext, accountId: string, reading: StatusReading) {
    this.#context = context;
    this.accountId = accountId;
    this.reading = reading;
  }

  /** True for the account of the configuration file. */
  get isHost(): boolean {
    return this.accountId === this.#context.hostAccountId;
  }

  get catalog(): Catalog {
    return this.#context.catalog;
  }

  owns(entry: Entry<unknown> | undefined): boolean {
    return entry?.ownerId === this.accountId;
  }

  ownsSession(id: string): boolean {
    return this.owns(this.catalog.find('sessions', id));
  }

  ownsTarget(id: string): boolean {
    return this.owns(this.catalog.find('targets', id));
  }

  sees<K extends Kind>(kind: K, entry: Entry<ResourceKinds[K]>): boolean {
    return seesEntry(this.#context, this.accountId, kind, entry);
  }

  /** A resource, if the account sees it. */
  visible<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> | undefined {
    const entry = this.catalog.find(kind, id);
    return entry !== undefined && this.sees(kind, entry) ? entry : undefined;
  }

  /** The id of a session's source, which may be named by its device. */
  sourceOf({ resource }: Session): string {
    const { networkInterfaceId, trafficMirrorSessionId } = resource;
    const running = this.reading.session(trafficMirrorSessionId)?.sourceId;
    return (
      running ?? this.catalog.findInterface(networkInterfaceId)?.networkInterfaceId ?? networkInterfaceId
    );
  }

  /** All that the account sees, by id. Of one status they are made once, however many pages are asked for. */
  get lists(): ViewedLists {
    return this.reading.derive(`lists ${this.accountId}`, () => {
      const sessions = this.#all('sessions', ({ trafficMirrorSessionId }) => trafficMirrorSessionId);
      const { sources } = this.reading.status;
      return {
        sources: this.isHost
          ? sources.map(({ sourceId }) => sourceId).sort(byCode)
          : this.#sourcesOf(sessions),
        sessions,
        targets: this.#all('targets', ({ trafficMirrorTargetId }) => trafficMirrorTargetId),
        filters: this.#all('filters', ({ trafficMirrorFilterId }) => trafficMirrorFilterId),
      };
    });
  }

  /** The named sessions and targets that the account sees, with what they use. */
  named(sessionIds: readonly string[], targetIds: readonly string[]): ViewedLists {
    const sessions = found(sessionIds, (id) => this.visible('sessions', id));
    const used = sessions.map(({ resource }) => resource);
    return {
      sources: this.#sourcesOf(sessions),
      sessions,
      targets: found([...targetIds, ...used.map((one) => one.trafficMirrorTargetId)], (id) =>
        this.visible('targets', id),
      ),
      filters: found(
        used.map((one) => one.trafficMirrorFilterId),
        (id) => this.visible('filters', id),
      ),
    };
  }

  loadBalancer(arn: string): NetworkLoadBalancer | undefined {
    const byArn = this.reading.derive('load balancers', () => {
      const { networkLoadBalancers } = this.catalog.declared;
      return new Map(networkLoadBalancers.map((one) => [one.networkLoadBalancerArn, one]));
    });
    return byArn.get(arn);
  }

  /** Those of its own sessions that are in the running plan. */
  #sourcesOf(sessions: readonly Session[]): string[] {
    const own = sessions.filter((entry) => this.owns(entry));
    const ids = new Set(own.map((entry) => this.sourceOf(entry)));
    return [...ids].filter((id) => this.reading.source(id) !== undefined).sort(byCode);
  }

  #all<K extends Kind>(kind: K, idOf: (resource: ResourceKinds[K]) => string): Entry<ResourceKinds[K]>[] {
    const seen = [...this.catalog.all(kind)].filter((entry) => this.sees(kind, entry));
    return seen.sort((a, b) => byCode(idOf(a.resource), idOf(b.resource)));
  }
}

/** The same order everywhere: pages go on behind an id. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function found<Item>(ids: readonly string[], find: (id: string) => Item | undefined): Item[] {
  return [...new Set(ids)].sort(byCode).flatMap((id) => find(id) ?? []);
}
