/**
 * Checks the resources of a file against each other. The `parse` functions have checked each single value before. Rules
 * that the control API applies too are in rules.ts; here they become problems, each with its path in the file.
 */
import { checkIdentifiers, checkInterfaces, checkReferences, checkSelectors } from './check-references.js';
import { checkRule } from './check-rule.js';
import { type Draft, entries } from './draft.js';
import { checkEncapsulation, type Encapsulated } from './encapsulation.js';
import { checkPlaces } from './interface-place.js';
import { show } from './parsed.js';
import { formatPath, type ProblemPath, valuesOf } from './problem.js';
import type { Quotas } from './quotas.js';
import { FileView, type ResourceSet, type ResourceView, sourceId } from './resource-set.js';
import {
  brokenSessionRules,
  checkQuota,
  checkRuleNumber,
  checkTagCount,
  checkTargetIsNoSource,
  type ResourceProblem,
} from './rules.js';
import { parseTagKey, TAG_LIMITS, type Tags } from './tags.js';
import { RULE_LISTS, type TrafficMirrorFilterRule } from './traffic-mirror-filter.js';
import { RECEIVER_KEYS, type Receiver } from './traffic-mirror-target.js';

/** The quota of each list. */
const LIMITED_LISTS = {
  trafficMirrorTargets: 'targets',
  trafficMirrorFilters: 'filters',
  trafficMirrorSessions: 'sessions',
} as const satisfies Partial<Record<keyof ResourceSet, keyof Quotas>>;

/** Lists of what says in which headers copies travel. */
const ENCAPSULATED_LISTS = [
  'networkInterfaces',
  'networkLoadBalancers',
  'gatewayLoadBalancerEndpoints',
  'trafficMirrorTargets',
] as const satisfies readonly (keyof ResourceSet)[];

type View = ResourceView<number>;

/** Rules of one list of a filter, each with its index. */
type NumberedRules = readonly (readonly [index: number, rule: Draft<TrafficMirrorFilterRule>])[];

interface Tagged {
  readonly tags?: Draft<Tags> | undefined;
}

/**
 * Everything that is wrong, rule by rule; empty when the resources can run.
 * @param resources complete, or with the refused fields and items `undefined`
 */
export function checkResources(resources: Draft<ResourceSet>, quotas: Quotas): ResourceProblem[] {
  const view = new FileView(resources);
  return [
    ...checkIdentifiers(resources),
    ...checkTags(resources),
    ...checkReferences(resources),
    ...checkInterfaces(resources),
    ...checkEncapsulations(resources),
    ...checkPlaces(resources.networkInterfaces),
    ...checkSelectors(resources),
    ...checkSourceAndTarget(resources, view),
    ...checkFilters(resources.trafficMirrorFilters),
    ...checkSessions(resources, view),
    ...checkQuotas(resources, quotas, view),
  ];
}

/** Reports `options-without-geneve` and `duplicate-option`. */
function checkEncapsulations(resources: Draft<ResourceSet>): ResourceProblem[] {
  return ENCAPSULATED_LISTS.flatMap((list) =>
    [...entries<Draft<Encapsulated>>(resources[list])].flatMap(([index, item]) =>
      checkEncapsulation(item, [list, index]),
    ),
  );
}

/** Reports `bad-tag`. */
function checkTags(resources: Draft<ResourceSet>): ResourceProblem[] {
  const filters = resources.trafficMirrorFilters;
  return [
    ...tagProblems(resources.networkInterfaces, ['networkInterfaces']),
    ...tagProblems(resources.networkInterfaceSelectors, ['networkInterfaceSelectors']),
    ...tagProblems(resources.trafficMirrorTargets, ['trafficMirrorTargets']),
    ...tagProblems(filters, ['trafficMirrorFilters']),
    ...[...entries(filters)].flatMap(([index, filter]) =>
      Object.values(RULE_LISTS).flatMap((list) =>
        tagProblems(filter[list], ['trafficMirrorFilters', index, list]),
      ),
    ),
    ...tagProblems(resources.trafficMirrorSessions, ['trafficMirrorSessions']),
  ];
}

function tagProblems(
  list: readonly (Tagged | undefined)[] | undefined,
  path: ProblemPath,
): ResourceProblem[] {
  return [...entries(list)].flatMap(([index, { tags }]) =>
    tagSetProblems(tags ?? {}, [...path, index, 'tags']),
  );
}

function tagSetProblems(tags: Draft<Tags>, path: ProblemPath): ResourceProblem[] {
  const keys = Object.keys(tags);
  const problems = keys.flatMap((key): ResourceProblem[] => {
    const parsed = parseTagKey(key);
    return parsed.ok ? [] : [{ path: [...path, key], code: 'bad-tag', text: parsed.text }];
  });
  const violation = checkTagCount(keys.length);
  if (violation !== undefined) {
    const text = `${keys.length} tags, at most ${TAG_LIMITS.tags} are allowed`;
    problems.push({ path, code: violation.code, text });
  }
  return problems;
}

/** Reports `interface-both-source-and-target`, at the target. */
function checkSourceAndTarget(resources: Draft<ResourceSet>, view: View): ResourceProblem[] {
  return RECEIVER_KEYS.flatMap((name) =>
    valuesOf(resources.trafficMirrorTargets, ['trafficMirrorTargets'], name).flatMap(({ value, path }) => {
      const violation = checkTargetIsNoSource(view, { [name]: value });
      if (violation === undefined) return [];
      const source = `the source of ${sessionPath(violation.other)}`;
      const text = `has the same ${violation.key} as ${source}: an interface is a source or a target`;
      return [{ path, code: violation.code, text }];
    }),
  );
}

/** Reports `duplicate-rule-number`, and what `checkRule` reports of each rule. */
function checkFilters(filters: Draft<ResourceSet>['trafficMirrorFilters']): ResourceProblem[] {
  return [...entries(filters)].flatMap(([filterIndex, filter]) =>
    Object.values(RULE_LISTS).flatMap((name) => {
      const path = ['trafficMirrorFilters', filterIndex, name];
      const rules = [...entries(filter[name])];
      return [
        ...rules.flatMap(([index, rule]) => checkRule(rule, [...path, index])),
        ...duplicateRuleNumbers(rules, path),
      ];
    }),
  );
}

/** Reports each rule whose number an earlier rule has. */
function duplicateRuleNumbers(rules: NumberedRules, path: ProblemPath): ResourceProblem[] {
  const firsts = new Map<number, number>();
  return rules.flatMap(([index, { ruleNumber }]) => {
    if (ruleNumber === undefined) return [];
    const violation = checkRuleNumber(ruleNumber, (number) => firsts.get(number));
    if (violation === undefined) {
      firsts.set(ruleNumber, index);
      return [];
    }
    const text = `${ruleNumber} is taken by ${formatPath([...path, violation.other])}`;
    return [{ path: [...path, index, 'ruleNumber'], code: violation.code, text }];
  });
}

/** Reports what the rules of a session find: `duplicate-session-number` and `load-balancer-packet-length`. */
function checkSessions(resources: Draft<ResourceSet>, view: View): ResourceProblem[] {
  const receivers = new Map<string | undefined, Draft<Receiver>>();
  for (const [, target] of entries(resources.trafficMirrorTargets)) {
    if (target.trafficMirrorTargetId !== undefined) receivers.set(target.trafficMirrorTargetId, target);
  }
  return [...entries(resources.trafficMirrorSessions)].flatMap(([index, session]) => {
    const receiver = receivers.get(session.trafficMirrorTargetId) ?? {};
    const broken = brokenSessionRules({ view, session, receiver, self: index, nameOf: sessionPath });
    return [...broken].map(({ field, violation, text }) => ({
      path: ['trafficMirrorSessions', index, field],
      code: violation.code,
      text,
    }));
  });
}

function sessionPath(index: number): string {
  return formatPath(['trafficMirrorSessions', index]);
}

/** Reports `quota-exceeded`, at the first resource that is too many. */
function checkQuotas(
  resources: Draft<ResourceSet>,
  quotas: Quotas,
  view: ResourceView<unknown>,
): ResourceProblem[] {
  const lists = Object.entries(LIMITED_LISTS) as [keyof typeof LIMITED_LISTS, keyof Quotas][];
  return [
    ...lists.flatMap(([list, quota]) => {
      const paths = (resources[list] ?? []).map((_, index) => [list, index]);
      return tooMany(paths, `${quota}`, quota, quotas);
    }),
    ...tooManyRules(resources, quotas),
    ...tooManySessionsPerInterface(resources, quotas, view),
  ];
}

function tooManyRules({ trafficMirrorFilters }: Draft<ResourceSet>, quotas: Quotas): ResourceProblem[] {
  return [...entries(trafficMirrorFilters)].flatMap(([index, filter]) => {
    const paths = Object.values(RULE_LISTS).flatMap((list) =>
      (filter[list] ?? []).map((_, rule) => ['trafficMirrorFilters', index, list, rule]),
    );
    return tooMany(paths, 'rules in this filter', 'rulesPerFilter', quotas);
  });
}

function tooManySessionsPerInterface(
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
