/**
 * The rules across resources. Rules on single values are in the `parse` functions; these assume them. Both
 * configuration files and the control API go through here.
 */
import { checkIdentifiers } from './check-identifiers.js';
import { checkQuotas } from './check-quotas.js';
import { checkInterfaces, checkReferences } from './check-references.js';
import { checkSessions, checkSourceAndTarget } from './check-sessions.js';
import { checkTags } from './check-tags.js';
import { type Draft, entries } from './draft.js';
import type { ResourceProblem } from './problem.js';
import type { Quotas } from './quotas.js';
import type { ResourceSet } from './resource-set.js';
import { checkFilter } from './traffic-mirror-filter.js';

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
