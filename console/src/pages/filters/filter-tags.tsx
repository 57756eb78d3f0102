/** Manage tags of a filter. */
import { FILTERS } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { ManageTagsPage } from '../../parts/manage-tags.js';

/** The page. Its route has the parameter `id`. */
export function FilterTags() {
  return <ManageTagsPage kind={KINDS.filter} describe={FILTERS} listTitle="Mirror filters" />;
}
