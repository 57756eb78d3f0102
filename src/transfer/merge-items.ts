/** Makes one resource of those that several outputs have, and puts rules into their filters. */
import type { Direction } from '../plan/mirror-plan.js';
import { show } from '../resources/parsed.js';
import { RULE_LISTS } from '../resources/traffic-mirror-filter.js';
import { awsName, defaultRuleId } from './aws-shapes.js';
import type { Place } from './notes.js';
import { type Fail, type Item, inside } from './read-attributes.js';

/** A rule, and where it belongs. */
export interface RuleItem extends Item {
  readonly filterId: unknown;
  readonly direction: Direction;
}

/** Each resource once: pages and other outputs may repeat it. @param id the name of its id. */
export function eachOnce(items: readonly Item[], id: string, fail: Fail): Item[] {
  const known = new Map<unknown, Item>();
  return items.filter((item) => {
    const key = item.attributes[id];
    const other = known.get(key);
    known.set(key, other ?? item);
    if (other === undefined || key === undefined) return true;
    mergeInto(other, item, fail);
    return false;
  });
}

/** Puts each rule into its filter. @returns the place of each rule, by its attributes. */
export function placeRules(
  rules: readonly RuleItem[],
  filters: readonly Item[],
  fail: Fail,
): ReadonlyMap<object, Place> {
  const byId = new Map(filters.map((filter) => [filter.attributes.trafficMirrorFilterId, filter]));
  const known = new Map<string, RuleItem>();
  const lists = new Map<string, object[]>();
  const places = new Map<object, Place>();
  for (const rule of rules) {
    const { filterId, direction, attributes, place } = rule;
    const filter = byId.get(filterId);
    if (filter === undefined) {
      const why = `${show(filterId)} is in no input: give the output of describe-traffic-mirror-filters too`;
      fail(inside(place, 'TrafficMirrorFilterId'), why);
      continue;
    }
    const { trafficMirrorFilterRuleId: id } = attributes;
    const key = JSON.stringify([filterId, direction, id]);
    const other = id === undefined ? undefined : known.get(key);
    if (other !== undefined) {
      mergeInto(other, rule, fail);
      continue;
    }
    known.set(key, rule);
    places.set(attributes, place);
    const listKey = JSON.stringify([filterId, direction]);
    const list = lists.get(listKey) ?? [];
    lists.set(listKey, list);
    list.push(attributes);
    filter.attributes[RULE_LISTS[direction]] = list;
  }
  for (const { attributes, filterId, direction } of known.values())
    dropDefaultId(attributes, filterId, direction);
  return places;
}

/** The control API shows an id for a rule that its file gives none. */
function dropDefaultId(attributes: Record<string, unknown>, filterId: unknown, direction: Direction): void {
  const { trafficMirrorFilterRuleId: id, ruleNumber } = attributes;
  if (id === defaultRuleId(filterId, direction, ruleNumber)) delete attributes.trafficMirrorFilterRuleId;
}

/** Adds attributes that only the second has: older outputs have no tags of rules. */
function mergeInto(item: Item, again: Item, fail: Fail): void {
  for (const [name, value] of Object.entries(again.attributes)) {
    const before = item.attributes[name];
    item.attributes[name] = before ?? value;
    if (before === undefined || JSON.stringify(before) === JSON.stringify(value)) continue;
    const { document, path } = item.place;
    const where = `${document.file}:${document.lineOf([...path, awsName(name)])}`;
    fail(inside(again.place, awsName(name)), `differs from the same resource at ${where}`);
  }
}
