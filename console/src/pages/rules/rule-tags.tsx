/** Manage tags of a rule. */
import { KINDS } from '../../model/kinds.js';
import { RULES } from '../../model/rule.js';
import { ManageTagsPage } from '../../parts/manage-tags.js';

/** The page. Its route has the parameter `id`. */
export function RuleTags() {
  return <ManageTagsPage kind={KINDS.rule} describe={RULES} listTitle="Rules" />;
}
