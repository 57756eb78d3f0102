/** Keys and number of the tags of each resource of a file. */
import { type Draft, entries } from './draft.js';
import type { ProblemPath, ResourceProblem } from './problem.js';
import type { ResourceSet } from './resource-set.js';
import { checkTagCount } from './rules.js';
import { parseTagKey, TAG_LIMITS, type Tags } from './tags.js';
import { RULE_LISTS } from './traffic-mirror-filter.js';

interface Tagged {
  readonly tags?: Draft<Tags> | undefined;
}

/** Reports `bad-tag`. */
export function checkTags(resources: Draft<ResourceSet>): ResourceProblem[] {
  const filters = resources.trafficMirrorFilters;
  return [
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
