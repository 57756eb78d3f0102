/** What happens when rules are deleted: sessions that use their filters, and directions that nothing is accepted in any more. */
import { type Filter, rulesIn } from '../model/filter.js';
import { DIRECTION_WORDS, type Rule } from '../model/rule.js';
import type { Session } from '../model/session.js';

/** The consequences in sentences. @param filters, sessions those that the rules concern, as far as they are read */
export function ruleDeletionTexts(
  rules: readonly Rule[],
  filters: readonly Filter[],
  sessions: readonly Session[],
): string[] {
  const ids = new Set(rules.map(({ trafficMirrorFilterRuleId }) => trafficMirrorFilterRuleId));
  const lastAccepts = filters.flatMap((filter) =>
    (['ingress', 'egress'] as const)
      .filter((direction) => losesLastAccept(rulesIn(filter, direction), ids))
      .map(
        (direction) =>
          `No ${DIRECTION_WORDS[direction].lower} rule of ${filter.trafficMirrorFilterId} accepts any more: nothing that its sources ${direction === 'ingress' ? 'receive' : 'send'} is mirrored.`,
      ),
  );
  const users = sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  const use =
    users.length === 0
      ? 'No session uses the filter.'
      : `${users.length === 1 ? 'One session mirrors' : `${users.length} sessions mirror`} by the filter and changes at once: ${listed(users)}.`;
  return [...lastAccepts, use, 'There is no undo.'];
}

const MAXIMUM_LISTED = 5;

function listed(ids: readonly string[]): string {
  const more = ids.length - MAXIMUM_LISTED;
  return `${ids.slice(0, MAXIMUM_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function losesLastAccept(rules: readonly Rule[], deleted: ReadonlySet<string>): boolean {
  const accepts = rules.filter(({ ruleAction }) => ruleAction === 'accept');
  return accepts.length > 0 && accepts.every(({ trafficMirrorFilterRuleId: id }) => deleted.has(id));
}
