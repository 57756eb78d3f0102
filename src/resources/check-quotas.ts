/** There are no more resources in a file than the quotas allow; the first one too many is reported. */
import { type Draft, entries } from './draft.js';
import { show } from './parsed.js';
import type { ProblemPath, ResourceProblem } from './problem.js';
import type { Quotas } from './quotas.js';
import type { ResourceSet } from './resource-set.js';
import { type ResourceView, sourceId } from './resource-view.js';
import { checkQuota } from './rules.js';
import { RULE_LISTS } from './traffic-mirror-filter.js';

/** Which quota limits which list. */
const LISTS = {
  trafficMirrorTargets: 'targets',
  trafficMirrorFilters: 'filters',
  trafficMirrorSessions: 'sessions',
} as const satisfies Partial<Record<keyof ResourceSet, keyof Quotas>>;

/** Reports `quota-exceeded`. */
export function checkQuotas(
  resources: Draft<ResourceSet>,
  quotas: Quotas,
  view: ResourceView<unknown>,
): ResourceProblem[] {
  const lists = Object.entries(LISTS) as [keyof typeof LISTS, keyof Quotas][];
  return [
    ...lists.flatMap(([list, quota]) => {
      const paths = (resources[list] ?? []).map((_, index) => [list, index]);
      return tooMany(paths, `${quota}`, quota, quotas);
    }),
    ...rules(resources, quotas),
    ...sessionsPerInterface(resources, quotas, view),
  ];
}

function rules({ trafficMirrorFilters }: Draft<ResourceSet>, quotas: Quotas): ResourceProblem[] {
  return [...entries(trafficMirrorFilters)].flatMap(([index, filter]) => {
    const paths = Object.values(RULE_LISTS).flatMap((list) =>
      (filter[list] ?? []).map((_, rule) => ['trafficMirrorFilters', index, list, rule]),
    );
    return tooMany(paths, 'rules in this filter', 'rulesPerFilter', quotas);
  });
}

function sessionsPerInterface(
  resources: Draft<ResourceSet>,
  quotas: Quotas,
  view: ResourceView<unknown>,
): ResourceProblem[] {
  const bySource = new Map<string, ProblemPath[]>();
  for (const [index, { networkInterfaceId }] of entries(resources.trafficMirrorSessions)) {
    if (networkInterfaceId === undefined) continue;
    const source = sourceId(view, networkInterfaceId);
    const path = ['trafficMirrorSessions', index, 'networkInterfaceId'];
    const paths = bySource.get(source);
    if (paths === undefined) bySource.set(source, [path]);
    else paths.push(path);
  }
  return [...bySource].flatMap(([source, paths]) =>
    tooMany(paths, `sessions on ${show(source)}`, 'sessionsPerNetworkInterface', quotas),
  );
}

function tooMany(
  paths: readonly ProblemPath[],
  what: string,
  quota: keyof Quotas,
  quotas: Quotas,
): ResourceProblem[] {
  const path = paths.find((_, count) => checkQuota(quotas, quota, count) !== undefined);
  if (path === undefined) return [];
  return [
    { path, code: 'quota-exceeded', text: `${paths.length} ${what}, quotas.${quota} is ${quotas[quota]}` },
  ];
}
