/**
 * The rules across resources. Rules on single values are in the `parse` functions; these assume them. Both
 * configuration files and the control API go through here.
 */
import { checkFilter } from './check-filter.js';
import { checkIdentifiers } from './check-identifiers.js';
import { checkInterfaces } from './check-interfaces.js';
import { checkQuotas } from './check-quotas.js';
import { checkReferences } from './check-references.js';
import { checkSessions } from './check-sessions.js';
import { checkSourceAndTarget } from './check-source-and-target.js';
import { checkTags } from './check-tags.js';
import { type Draft, entries } from './draft.js';
import type { ResourceProblem } from './problem.js';
import type { Quotas } from './quotas.js';
import type { ResourceSet } from './resource-set.js';

/**
 * Everything that is wrong, rule by rule; empty when the resources can run.
 * @param resources complete, or with the refused fields and items `undefined`
 */
export function checkResources(resources: Draft<ResourceSet>, quotas: Quotas): ResourceProblem[] {
  return [
    ...checkIdentifiers(resources),
    ...checkTags(resources),
    ...checkReferences(resources),
    ...checkInterfaces(resources),
    ...checkSourceAndTarget(resources),
    ...[...entries(resources.trafficMirrorFilters)].flatMap(([index, filter]) =>
      checkFilter(filter, ['trafficMirrorFilters', index]),
    ),
    ...checkSessions(resources),
    ...checkQuotas(resources, quotas),
  ];
}
