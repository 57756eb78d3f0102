/** Documents that AWS's command line printed, to resources with the configuration's names, each with its place. */
import { DIRECTIONS, type Direction } from '../plan/mirror-plan.js';
import { show } from '../resources/parsed.js';
import { RULE_LISTS } from '../resources/traffic-mirror-filter.js';
import type { Receiver } from '../resources/traffic-mirror-target.js';
import {
  awsName,
  FILTER,
  INVENTORY_KEY,
  isMapping,
  RULE,
  SESSION,
  type Shape,
  TARGET,
} from './aws-shapes.js';
import type { SourceDocument } from './documents.js';
import { eachOnce, placeRules, type RuleItem } from './merge-items.js';
import type { Notes, Place } from './notes.js';
import {
  type Fail,
  type Item,
  inside,
  nameOf,
  type PlacedProblem,
  type Raw,
  readAttributes,
} from './read-attributes.js';
import { typeOf } from './write-aws.js';

/** What AWS says of a network interface. */
export interface InterfaceItem {
  readonly place: Place;
  readonly id: string;
  /** The first is its primary one. */
  readonly addresses: readonly string[];
}

/** Everything of all documents, with each resource once. */
export interface AwsResources {
  readonly targets: readonly Item[];
  readonly filters: readonly Item[];
  /** Of each filter's attributes `ingressFilterRules` and `egressFilterRules`: the places of their rules. */
  readonly rulePlaces: ReadonlyMap<object, Place>;
  readonly sessions: readonly Item[];
  readonly interfaces: readonly InterfaceItem[];
  /** Of `export --aws`. */
  readonly inventories: readonly Item[];
  readonly problems: readonly PlacedProblem[];
}

const LISTS = {
  TrafficMirrorTargets: 'targets',
  TrafficMirrorFilters: 'filters',
  TrafficMirrorFilterRules: 'rules',
  TrafficMirrorSessions: 'sessions',
  NetworkInterfaces: 'interfaces',
} as const;

type ListName = keyof typeof LISTS;

const COMMANDS: Readonly<Record<ListName, string>> = {
  TrafficMirrorTargets: 'describe-traffic-mirror-targets',
  TrafficMirrorFilters: 'describe-traffic-mirror-filters',
  TrafficMirrorFilterRules: 'describe-traffic-mirror-filter-rules',
  TrafficMirrorSessions: 'describe-traffic-mirror-sessions',
  NetworkInterfaces: 'describe-network-interfaces',
};

/** Reads all documents. */
export function readAws(documents: readonly SourceDocument[], notes: Notes): AwsResources {
  const reader = new Reader(notes);
  for (const document of documents) reader.read(document);
  return reader.finish();
}

class Reader {
  readonly #notes: Notes;
  readonly #problems: PlacedProblem[] = [];
  readonly #fail: Fail = (place, text) => void this.#problems.push({ place, text });
  readonly #targets: Item[] = [];
  readonly #filters: Item[] = [];
  readonly #sessions: Item[] = [];
  readonly #rules: RuleItem[] = [];
  readonly #interfaces = new Map<string, InterfaceItem>();
  readonly #inventories: Item[] = [];
  /** Pages of each list: those that say that more follow, and whether a last one was there. */
  readonly #pages = new Map<ListName, { readonly open: Place[]; hasLast: boolean }>();

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  read(document: SourceDocument): void {
    const { value } = document;
    const root: Place = { document, path: [] };
    const lists = isMapping(value) ? (Object.keys(LISTS) as ListName[]).filter((name) => name in value) : [];
    const hasInventory = isMapping(value) && INVENTORY_KEY in value;
    if (!isMapping(value) || (lists.length === 0 && !hasInventory)) {
      const known = Object.keys(LISTS).join(', ');
      this.#fail(
        root,
        `holds none of ${known}: give what aws ec2 describe-traffic-mirror-targets and the like print`,
      );
      return;
    }
    for (const [key, content] of Object.entries(value)) {
      const place: Place = { document, path: [key] };
      const list = lists.find((name) => name === key);
      if (list !== undefined) this.#readList(list, content, place, value.NextToken);
      else if (key === INVENTORY_KEY) this.#readInventory(content, place);
      else if (key !== 'NextToken' && key !== 'nextToken') {
        this.#notes.ignore(place, show(key), 'it is no list of resources');
      }
    }
  }

  finish(): AwsResources {
    for (const [list, { open, hasLast }] of this.#pages) {
      const [place] = open;
      if (place === undefined || hasLast) continue;
      this.#fail(
        place,
        `NextToken says that ${list} goes on: give the other pages too (aws ec2 ${COMMANDS[list]})`,
      );
    }
    const filters = eachOnce(this.#filters, 'trafficMirrorFilterId', this.#fail);
    return {
      targets: eachOnce(this.#targets, 'trafficMirrorTargetId', this.#fail),
      filters,
      rulePlaces: placeRules(this.#rules, filters, this.#fail),
      sessions: eachOnce(this.#sessions, 'trafficMirrorSessionId', this.#fail),
      interfaces: [...this.#interfaces.values()],
      inventories: this.#inventories,
      problems: this.#problems,
    };
  }

  #readList(name: ListName, content: unknown, place: Place, nextToken: unknown): void {
    const pages = this.#pages.get(name) ?? { open: [], hasLast: false };
    this.#pages.set(name, pages);
    if (typeof nextToken === 'string' && nextToken !== '') pages.open.push(place);
    else pages.hasLast = true;
    this.#readItems(content, place, (raw, at) => {
      if (name === 'TrafficMirrorTargets') this.#readTarget(raw, at);
      else if (name === 'TrafficMirrorFilters') this.#readFilter(raw, at);
      else if (name === 'TrafficMirrorFilterRules') this.#readRule(raw, at, undefined);
      else if (name === 'TrafficMirrorSessions') this.#sessions.push(this.#attributes(raw, at, SESSION));
      else this.#readInterface(raw, at);
    });
  }

  #readItems(content: unknown, place: Place, read: (raw: Raw, place: Place) => void): void {
    if (!Array.isArray(content)) {
      this.#fail(place, `expected a list, got ${show(content)}`);
      return;
    }
    for (const [index, raw] of content.entries()) {
      const at: Place = { ...place, path: [...place.path, index] };
      if (isMapping(raw)) read(raw, at);
      else this.#fail(at, `expected a mapping, got ${show(raw)}`);
    }
  }

  #readTarget(raw: Raw, place: Place): void {
    const item = this.#attributes(raw, place, TARGET, ['Type']);
    const { Type } = raw;
    const expected = typeOf(item.attributes as Receiver);
    if (Type !== undefined && Type !== null && Type !== expected) {
      this.#fail(inside(place, 'Type'), `${show(Type)} does not fit the receiver, which is a ${expected}`);
    }
    this.#targets.push(item);
  }

  #readFilter(raw: Raw, place: Place): void {
    const lists = DIRECTIONS.map((direction) => awsName(RULE_LISTS[direction]));
    const item = this.#attributes(raw, place, FILTER, lists);
    this.#filters.push(item);
    for (const direction of DIRECTIONS) {
      const name = awsName(RULE_LISTS[direction]);
      const rules = raw[name];
      if (rules === undefined || rules === null) continue;
      const { trafficMirrorFilterId: filterId } = item.attributes;
      this.#readItems(rules, inside(place, name), (rule, at) =>
        this.#readRule(rule, at, { filterId, direction }),
      );
    }
  }

  /** @param within the filter and the list in which it stands; undefined: it names both itself. */
  #readRule(
    raw: Raw,
    place: Place,
    within: { readonly filterId: unknown; readonly direction: Direction } | undefined,
  ): void {
    const { attributes } = this.#attributes(raw, place, RULE, ['TrafficMirrorFilterId', 'TrafficDirection']);
    const { TrafficMirrorFilterId = within?.filterId, TrafficDirection = within?.direction } = raw;
    const direction = DIRECTIONS.find((known) => known === TrafficDirection);
    if (direction === undefined || (within !== undefined && direction !== within.direction)) {
      const expected = within === undefined ? DIRECTIONS.join(' or ') : within.direction;
      this.#fail(inside(place, 'TrafficDirection'), `expected ${expected}, got ${show(TrafficDirection)}`);
      return;
    }
    if (within !== undefined && TrafficMirrorFilterId !== within.filterId) {
      const why = `${show(TrafficMirrorFilterId)} is not the filter in which the rule stands`;
      this.#fail(inside(place, 'TrafficMirrorFilterId'), why);
      return;
    }
    this.#rules.push({ place, attributes, direction, filterId: TrafficMirrorFilterId });
  }

  #readInterface(raw: Raw, place: Place): void {
    const { NetworkInterfaceId: id, PrivateIpAddress, Ipv6Addresses } = raw;
    if (typeof id !== 'string') {
      this.#fail(place, `NetworkInterfaceId: expected text, got ${show(id)}`);
      return;
    }
    const first = Array.isArray(Ipv6Addresses) ? Ipv6Addresses[0] : undefined;
    const ipv6 = isMapping(first) ? first.Ipv6Address : undefined;
    const addresses = [PrivateIpAddress, ipv6].filter((address) => typeof address === 'string');
    for (const key of Object.keys(raw)) {
      if (['NetworkInterfaceId', 'PrivateIpAddress', 'Ipv6Addresses'].includes(key)) continue;
      const why = 'a configuration needs no more than the address of a receiver';
      this.#notes.ignore(inside(place, key), `NetworkInterfaces[].${nameOf(key)}`, why);
    }
    if (addresses.length > 1) {
      const why = 'the IPv4 address is taken: --address gives another';
      this.#notes.ignore(inside(place, 'Ipv6Addresses'), 'NetworkInterfaces[].Ipv6Addresses', why);
    }
    const known = this.#interfaces.get(id);
    if (known !== undefined && known.addresses[0] !== addresses[0]) {
      this.#fail(place, `${show(id)} has another address in another input`);
    }
    this.#interfaces.set(id, { place, id, addresses });
  }

  #readInventory(content: unknown, place: Place): void {
    if (isMapping(content)) this.#inventories.push({ place, attributes: { ...content } });
    else this.#fail(place, `expected a mapping, got ${show(content)}`);
  }

  #attributes(raw: Raw, place: Place, shape: Shape, handled: readonly string[] = []): Item {
    return readAttributes(raw, place, shape, handled, this.#notes, this.#fail);
  }
}
