/** Resources as the text of a configuration: YAML without what is left at its default. */
import { Document, isMap, visit } from 'yaml';
import { interfaceResolver, type NetworkInterface } from '../resources/network-interface.js';
import type { ProblemPath } from '../resources/problem.js';
import { DEFAULT_QUOTAS, type Quotas } from '../resources/quotas.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { RULE_LISTS } from '../resources/traffic-mirror-filter.js';
import { defaultRuleId } from './aws-shapes.js';

/** Of a configuration file; a test holds it to what is loaded. */
export const MAXIMUM_MEBIBYTES = 16;

/** Plain data of a configuration file. */
type ConfigurationData = Readonly<Record<string, unknown>>;

/** A remark behind a value. */
export interface Remark {
  readonly path: ProblemPath;
  readonly text: string;
}

/** The resource lists in the order of a file. */
const RESOURCE_LISTS = [
  'networkInterfaces',
  'networkInterfaceSelectors',
  'networkLoadBalancers',
  'gatewayLoadBalancerEndpoints',
  'trafficMirrorTargets',
  'trafficMirrorFilters',
  'trafficMirrorSessions',
] as const satisfies readonly (keyof ResourceSet)[];

/** Mappings that fit on one line. */
const SHORT_KEYS: readonly string[] = ['sourcePortRange', 'destinationPortRange'];

/** @param head lines of a comment in front. */
export function configurationText(
  data: ConfigurationData,
  head: readonly string[],
  remarks: readonly Remark[] = [],
): string {
  // Anchors for equal objects would surprise readers.
  const document = new Document(data, { aliasDuplicateObjects: false });
  document.commentBefore = head.map((line) => ` ${line}`).join('\n');
  visit(document, {
    Pair(_, { key, value }) {
      const name = (key as { value?: unknown }).value;
      if (isMap(value) && SHORT_KEYS.includes(String(name))) value.flow = true;
    },
  });
  for (const { path, text } of remarks) {
    const node = document.getIn(path, true) as { comment?: string | null } | undefined;
    if (node !== undefined) node.comment = ` ${text}`;
  }
  // Texts of several lines in quotes: block scalars do not keep every kind of white space.
  return document.toString({ lineWidth: 0, blockQuote: false });
}

/** Says that a configuration is larger than one may be; undefined: it is not. */
export function tooLarge(text: string): string | undefined {
  if (Buffer.byteLength(text) <= MAXIMUM_MEBIBYTES * 2 ** 20) return undefined;
  return `the configuration is larger than ${MAXIMUM_MEBIBYTES} MiB, the most that check and run take`;
}

/** The resources of a checked configuration, without its other sections. */
export function resourcesIn(checked: object): ResourceSet {
  const lists = checked as Readonly<Record<string, unknown>>;
  const { networkInterfaceSelectors: selectors, ...others } = Object.fromEntries(
    RESOURCE_LISTS.map((list) => [list, lists[list]]),
  );
  const hasSelectors = Array.isArray(selectors) && selectors.length > 0;
  return {
    ...others,
    ...(hasSelectors && { networkInterfaceSelectors: selectors }),
  } as unknown as ResourceSet;
}

/** The data of a file with these resources. Quotas are there where the resources need more than the default. */
export function configurationData(resources: ResourceSet): ConfigurationData {
  const lists = RESOURCE_LISTS.map(
    (list) => [list, (resources[list] ?? []).map((item) => withoutDefaults(list, item))] as const,
  );
  const quotas = quotasFor(resources);
  return Object.fromEntries([
    ...lists.filter(([, items]) => items.length > 0),
    ...(Object.keys(quotas).length > 0 ? [['quotas', quotas] as const] : []),
  ]);
}

function withoutDefaults(list: keyof ResourceSet, item: object): ConfigurationData {
  const kept = Object.entries(item).filter(([name, value]) => !isDefault(name, value));
  if (list !== 'trafficMirrorFilters') return Object.fromEntries(kept);
  const { trafficMirrorFilterId } = item as { trafficMirrorFilterId?: unknown };
  const rulesOf = (name: string, value: unknown): unknown => {
    const direction = Object.entries(RULE_LISTS).find(([, ruleList]) => ruleList === name)?.[0];
    if (direction === undefined) return value;
    return (value as readonly object[]).map((rule) =>
      ruleWithoutDefaults(rule, trafficMirrorFilterId, direction),
    );
  };
  return Object.fromEntries(kept.map(([name, value]) => [name, rulesOf(name, value)]));
}

/** An id that the rule would have without one is left out. */
function ruleWithoutDefaults(rule: object, filterId: unknown, direction: string): ConfigurationData {
  const { trafficMirrorFilterRuleId: id, ruleNumber } = rule as Record<string, unknown>;
  const isGiven = id !== undefined && id !== defaultRuleId(filterId, direction, ruleNumber);
  const kept = Object.entries(rule).filter(
    ([name, value]) => !isDefault(name, value) && (isGiven || name !== 'trafficMirrorFilterRuleId'),
  );
  return Object.fromEntries(kept);
}

function isDefault(name: string, value: unknown): boolean {
  if (value === undefined) return true;
  if (name === 'tags') return Object.keys(value as object).length === 0;
  if (name === 'perspective') return value === 'host';
  const isList = name === 'networkServices' || name === RULE_LISTS.ingress || name === RULE_LISTS.egress;
  return isList && Array.isArray(value) && value.length === 0;
}

/** The quotas that these resources exceed, each as large as they need it. */
export function quotasFor(resources: ResourceSet): Partial<Quotas> {
  const { trafficMirrorTargets, trafficMirrorFilters, trafficMirrorSessions } = resources;
  const findSource = interfaceResolver<NetworkInterface>(resources.networkInterfaces);
  const perSource = new Map<string, number>();
  for (const { networkInterfaceId: id } of trafficMirrorSessions) {
    const source = findSource(id)?.networkInterfaceId ?? id;
    perSource.set(source, (perSource.get(source) ?? 0) + 1);
  }
  const rules = trafficMirrorFilters.map(
    (filter) => filter.ingressFilterRules.length + filter.egressFilterRules.length,
  );
  const needed: Quotas = {
    sessionsPerNetworkInterface: largest([...perSource.values()]),
    rulesPerFilter: largest(rules),
    sessions: trafficMirrorSessions.length,
    targets: trafficMirrorTargets.length,
    filters: trafficMirrorFilters.length,
  };
  const names = Object.keys(DEFAULT_QUOTAS) as (keyof Quotas)[];
  return Object.fromEntries(
    names.flatMap((name) => (needed[name] > DEFAULT_QUOTAS[name] ? [[name, needed[name]]] : [])),
  );
}

function largest(counts: readonly number[]): number {
  return counts.reduce((most, count) => Math.max(most, count), 0);
}
