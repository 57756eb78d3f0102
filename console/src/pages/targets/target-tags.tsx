/** Manage tags of a target. */
import { KINDS } from '../../model/kinds.js';
import { TARGETS } from '../../model/target.js';
import { ManageTagsPage } from '../../parts/manage-tags.js';

/** The page. Its route has the parameter `id`. */
export function TargetTags() {
  return <ManageTagsPage kind={KINDS.target} describe={TARGETS} listTitle="Mirror targets" />;
}
