/** Create traffic mirror filter. */
import { KINDS } from '../../model/kinds.js';
import { FormPage } from '../../parts/form-page.js';
import { useNavigate } from '../../parts/router.js';
import { FilterFields } from './filter-fields.js';
import { useFilterCreated } from './use-filter-created.js';
import { useFilterCreation } from './use-filter-creation.js';

const TITLE = 'Create traffic mirror filter';
const { listHref } = KINDS.filter;
const BREADCRUMBS = [
  { text: 'Mirror filters', href: listHref },
  { text: TITLE, href: '#/mirror-filters/create' },
];

/** The page that creates a filter with its rules. */
export function FilterCreate() {
  const navigate = useNavigate();
  const tell = useFilterCreated();
  const { form, submitLabel, ...creation } = useFilterCreation((filterId, ruleCount) => {
    tell(filterId, ruleCount);
    navigate(listHref, true);
  });
  return (
    <FormPage
      title={TITLE}
      description="A filter says by rules, and by network services, which packets of a source are mirrored."
      breadcrumbs={BREADCRUMBS}
      form={form}
      submitLabel={submitLabel}
      cancelHref={listHref}
    >
      <FilterFields creation={{ form, submitLabel, ...creation }} />
    </FormPage>
  );
}
