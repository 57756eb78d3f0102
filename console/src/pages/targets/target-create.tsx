/** Create traffic mirror target. */
import { KINDS } from '../../model/kinds.js';
import { FormPage } from '../../parts/form-page.js';
import { usePage } from '../../parts/page.js';
import { useNavigate } from '../../parts/router.js';
import { TargetFields, useTargetForm } from './target-fields.js';

const TITLE = 'Create traffic mirror target';
const { listHref } = KINDS.target;
const BREADCRUMBS = [
  { text: 'Mirror targets', href: listHref },
  { text: TITLE, href: '#/mirror-targets/create' },
];

/** The page that creates a target. */
export function TargetCreate() {
  usePage({ title: TITLE, breadcrumbs: BREADCRUMBS });
  const navigate = useNavigate();
  const form = useTargetForm(() => navigate(listHref, true));
  return (
    <FormPage title={TITLE} breadcrumbs={BREADCRUMBS} form={form} submitLabel="Create" cancelHref={listHref}>
      <TargetFields form={form} />
    </FormPage>
  );
}
