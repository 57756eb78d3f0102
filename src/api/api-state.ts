/**
 * The state of the control API: the resources that clients created, beside those of the configuration file. They are
 * kept on disk, and every change is applied by the engine.
 */
import type { Logger } from 'pino';
import type { InactiveSession } from '../resources/build-plan.js';
import type { ResourceSet } from '../resources/resource-set.js';
import {
  type ActiveResources,
  type ActivityContext,
  type AllResources,
  findActiveResources,
  findAllResources,
  findOrphans,
  PlanWatch,
} from './ec2/active-resources.js';
import { Catalog } from './ec2/catalog.js';
import { resourceArn, typeName } from './ec2/kinds.js';
import type { Membership, OrganizationDirectory, TargetDirectory, TargetShares } from './service.js';
import { stateFileIn } from './state/disk.js';
import { Store } from './state/store.js';

const TARGET_ARN = /^arn:aws:ec2:[^:]*:[0-9]{12}:traffic-mirror-target\/(.+)$/;

/** The part of the configuration file that the state depends on. */
export interface DeclaredState {
  readonly resources: ResourceSet;
  readonly region: string;
  /** At least one. The first owns the resources of the file. */
  readonly accountIds: readonly string[];
  /** By the id of the account. Absent: no account is in an organization. */
  readonly memberships?: ReadonlyMap<string, Membership>;
}

/**
 * Makes the engine mirror these resources. When it rejects, the engine goes on as before.
 * @param inactive sessions that are not among them.
 */
export type ApplyResources = (resources: ResourceSet, inactive: readonly InactiveSession[]) => Promise<void>;

export interface ApiStateOptions {
  /** It exists, and its lock is held. */
  readonly stateDirectory: string;
  /** Rejects when the directory no longer belongs to this process; nothing is written then. */
  readonly requireOwned?: () => Promise<void>;
  readonly declared: DeclaredState;
  /** False while selectors may not have found all that there is: sessions on their matches then wait. */
  readonly isInventoryWhole?: () => boolean;
  readonly log: Logger;
}

export class ApiState implements TargetDirectory, OrganizationDirectory {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly #log: Logger;
  readonly #watch: PlanWatch;
  readonly #isInventoryWhole: () => boolean;
  #declared: DeclaredState;
  #shares: TargetShares = { isSharedWith: () => false };
  /** JSON of the inactive sessions that were logged last. */
  #inactive = '[]';

  private constructor(store: Store, { declared, log, isInventoryWhole }: ApiStateOptions) {
    this.#isInventoryWhole = isInventoryWhole ?? (() => true);
    this.store = store;
    this.#declared = declared;
    this.#log = log;
    this.catalog = new Catalog(store, declared.resources, ownerOf(declared));
    this.#watch = new PlanWatch(store, this.catalog);
  }

  /** Reads the state. @throws StateError `damaged`, `unsupported`; Error of the system (reject) */
  static async open(options: ApiStateOptions): Promise<ApiState> {
    const { stateDirectory, requireOwned, log } = options;
    const store = await Store.open(stateFileIn(stateDirectory), {
      ...(requireOwned && { requireOwned }),
      onCut: (cut) => {
        if (cut instanceof Error) log.warn({ reason: cut.message }, 'a torn write cannot be cut off yet');
        else log.warn({ ...cut }, 'a write that was cut short was cut off the state file');
      },
      onFailure: (error) => log.error({ reason: reasonOf(error) }, 'changes of the control api are not made'),
    });
    return new ApiState(store, options);
  }

  /** Sets the shares. They are kept in this state, so they are made after it. */
  setShares(shares: TargetShares): void {
    this.#shares = shares;
  }

  /** The resources of file and API that the plan is made of. Logs the inactive sessions when they have changed. */
  get active(): ActiveResources {
    const active = findActiveResources(this.#context);
    this.#logInactive(active.inactive);
    return active;
  }

  /**
   * Everything that file and API have, as it is at this moment. Resolves when that is durable.
   * @throws StateError when it was undone (rejects)
   */
  async readAll(): Promise<AllResources> {
    const all = findAllResources(this.#context);
    await this.store.settled();
    return all;
  }

  get #context(): ActivityContext {
    const { region, accountIds } = this.#declared;
    return { catalog: this.catalog, shares: this.#shares, region, accountIds: new Set(accountIds) };
  }

  /** Has the engine apply every change from now on. A change that it rejects is undone. */
  startApplying(apply: ApplyResources): void {
    this.store.setGroupListener(() => {
      if (!this.#watch.wasChanged()) return async () => {};
      const { resources, inactive } = this.active;
      return () => apply(resources, inactive);
    });
  }

  /** Deletes the sessions whose source was taken out of the inventory. */
  async removeOrphans(): Promise<void> {
    const orphans = findOrphans(this.catalog, this.#isInventoryWhole());
    if (orphans.length === 0) return;
    for (const sessionId of orphans) this.#log.warn({ sessionId }, 'source is gone, session deleted');
    await this.store.commit(orphans.map((key) => ({ table: 'sessions', key, value: undefined })));
  }

  /**
   * Replaces the declared state. No other change runs meanwhile.
   * @throws what `apply` throws (rejects); everything is then as before
   */
  async reload(declared: DeclaredState, apply: ApplyResources): Promise<void> {
    await this.store.exclusive(async () => {
      const before = this.#declared;
      this.declare(declared);
      try {
        const { resources, inactive } = this.active;
        await apply(resources, inactive);
      } catch (error) {
        this.declare(before);
        throw error;
      }
    });
    await this.removeOrphans();
  }

  ownerOf(targetArn: string): string | undefined {
    const [, id = ''] = TARGET_ARN.exec(targetArn) ?? [];
    const ownerId = this.catalog.find('targets', id)?.ownerId;
    if (ownerId === undefined) return undefined;
    return resourceArn(typeName('targets'), id, this.#declared.region, ownerId) === targetArn
      ? ownerId
      : undefined;
  }

  membershipOf(accountId: string): Membership | undefined {
    return this.#declared.memberships?.get(accountId);
  }

  hasUnit(organization: string, unit: string): boolean {
    return [...(this.#declared.memberships?.values() ?? [])].some(
      (membership) =>
        membership.organization === organization && membership.organizationalUnits.includes(unit),
    );
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** Replaces the declared state before anything is applied. */
  declare(declared: DeclaredState): void {
    this.#declared = declared;
    this.catalog.declare(declared.resources, ownerOf(declared));
  }

  #logInactive(inactive: readonly InactiveSession[]): void {
    const told = inactive.map(({ session, reason }) => ({
      sessionId: session.trafficMirrorSessionId,
      reason,
    }));
    const text = JSON.stringify(told);
    if (text === this.#inactive) return;
    this.#inactive = text;
    const [first] = told;
    if (first === undefined) this.#log.info('every session of the control api is active again');
    else this.#log.warn({ sessions: told.length, ...first }, 'inactive sessions');
  }
}

/** The message of an error with that of its cause, which names paths. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function ownerOf({ accountIds: [first = ''] }: DeclaredState): string {
  return first;
}
