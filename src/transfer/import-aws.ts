/** What AWS's command line prints, as the text of a configuration. */
import type { Problem } from '../config/problem.js';
import { configurationSchema } from '../config/schema.js';
import { checkResources } from '../resources/check-resources.js';
import { formatPath, type ProblemPath } from '../resources/problem.js';
import { completeQuotas } from '../resources/quotas.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { awsName, isMapping } from './aws-shapes.js';
import { configurationData, configurationText, quotasFor, resourcesIn } from './configuration-text.js';
import type { SourceDocument } from './documents.js';
import { type Choices, makeInventory, selectorsOf } from './inventory.js';
import { Notes, type Place } from './notes.js';
import { type Item, inside, type PlacedProblem } from './read-attributes.js';
import { type AwsResources, readAws } from './read-aws.js';

/** A configuration that `check` accepts, or everything that keeps it from being made. */
type Import =
  | { readonly ok: true; readonly text: string; readonly notes: readonly string[] }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /** Of the options; empty unless they are at fault. */
      readonly wrongUsage: readonly string[];
    };

/** The lists of a configuration, before it is checked. */
type Lists = { readonly [List in keyof ResourceSet]: readonly object[] };

/** What a user must do about a reference that finds nothing. */
const HINTS: ReadonlyMap<unknown, string> = new Map([
  ['trafficMirrorTargetId', 'give the output of describe-traffic-mirror-targets too'],
  ['trafficMirrorFilterId', 'give the output of describe-traffic-mirror-filters too'],
]);

/** @param names of the input, for the comment in front. */
export function importAws(
  documents: readonly SourceDocument[],
  choices: Choices,
  names: readonly string[],
): Import {
  const notes = new Notes();
  const resources = readAws(documents, notes);
  const problems = [...resources.problems, ...addRests(resources)];
  if (problems.length > 0) return failure(problems);
  const inventory = makeInventory(resources, choices, notes);
  const { wrongChoices } = inventory;
  if (wrongChoices.length > 0) return { ok: false, problems: [], wrongUsage: wrongChoices };
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = inventory;
  const lists: Lists = {
    networkInterfaces,
    networkInterfaceSelectors: selectorsOf(resources),
    networkLoadBalancers,
    gatewayLoadBalancerEndpoints,
    trafficMirrorTargets: resources.targets.map(({ attributes }) => attributes),
    trafficMirrorFilters: resources.filters.map(({ attributes }) => attributes),
    trafficMirrorSessions: resources.sessions.map(({ attributes }) => attributes),
  };
  const places = new Map<object, Place>([
    ...inventory.places,
    ...resources.rulePlaces,
    ...[...resources.targets, ...resources.filters, ...resources.sessions].map(
      ({ attributes, place }) => [attributes, place] as const,
    ),
  ]);
  const faults = findFaults(lists, places);
  if (faults.length > 0) return failure(faults);
  tellProtocolZero(resources.rulePlaces, notes);
  const checked = resourcesIn(configurationSchema.parse(lists));
  const head = [
    `Made by traffic-mirror import of ${names.join(' ')}.`,
    ...(inventory.remarks.length > 0 ? ['Replace what is marked as a placeholder.'] : []),
  ];
  const text = configurationText(configurationData(checked), head, inventory.remarks);
  return { ok: true, text, notes: notes.lines };
}

/** Users may mean every protocol, as it does elsewhere. `check` warns of it too. */
function tellProtocolZero(rules: ReadonlyMap<object, Place>, notes: Notes): void {
  for (const [rule, place] of rules) {
    if ((rule as { protocol?: unknown }).protocol !== 0) continue;
    notes.tell(inside(place, 'Protocol'), 'protocol 0 is the hop-by-hop options of IPv6, not all protocols');
  }
}

/** Adds the attributes that AWS's output has no place for, of an inventory. */
function addRests({ inventories, targets, filters, sessions }: AwsResources): PlacedProblem[] {
  const sections = [
    { list: 'trafficMirrorTargets', id: 'trafficMirrorTargetId', items: targets },
    { list: 'trafficMirrorFilters', id: 'trafficMirrorFilterId', items: filters },
    { list: 'trafficMirrorSessions', id: 'trafficMirrorSessionId', items: sessions },
  ];
  return inventories.flatMap((inventory) => [
    ...sections.flatMap(({ list, id, items }) => addRest(inventory, list, id, items)),
    ...unknownLists(inventory),
  ]);
}

function addRest(
  { attributes, place }: Item,
  list: string,
  id: string,
  items: readonly Item[],
): PlacedProblem[] {
  const byId = new Map(items.map((item) => [item.attributes[id], item]));
  const rests = attributes[list];
  if (!Array.isArray(rests)) return [];
  return rests.flatMap((rest, index) => {
    const item = isMapping(rest) ? byId.get(rest[id]) : undefined;
    if (item === undefined)
      return [{ place: inside(place, list, index), text: 'is of no resource of the input' }];
    for (const [name, value] of Object.entries(rest as object)) item.attributes[name] ??= value;
    return [];
  });
}

const INVENTORY_LISTS: readonly string[] = [
  'networkInterfaces',
  'networkInterfaceSelectors',
  'networkLoadBalancers',
  'gatewayLoadBalancerEndpoints',
  'trafficMirrorTargets',
  'trafficMirrorFilters',
  'trafficMirrorSessions',
];

function unknownLists({ attributes, place }: Item): PlacedProblem[] {
  return Object.entries(attributes).flatMap(([name, list]) => {
    const isKnown = INVENTORY_LISTS.includes(name) && Array.isArray(list);
    return isKnown ? [] : [{ place: inside(place, name), text: 'is no list of a configuration' }];
  });
}

/** The checks of a configuration file, at the places of the input. */
function findFaults(lists: Lists, places: ReadonlyMap<object, Place>): PlacedProblem[] {
  const parsed = configurationSchema.safeParse(lists);
  if (!parsed.success) {
    return parsed.error.issues.flatMap((issue) => {
      const path = issue.path as ProblemPath;
      const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
      return paths.map((at) => ({ place: placeOf(lists, at, places), text: issue.message }));
    });
  }
  const resources = resourcesIn(parsed.data);
  return checkResources(resources, completeQuotas(quotasFor(resources))).map(({ path, code, text }) => {
    const hint = code === 'missing-reference' ? HINTS.get(path.at(-1)) : undefined;
    return { place: placeOf(lists, path, places), text: hint === undefined ? text : `${text}: ${hint}` };
  });
}

/** The place of a value of the configuration: that of the innermost resource, and AWS's names from there on. */
function placeOf(lists: Lists, path: ProblemPath, places: ReadonlyMap<object, Place>): Place {
  let node: unknown = lists;
  let found: { readonly place: Place; readonly depth: number } | undefined;
  for (const [depth, step] of path.entries()) {
    node = (node as Readonly<Record<string | number, unknown>> | undefined)?.[step];
    const place = typeof node === 'object' && node !== null ? places.get(node) : undefined;
    if (place !== undefined) found = { place, depth };
  }
  if (found === undefined) throw new Error(`import: no place of ${formatPath(path)}`);
  const rest = path.slice(found.depth + 1);
  const tags = rest.indexOf('tags');
  const steps = tags < 0 ? rest : rest.slice(0, tags + 1);
  return inside(found.place, ...steps.map((step) => (typeof step === 'string' ? awsName(step) : step)));
}

function failure(found: readonly PlacedProblem[]): Import {
  const problems = found.map(({ place: { document, path }, text }) => ({
    file: document.file,
    line: document.lineOf(path),
    column: 1,
    text: path.length === 0 ? text : `${formatPath(path)}: ${text}`,
  }));
  return { ok: false, problems, wrongUsage: [] };
}
