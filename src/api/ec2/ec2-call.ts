/** A call of the EC2 service: its parameters, and what its caller may see and do. */
import type { SessionActivity } from '../../plan/session-activity.js';
import { mayMirror, type NetworkInterface } from '../../resources/network-interface.js';
import type { Quotas } from '../../resources/quotas.js';
import type { Tags } from '../../resources/tags.js';
import { accessDenied } from '../authorization/authorize.js';
import { requestTagConditions } from '../authorization/condition.js';
import type { ClientTokens } from '../client-tokens.js';
import type { InventorySource } from '../inventory/inventory-source.js';
import type { Authorize, ConditionKeys, Principal, TargetShares } from '../service.js';
import type { ActionName } from '../services.js';
import type { Store } from '../state/store.js';
import type { WorkQueue } from '../work-queue.js';
import type { Catalog, FoundRule } from './catalog.js';
import { belongsToAnother, Ec2Error } from './ec2-error.js';
import {
  type ClientTokenRecord,
  type Entry,
  isDeclared,
  type Kind,
  notFound,
  type ResourceKinds,
  type ResourceType,
  resourceArn,
  typeName,
  whyFixed,
} from './kinds.js';
import type { Parameters } from './parameters.js';
import { interfaceConditions, resourceTagConditions } from './policy-conditions.js';
import type { Structure } from './response.js';
import { seesEntry } from './visibility.js';

/** Runs an action. @returns the content of the response. @throws Ec2Error (rejects) for what the caller did wrong */
export type Action = (call: Ec2Call) => Promise<Structure>;

/** Actions by name. A file of actions exports its own, which together are those of `services.ts`. */
export type Actions = Readonly<Partial<Record<ActionName<'ec2'>, Action>>>;

/** What calls read and change. */
export interface Ec2Context {
  readonly catalog: Catalog;
  readonly store: Store;
  readonly work: WorkQueue;
  readonly tokens: ClientTokens<ClientTokenRecord>;
  readonly shares: TargetShares;
  readonly authorize: Authorize;
  readonly quotas: () => Quotas;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** True when the host has a network device of that name. */
  readonly hasDevice: (name: string) => boolean;
  /** What a session does now; undefined: it is not known yet. */
  readonly activityOf: (sessionId: string) => SessionActivity | undefined;
  readonly inventory: InventorySource;
}

const NETWORK_INTERFACE = 'network-interface';

const VPC_ENDPOINT = 'vpc-endpoint';

export class Ec2Call {
  readonly action: string;
  readonly region: string;
  readonly principal: Principal;
  readonly parameters: Parameters;
  readonly context: Ec2Context;
  #isDryRun = false;

  constructor(
    call: { readonly action: string; readonly region: string; readonly principal: Principal },
    parameters: Parameters,
    context: Ec2Context,
  ) {
    this.action = call.action;
    this.region = call.region;
    this.principal = call.principal;
    this.parameters = parameters;
    this.context = context;
  }

  get accountId(): string {
    return this.principal.accountId;
  }

  /** Asks for permission where there is no resource to name. @throws Ec2Error UnauthorizedOperation */
  allowAction(conditions: ConditionKeys = {}): void {
    this.#allow(this.action, '*', conditions);
  }

  /**
   * Asks for permission to create a resource of the type with the tags. As in EC2, tags need permission to create tags
   * besides.
   * @throws Ec2Error UnauthorizedOperation
   */
  allowCreation(type: ResourceType, tags: Tags): void {
    const arn = this.#arn(typeName(type), '*', this.accountId);
    const conditions = requestTagConditions(Object.entries(tags));
    this.#allow(this.action, arn, conditions);
    if (Object.keys(tags).length > 0) {
      this.#allow('CreateTags', arn, { ...conditions, 'ec2:CreateAction': this.action });
    }
  }

  /**
   * Asks for permission to use an interface, which need not exist. An interface that is named by its device needs
   * permission by its id besides; else a policy on the id could be bypassed.
   * @throws Ec2Error UnauthorizedOperation
   */
  allowInterface(id: string): void {
    const found = this.#visibleInterface(id);
    for (const name of new Set([id, found?.networkInterfaceId ?? id])) {
      const arn = this.#arn(NETWORK_INTERFACE, name, found?.ownerId ?? this.accountId);
      const place = found && this.context.inventory.placeOf(found);
      this.#allow(this.action, arn, {
        ...interfaceConditions(found, place, this),
        'ec2:NetworkInterfaceID': name,
      });
    }
  }

  /** Asks for permission to use an endpoint, which need not exist. @throws Ec2Error UnauthorizedOperation */
  allowEndpoint(id: string): void {
    this.#allow(this.action, this.#arn(VPC_ENDPOINT, id, this.accountId), {});
  }

  /**
   * Asks for permission to use a resource. One that the caller cannot see is judged as a resource of the caller's own
   * account without tags, so that the result does not show whether it exists.
   * @throws Ec2Error UnauthorizedOperation
   */
  allowUse(type: ResourceType, id: string, conditions: ConditionKeys = {}): void {
    if (type === 'rules') {
      this.#allowOn(type, id, this.accountId, this.visibleRule(id)?.rule.tags, conditions);
      return;
    }
    const found = this.visible(type, id);
    this.#allowOn(type, id, found?.ownerId, found?.resource.tags, conditions);
  }

  /** @throws Ec2Error InvalidNetworkInterfaceID.NotFound */
  findInterface(id: string): NetworkInterface {
    const found = this.#visibleInterface(id);
    if (found === undefined) throw this.noInterface(id);
    return found;
  }

  /** @throws Ec2Error InvalidVpcEndpointId.NotFound */
  findEndpoint(id: string): void {
    const receiver = { gatewayLoadBalancerEndpointId: id };
    if (this.context.catalog.receiverAddresses(receiver).length > 0) return;
    throw new Ec2Error('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${id}' does not exist`);
  }

  /** A resource that the caller sees. @throws Ec2Error `….NotFound`, `….Malformed` */
  find<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> {
    const found = this.visible(kind, id);
    if (found === undefined) throw notFound(kind, id);
    return found;
  }

  /** Like `find`, for a resource that the call uses. @throws Ec2Error UnauthorizedOperation besides */
  requireVisible<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> {
    this.allowUse(kind, id);
    return this.find(kind, id);
  }

  /**
   * Like `find`, for a resource that the call changes.
   * @throws Ec2Error UnauthorizedOperation, OperationNotPermitted besides
   */
  findOwn<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> {
    const found = this.find(kind, id);
    this.#requireChangeable(id, found);
    return found;
  }

  /**
   * Like `findOwn`, after asking for permission. The resource must be the caller's own and not in the configuration
   * file.
   * @param conditions condition keys of the request, such as its tags
   * @throws Ec2Error UnauthorizedOperation, `….NotFound`, `….Malformed`, OperationNotPermitted
   */
  requireOwn<K extends Kind>(kind: K, id: string, conditions: ConditionKeys = {}): Entry<ResourceKinds[K]> {
    this.allowUse(kind, id, conditions);
    return this.findOwn(kind, id);
  }

  /** Like `requireOwn`, for a rule. @throws as `requireOwn` */
  requireOwnRule(id: string, conditions: ConditionKeys = {}): FoundRule {
    this.allowUse('rules', id, conditions);
    const found = this.visibleRule(id);
    if (found === undefined) throw notFound('rules', id);
    this.#requireChangeable(id, found.filter);
    return found;
  }

  /** A resource, if the caller sees it. */
  visible<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> | undefined {
    const found = this.context.catalog.find(kind, id);
    return found !== undefined && this.sees(kind, found) ? found : undefined;
  }

  /** Whether the caller sees a resource. */
  sees<K extends Kind>(kind: K, entry: Entry<ResourceKinds[K]>): boolean {
    const { catalog, shares } = this.context;
    return seesEntry({ catalog, shares, region: this.region }, this.accountId, kind, entry);
  }

  /** A rule, if the caller owns its filter. */
  visibleRule(id: string): FoundRule | undefined {
    const found = this.context.catalog.findRule(id);
    return found?.filter.ownerId === this.accountId ? found : undefined;
  }

  /** The name of a resource in an error message, without its id if the caller does not see it. */
  nameOf(kind: 'targets' | 'sessions', id: string): string {
    const word = kind === 'targets' ? 'target' : 'session';
    return this.visible(kind, id) === undefined ? `another ${word}` : `${word} ${id}`;
  }

  /** An interface without an owner is visible to every account, others to those that may mirror them. */
  seesInterface(networkInterface: NetworkInterface): boolean {
    return mayMirror(networkInterface, this.accountId);
  }

  /** Reads the last parameter, DryRun, which every action has. @throws Ec2Error UnknownParameter */
  finish(): void {
    this.#isDryRun = this.parameters.boolean('DryRun');
    this.parameters.finish();
  }

  /** The error for an id that no interface has. */
  noInterface(id: string): Ec2Error {
    return new Ec2Error(
      'InvalidNetworkInterfaceID.NotFound',
      `The networkInterface ID '${id}' does not exist`,
    );
  }

  /** Ends a dry run, after all checks. @throws Ec2Error DryRunOperation */
  endDryRun(): void {
    if (!this.#isDryRun) return;
    throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
  }

  #visibleInterface(id: string): NetworkInterface | undefined {
    const { catalog, hasDevice } = this.context;
    const found = catalog.findInterface(id);
    if (found === undefined || !this.seesInterface(found)) return undefined;
    const isDeclaredOrAddress = catalog.isDeclaredInterface(found) || found.device === undefined;
    return isDeclaredOrAddress || hasDevice(found.device) ? found : undefined;
  }

  #requireChangeable(id: string, entry: Entry<unknown>): void {
    if (entry.ownerId !== this.accountId) throw belongsToAnother(id, entry.ownerId);
    if (isDeclared(entry)) throw new Ec2Error('OperationNotPermitted', `${id} ${whyFixed(entry)}`);
  }

  #allowOn(
    type: ResourceType,
    id: string,
    ownerId: string | undefined,
    tags: Tags = {},
    conditions: ConditionKeys = {},
  ): void {
    const arn = this.#arn(typeName(type), id, ownerId ?? this.accountId);
    this.#allow(this.action, arn, { ...resourceTagConditions(tags), ...conditions });
  }

  #allow(action: string, arn: string, conditions: ConditionKeys): void {
    const { region, principal } = this;
    const decision = this.context.authorize(principal, `ec2:${action}`, arn, {
      'aws:RequestedRegion': region,
      'ec2:Region': region,
      ...conditions,
    });
    if (decision === 'allow') return;
    throw new Ec2Error(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${accessDenied(principal, `ec2:${action}`, arn, decision)}`,
    );
  }

  #arn(type: string, id: string, ownerId: string): string {
    return resourceArn(type, id, this.region, ownerId);
  }
}
