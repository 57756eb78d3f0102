/** The page Manage tags of a session. */
import { KINDS } from '../../model/kinds.js';
import { SESSIONS } from '../../model/session.js';
import { ManageTagsPage } from '../../parts/manage-tags.js';

/** The page: its route has the parameter `id`. The procedure of sessions ends in `Modify`. */
export function SessionTags() {
  return (
    <ManageTagsPage
      kind={KINDS.session}
      describe={SESSIONS}
      listTitle="Mirror sessions"
      submitLabel="Modify"
    />
  );
}
