/** Changes the tags of several resources in one step. */
import type { Tags } from '../../resources/tags.js';
import type { ConditionKeys, StateChange } from '../service.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error } from './ec2-error.js';
import { notFound, typeOfId } from './kinds.js';
import { type Entry, KINDS, type Kind, type ResourceKinds } from './records.js';
import { rulesOf, withRules } from './rules.js';
import { requireTagCount } from './values.js';

type Change = (tags: Tags) => Tags;

export class TagEditor {
  readonly #call: Ec2Call;
  readonly #conditions: (before: Tags) => ConditionKeys;
  /** A filter may come up several times: for itself, and for its rules. */
  readonly #changes = new Map<string, StateChange & { readonly value: Entry<ResourceKinds[Kind]> }>();
  /** What the changes were made of. */
  readonly #before: { readonly kind: Kind; readonly id: string; readonly entry: Entry<unknown> }[] = [];

  /** @param conditions of the request, for a resource that has these tags */
  constructor(call: Ec2Call, conditions: (before: Tags) => ConditionKeys) {
    this.#call = call;
    this.#conditions = conditions;
  }

  get changes(): StateChange[] {
    return [...this.#changes.values()];
  }

  /** True while nothing that is to be changed was changed by others. */
  get isCurrent(): boolean {
    const { catalog } = this.#call.context;
    return this.#before.every(({ kind, id, entry }) => catalog.find(kind, id) === entry);
  }

  /** @throws Ec2Error UnauthorizedOperation, `….NotFound`, InvalidID, OperationNotPermitted, TagLimitExceeded */
  edit(id: string, change: Change): void {
    const rule = this.#call.visibleRule(id)?.rule;
    if (rule !== undefined) {
      this.#editRule(id, rule.tags, change);
      return;
    }
    const kind = KINDS.find((candidate) => this.#call.visible(candidate, id) !== undefined);
    if (kind === undefined) throw this.#unknown(id);
    this.#call.requireOwn(kind, id, this.#conditions(this.#call.find(kind, id).resource.tags));
    const entry = this.#latest(kind, id);
    this.#put(kind, id, {
      ...entry,
      resource: { ...entry.resource, tags: edited(entry.resource.tags, change) },
    });
  }

  #editRule(id: string, tags: Tags, change: Change): void {
    const { resource } = this.#call.requireOwnRule(id, this.#conditions(tags)).filter;
    const entry = this.#latest('filters', resource.trafficMirrorFilterId);
    const places = rulesOf(entry.resource).map((place) =>
      place.id === id ? { ...place, rule: { ...place.rule, tags: edited(place.rule.tags, change) } } : place,
    );
    this.#put('filters', resource.trafficMirrorFilterId, {
      ...entry,
      resource: withRules(entry.resource, places),
    });
  }

  /** Whether it is nowhere, or in another account, is not told. @throws Ec2Error UnauthorizedOperation */
  #unknown(id: string): Ec2Error {
    const type = typeOfId(id);
    const conditions = this.#conditions({});
    if (type === undefined) {
      this.#call.allowAction(conditions);
      return new Ec2Error('InvalidID', `The ID '${id}' is not valid`);
    }
    this.#call.allowUse(type, id, conditions);
    return notFound(type, id);
  }

  #latest<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> {
    const changed = this.#changes.get(`${kind} ${id}`)?.value as Entry<ResourceKinds[K]> | undefined;
    if (changed !== undefined) return changed;
    const found = this.#call.visible(kind, id);
    if (found === undefined) throw notFound(kind, id);
    this.#before.push({ kind, id, entry: found });
    return found;
  }

  #put(kind: Kind, key: string, value: Entry<ResourceKinds[Kind]>): void {
    this.#changes.set(`${kind} ${key}`, { table: kind, key, value });
  }
}

function edited(tags: Tags, change: Change): Tags {
  const after = change(tags);
  requireTagCount(Object.keys(after).length);
  return after;
}
