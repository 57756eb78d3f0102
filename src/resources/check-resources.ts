/**
 * The resources of a file, checked against each other. What must hold of a single value is in the `parse` functions,
 * which are asked before. Rules that the control API has too are in rules.ts; here is where a file tells them.
 */
import { checkFilters } from './check-filters.js';
import { checkIdentifiers } from './check-identifiers.js';
import { checkQuotas } from './check-quotas.js';
import { checkInterfaces, checkReferences } from './check-references.js';
import { checkSessions, checkSourceAndTarget } from './check-sessions.js';
import { checkTags } from './check-tags.js';
import type { Draft } from './draft.js';
import type { ResourceProblem } from './problem.js';
import type { Quotas } from './quotas.js';
import type { ResourceSet } from './resource-set.js';
import { FileView } from './resource-view.js';

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
    ...checkSourceAndTarget(resources, view),
    ...checkFilters(resources.trafficMirrorFilters),
    ...checkSessions(resources, view),
    ...checkQuotas(resources, quotas, view),
  ];
}
